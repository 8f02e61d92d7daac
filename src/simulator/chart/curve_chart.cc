// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/chart/curve_chart.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/chart/page.h"

namespace memmap::chart {
namespace {

constexpr int kHeight = 280;    // of the plot
constexpr double kAcross = 10;  // units of the inner picture a percent
constexpr size_t kTicksX = 6, kTicksY = 7;

double down(const Scale& scale, double value) { return kHeight * (1 - scale.at(value) / 100); }

std::string grid(const CurveChart& chart) {
  std::string svg;
  for (const double tick : chart.y.scale.ticks(kTicksY)) {
    const double y = down(chart.y.scale, tick);
    absl::StrAppendFormat(&svg, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>", y, y);
  }
  for (const double tick : chart.x.scale.ticks(kTicksX)) {
    const double x = chart.x.scale.at(tick);
    absl::StrAppendFormat(&svg, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>", x, x, kHeight);
    absl::StrAppendFormat(&svg, "<text class=\"tick\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x,
                          kHeight + 15, anchor_at(x), escaped(chart.x.tick(tick)));
  }
  return svg;
}

std::string numbers(const CurveChart& chart) {
  std::string svg = absl::StrFormat("<svg class=\"numbers\" width=\"100%%\" height=\"%d\">", kHeight + 20);
  for (const double tick : chart.y.scale.ticks(kTicksY))
    absl::StrAppendFormat(&svg, "<text class=\"tick\" x=\"100%%\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                          down(chart.y.scale, tick) + 4, escaped(chart.y.tick(tick)));
  return svg + "</svg>\n";
}

std::string line(const CurveChart& chart, const Curve& curve) {
  std::string svg = absl::StrCat("<polyline class=\"curve ", curve.style, "\" points=\"");
  for (const auto& [x, y] : curve.points)
    absl::StrAppendFormat(&svg, "%.1f,%.1f ", chart.x.scale.at(x) * kAcross, down(chart.y.scale, y));
  return svg + "\"/>\n";
}

std::string dots(const CurveChart& chart, const Curve& curve) {
  std::string svg;
  for (const auto& [x, y] : curve.points)
    absl::StrAppendFormat(&svg, "<circle class=\"dot %s\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"3\"/>", curve.style,
                          chart.x.scale.at(x), down(chart.y.scale, y));
  return svg + "\n";
}

std::string key(const CurveChart& chart) {
  std::string html = "<ul class=\"key-to-curves\">";
  for (const Curve& curve : chart.curves)
    absl::StrAppend(&html, "<li><svg width=\"22\" height=\"10\"><line class=\"curve ", curve.style,
                    "\" x1=\"0\" x2=\"22\" y1=\"5\" y2=\"5\"/></svg>", escaped(curve.name), "</li>\n");
  return html + "</ul>\n";
}

}  // namespace

void add_curve(std::vector<Curve>& curves, Curve curve) {
  const auto same =
      std::find_if(curves.begin(), curves.end(), [&](const Curve& one) { return one.points == curve.points; });
  if (same == curves.end()) return curves.push_back(std::move(curve));
  absl::StrAppend(&same->name, "; ", curve.name);
  same->style = std::move(curve.style);
}

std::string card_of(const CurveChart& chart) {
  std::string html = absl::StrCat("<figure class=\"chart\"><h3>", escaped(chart.title), " <span class=\"unit\">(",
                                  escaped(chart.unit), ")</span></h3>\n<div class=\"plot\">", numbers(chart));
  absl::StrAppendFormat(&html, "<svg role=\"img\" width=\"100%%\" height=\"%d\" aria-label=\"%s\">\n", kHeight + 20,
                        escaped(chart.title));
  html += grid(chart);
  absl::StrAppendFormat(&html,
                        "<svg width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\">\n",
                        kHeight, int(100 * kAcross), kHeight);
  for (const Curve& curve : chart.curves) html += line(chart, curve);
  html += "</svg>\n";
  for (const Curve& curve : chart.curves)
    if (curve.dots) html += dots(chart, curve);
  if (chart.bound_x != 0) {
    const double x = chart.x.scale.at(chart.bound_x);
    absl::StrAppendFormat(&html, "<line class=\"bound\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>\n", x, x,
                          kHeight);
  }
  return absl::StrCat(html, "</svg></div>\n", key(chart), "</figure>\n");
}

}  // namespace memmap::chart
