// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/chart/bar_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/chart/scale.h"

namespace memmap::chart {
namespace {

constexpr double kLogFrom = 30;  // largest by smallest: from here on a linear scale would hide the small ones
constexpr int kRowHeight = 38;
constexpr int kBarHeight = 12;
constexpr size_t kTicks = 6;  // numbers that stand beside each other on a narrow screen

// Values that are no numbers stand at its begin.
Scale scale_of(const Chart& chart) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  const auto show = [&](double value, double until) {
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
    if (std::isfinite(until)) high = std::max(high, until);
  };
  for (const Bar& bar : chart.bars) show(bar.value, bar.interval.high);
  if (chart.bound > 0) show(chart.bound, chart.bound);
  if (low > 0 && high / low > kLogFrom) {
    return {std::pow(10, std::floor(std::log10(low))), std::pow(10, std::ceil(std::log10(high))), true};
  }
  return {0, high > 0 ? high : 1, false};
}

// A line and a number at powers of ten.
std::string decades(const Chart& chart, const Scale& scale, int height) {
  std::string svg;
  for (const double tick : scale.ticks(kTicks)) {
    const double at = scale.at(tick);
    absl::StrAppendFormat(&svg, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>", at, at,
                          height);
    absl::StrAppendFormat(&svg, "<text class=\"tick\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", at,
                          height + 14, anchor_at(at), chart.tick(tick));
  }
  return svg;
}

const char* class_of(Bar::Of of) { return of == Bar::Of::ours ? "ours" : of == Bar::Of::limit ? "limit" : "theirs"; }

std::string row(const Bar& bar, const Scale& scale, int y) {
  std::string svg = absl::StrFormat("<text class=\"who\" x=\"0\" y=\"%d\">%s</text>", y + 13, escaped(bar.name));
  absl::StrAppendFormat(&svg, "<text class=\"amount\" x=\"100%%\" y=\"%d\" text-anchor=\"end\">%s</text>", y + 13,
                        bar.amount.empty() ? number(bar.value) : escaped(bar.amount));
  absl::StrAppendFormat(&svg, "<rect class=\"%s\" x=\"0\" y=\"%d\" width=\"%.2f%%\" height=\"%d\" rx=\"2\"/>",
                        class_of(bar.of), y + 18, std::max(scale.at(bar.value), 0.3), kBarHeight);
  absl::StrAppendFormat(&svg, "<line class=\"interval\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>\n",
                        scale.at(bar.interval.low), scale.at(bar.interval.high), y + 18 + kBarHeight / 2,
                        y + 18 + kBarHeight / 2);
  return svg;
}

}  // namespace

std::string svg_of(const Chart& chart) {
  if (chart.bars.empty()) return "";
  const Scale scale = scale_of(chart);
  const int height = kRowHeight * int(chart.bars.size());
  std::string svg = absl::StrFormat("<svg role=\"img\" width=\"100%%\" height=\"%d\" aria-label=\"%s\">\n",
                                    height + (scale.logarithmic() ? 18 : 2), escaped(chart.title));
  if (scale.logarithmic()) svg += decades(chart, scale, height);
  for (size_t n = 0; n < chart.bars.size(); ++n) {
    const int y = kRowHeight * int(n);
    svg += row(chart.bars[n], scale, y);
    if (chart.bound == 0) continue;
    absl::StrAppendFormat(&svg, "<line class=\"bound\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>\n",
                          scale.at(chart.bound), scale.at(chart.bound), y + 16, y + 20 + kBarHeight);
  }
  return svg + "</svg>\n";
}

std::string card_of(const Chart& chart) {
  return absl::StrCat("<figure class=\"chart\"><h3>", escaped(chart.title), " <span class=\"unit\">(",
                      escaped(chart.unit), ")</span></h3>\n", svg_of(chart), "</figure>\n");
}

}  // namespace memmap::chart
