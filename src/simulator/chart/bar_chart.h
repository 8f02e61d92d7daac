// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Bars of one unit, as SVG. Lengths across are percentages, so that they fit any screen while text keeps its size;
// colours are classes of the page's style.
#ifndef MEMMAP_SIMULATOR_CHART_BAR_CHART_H
#define MEMMAP_SIMULATOR_CHART_BAR_CHART_H

#include <string>
#include <vector>

#include "simulator/chart/page.h"
#include "simulator/report/statistics.h"

namespace memmap::chart {

struct Bar {
  std::string name;
  double value;
  simulator::Interval interval;  // a line over the bar's end
  enum class Of { ours, theirs, limit } of;
  std::string amount = {};  // what stands for the value; empty: its number
};

// One picture.
struct Chart {
  std::string title;
  std::string unit;
  std::vector<Bar> bars;
  double bound = 0;  // a line through all bars; 0: none
  std::string (*tick)(double) = number;
};

// A bar for each contestant with its interval, on a logarithmic scale where they differ much. Empty without bars.
std::string svg_of(const Chart& chart);

// The picture with its title, as a card of the page.
std::string card_of(const Chart& chart);

}  // namespace memmap::chart
#endif  // MEMMAP_SIMULATOR_CHART_BAR_CHART_H
