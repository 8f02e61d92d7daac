// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "html_chart.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_format.h"
#include "simulator/chart/scale.h"

namespace memmap::bench {
namespace {

using chart::Scale;

constexpr int kStripHeight = 30;

// Everything that a strip shows, with room at both ends.
Scale scale_of(const Figure& figure) {
  std::vector<double> values = {figure.value, figure.interval.low, figure.interval.high};
  if (figure.target != 0) values.push_back(figure.target);
  if (figure.bound != 0) values.push_back(figure.bound);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low > 0) return {*low / 1.25, *high * 1.25, true};
  return {std::min(*low, 0.0), *high > 0 ? *high * 1.25 : 1, false};
}

// The side of the target on which a figure should be.
std::string good_side(const Figure& figure, const Scale& scale) {
  if (figure.target == 0) return "";
  const bool higher = figure.better == Figure::Better::higher;
  const double target = scale.at(figure.target);
  return absl::StrFormat(
      "<rect class=\"good\" x=\"%.2f%%\" y=\"4\" width=\"%.2f%%\" height=\"22\"/>"
      "<line class=\"target\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"2\" y2=\"28\"/>",
      higher ? target : 0, higher ? 100 - target : target, target, target);
}

}  // namespace

std::string svg_of(const Figure& figure) {
  const Scale scale = scale_of(figure);
  std::string svg = absl::StrFormat("<svg role=\"img\" width=\"100%%\" height=\"%d\" aria-label=\"%s\">", kStripHeight,
                                    escaped(figure.key));
  svg += "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"15\" y2=\"15\"/>" + good_side(figure, scale);
  const double low = scale.at(figure.interval.low);
  absl::StrAppendFormat(&svg, "<rect class=\"span\" x=\"%.2f%%\" y=\"11\" width=\"%.2f%%\" height=\"8\" rx=\"3\"/>",
                        low, std::max(scale.at(figure.interval.high) - low, 0.4));
  if (figure.bound != 0) {
    const double bound = scale.at(figure.bound);
    absl::StrAppendFormat(&svg, "<line class=\"bound\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"2\" y2=\"28\"/>", bound, bound);
  }
  absl::StrAppendFormat(&svg, "<circle class=\"value\" cx=\"%.2f%%\" cy=\"15\" r=\"4.5\"/></svg>\n",
                        scale.at(figure.value));
  return svg;
}

}  // namespace memmap::bench
