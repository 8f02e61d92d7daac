// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/chart/scale.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace memmap::chart {
namespace {

constexpr double kSlack = 1e-9;  // of a step: what sums of doubles may be beside the end

std::vector<double> linear_ticks(double low, double high, size_t most) {
  const double rough = (high - low) / double(std::max<size_t>(most, 1));
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = power * 10;
  for (const double factor : {5.0, 2.0, 1.0})
    if (power * factor >= rough * (1 - kSlack)) step = power * factor;
  std::vector<double> ticks;
  for (double n = std::ceil(low / step - kSlack); n * step <= high + step * kSlack; n += 1)
    ticks.push_back(n == 0 ? 0 : n * step);
  return ticks;
}

std::vector<double> logarithmic_ticks(double low, double high, size_t most) {
  const double first = std::floor(std::log10(low) + kSlack);
  std::vector<double> fine, decades;
  for (double decade = first; std::pow(10, decade) <= high * (1 + kSlack); decade += 1) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10, decade);
      if (tick < low * (1 - kSlack) || tick > high * (1 + kSlack)) continue;
      fine.push_back(tick);
      if (factor == 1) decades.push_back(tick);
    }
  }
  if (fine.size() <= most || decades.size() < 2) return fine;
  std::vector<double> some;  // where even powers of ten are too many
  const size_t each = (decades.size() + most - 1) / std::max<size_t>(most, 1);
  for (size_t n = 0; n < decades.size(); n += each) some.push_back(decades[n]);
  return some;
}

}  // namespace

double Scale::at(double value) const {
  const double part =
      logarithmic_ ? std::log(std::max(value, low_) / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  return 100 * std::clamp(std::isfinite(part) ? part : 0.0, 0.0, 1.0);
}

double Scale::value(double percent) const {
  const double part = percent / 100;
  return logarithmic_ ? low_ * std::pow(high_ / low_, part) : low_ + (high_ - low_) * part;
}

std::vector<double> Scale::ticks(size_t most) const {
  if (!(high_ > low_) || !std::isfinite(high_ - low_) || (logarithmic_ && !(low_ > 0))) return {low_};
  return logarithmic_ ? logarithmic_ticks(low_, high_, most) : linear_ticks(low_, high_, most);
}

std::string tick_ns(double ns) {
  constexpr absl::string_view kUnits[] = {"ns", "µs", "ms", "s"};
  if (ns == 0) return "0";
  size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && ns >= 1000 * (1 - kSlack)) ns /= 1000, ++unit;
  return absl::StrFormat("%.4g %s", ns, kUnits[unit]);
}

const char* anchor_at(double percent) { return percent < 4 ? "start" : percent > 96 ? "end" : "middle"; }

}  // namespace memmap::chart
