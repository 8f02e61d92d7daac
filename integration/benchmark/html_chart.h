// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Pictures of the page, as SVG that stands in HTML and is well-formed XML. Lengths across are percentages, so that they
// fit any screen while text keeps its size; colours are classes of html_style.h.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_HTML_CHART_H
#define MEMMAP_INTEGRATION_BENCHMARK_HTML_CHART_H

#include <string>

#include "absl/strings/string_view.h"
#include "bench.h"

namespace memmap::bench {

// A bar for each contestant with its interval, on a logarithmic scale where they differ much.
std::string svg_of(const Chart& chart);

// Where a figure's value and interval lie, beside its target and bound.
std::string svg_of(const Figure& figure);

// For text and for attributes.
std::string escaped(absl::string_view text);

// Three digits, no exponent: "0.0771", "2.27", "16400".
std::string number(double value);

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_HTML_CHART_H
