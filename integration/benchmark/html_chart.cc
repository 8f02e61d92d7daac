// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "html_chart.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace memmap::bench {
namespace {

constexpr double kLogFrom = 30;  // largest by smallest: from here on a linear scale would show stubs
constexpr int kRowHeight = 38;
constexpr int kBarHeight = 12;
constexpr int kStripHeight = 30;

// From values to percent of the width.
class Scale {
 public:
  Scale(double low, double high, bool logarithmic) : low_(low), high_(high), logarithmic_(logarithmic) {}

  double at(double value) const {
    const double part = logarithmic_ ? std::log(std::max(value, low_) / low_) / std::log(high_ / low_)
                                     : (value - low_) / (high_ - low_);
    return 100 * std::clamp(std::isfinite(part) ? part : 0.0, 0.0, 1.0);
  }
  bool logarithmic() const { return logarithmic_; }
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  double low_, high_;
  bool logarithmic_;
};

Scale scale_of(const Chart& chart) {
  double low = chart.bars[0].value;
  double high = low;
  for (const Bar& bar : chart.bars) {
    low = std::min(low, bar.value);
    high = std::max({high, bar.value, bar.interval.high});
  }
  if (low > 0 && high / low > kLogFrom) {
    return {std::pow(10, std::floor(std::log10(low))), std::pow(10, std::ceil(std::log10(high))), true};
  }
  return {0, high > 0 ? high : 1, false};
}

// A line and a number at each power of ten.
std::string decades(const Scale& scale, int height) {
  std::string svg;
  for (double at = scale.low(); at <= scale.high() * 1.01; at *= 10) {
    const char* const anchor = at == scale.low() ? "start" : at * 10 > scale.high() * 1.01 ? "end" : "middle";
    absl::StrAppendFormat(&svg, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>", scale.at(at),
                          scale.at(at), height);
    absl::StrAppendFormat(&svg, "<text class=\"tick\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
                          scale.at(at), height + 14, anchor, number(at));
  }
  return svg;
}

const char* class_of(Bar::Of of) { return of == Bar::Of::ours ? "ours" : of == Bar::Of::limit ? "limit" : "theirs"; }

std::string row(const Bar& bar, const Scale& scale, int y) {
  const double low = scale.at(bar.interval.low);
  const double high = scale.at(bar.interval.high);
  std::string svg = absl::StrFormat("<text class=\"who\" x=\"0\" y=\"%d\">%s</text>", y + 13, escaped(bar.name));
  absl::StrAppendFormat(&svg, "<text class=\"amount\" x=\"100%%\" y=\"%d\" text-anchor=\"end\">%s</text>", y + 13,
                        number(bar.value));
  absl::StrAppendFormat(&svg, "<rect class=\"%s\" x=\"0\" y=\"%d\" width=\"%.2f%%\" height=\"%d\" rx=\"2\"/>",
                        class_of(bar.of), y + 18, std::max(scale.at(bar.value), 0.3), kBarHeight);
  absl::StrAppendFormat(&svg, "<line class=\"interval\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>\n", low, high,
                        y + 18 + kBarHeight / 2, y + 18 + kBarHeight / 2);
  return svg;
}

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

std::string svg_of(const Chart& chart) {
  if (chart.bars.empty()) return "";
  const Scale scale = scale_of(chart);
  const int height = kRowHeight * int(chart.bars.size());
  std::string svg = absl::StrFormat("<svg role=\"img\" width=\"100%%\" height=\"%d\" aria-label=\"%s\">\n",
                                    height + (scale.logarithmic() ? 18 : 2), escaped(chart.title));
  if (scale.logarithmic()) svg += decades(scale, height);
  for (size_t n = 0; n < chart.bars.size(); ++n) svg += row(chart.bars[n], scale, kRowHeight * int(n));
  return svg + "</svg>\n";
}

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

std::string escaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string number(double value) {
  if (!std::isfinite(value)) return "not a number";
  if (value == 0) return "0";
  const int digits_before = int(std::floor(std::log10(std::fabs(value)))) + 1;
  return absl::StrFormat("%.*f", std::max(0, 3 - digits_before), value);
}

}  // namespace memmap::bench
