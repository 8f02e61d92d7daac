// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Pictures of the page beyond bars (simulator/chart/bar_chart.h), drawn alike; colours are classes of html_style.h.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_HTML_CHART_H
#define MEMMAP_INTEGRATION_BENCHMARK_HTML_CHART_H

#include <string>

#include "bench.h"

namespace memmap::bench {

using chart::escaped;
using chart::number;

// Where a figure's value and interval lie, beside its target and bound.
std::string svg_of(const Figure& figure);

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_HTML_CHART_H
