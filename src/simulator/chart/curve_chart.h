// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Curves over two axes, as SVG in HTML: the curves stretch with the screen, lines and text keep their size.
#ifndef MEMMAP_SIMULATOR_CHART_CURVE_CHART_H
#define MEMMAP_SIMULATOR_CHART_CURVE_CHART_H

#include <string>
#include <utility>
#include <vector>

#include "simulator/chart/scale.h"

namespace memmap::chart {

struct Curve {
  std::string name;   // for the key beside the picture
  std::string style;  // a class: its colour
  std::vector<std::pair<double, double>> points;
  bool dots = false;  // each point is a measurement; else the line is
};

// Behind the others; one whose points another has too shares that line, with both names, in its own style.
void add_curve(std::vector<Curve>& curves, Curve curve);

struct Axis {
  Scale scale;
  std::string (*tick)(double);
};

struct CurveChart {
  std::string title, unit;
  Axis x, y;
  std::vector<Curve> curves;  // the last one lies on top
  double bound_x = 0;         // a line across all of y; 0: none
};

std::string card_of(const CurveChart& chart);

}  // namespace memmap::chart
#endif  // MEMMAP_SIMULATOR_CHART_CURVE_CHART_H
