// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/page/pages_left.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/str_format.h"

namespace memmap::virtual_time {
namespace {

constexpr int kLooks = 200;
constexpr double kDecades = 2;  // before the bound that are shown: until then nearly all is left

std::string tick_pages(double pages) {
  constexpr absl::string_view kUnits[] = {"", " k", " M", " G"};
  size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && pages >= 999.9) pages /= 1000, ++unit;
  return absl::StrFormat("%.4g%s", pages, kUnits[unit]);
}

}  // namespace

double pages_left(const Outcome& outcome, uint64_t at_ns) {
  double left = outcome.boot_begin_ns <= at_ns ? double(outcome.boot_records) : 0;
  for (const EventOutcome& event : outcome.events) {
    if (event.begin_ns <= at_ns) left += double(event.records);
    if (event.removed_ns != 0 && event.begin_ns + event.removed_ns <= at_ns) left -= double(event.dropped_records);
  }
  for (const NodeUse& use : outcome.uses) left -= use.written.until(at_ns);
  return std::max(0.0, left + outcome.traffic.until(at_ns));
}

chart::CurveChart pages_left_chart(const Comparison& comparison) {
  double end_ns = double(std::max<uint64_t>(comparison.bound.total_ns, 1)), most = 1;
  for (const Outcome& outcome : comparison.outcomes) end_ns = std::max(end_ns, double(outcome.end_ns));
  const double bound_ns = comparison.bound.total_ns != 0 ? double(comparison.bound.total_ns) : end_ns;
  const chart::Scale times(std::max(1.0, bound_ns / std::pow(10, kDecades)), end_ns * 1.2, true);
  std::vector<chart::Curve> curves;
  for (const Outcome& outcome : comparison.outcomes) {
    if (!outcome.error.empty()) continue;
    chart::Curve curve{std::string(name_of(outcome.policy).shown), std::string(name_of(outcome.policy).key), {}};
    for (int i = 0; i <= kLooks; ++i) {
      const double at_ns = times.value(100.0 * i / kLooks), left = pages_left(outcome, uint64_t(at_ns));
      curve.points.emplace_back(at_ns, left);
      most = std::max(most, left);
    }
    chart::add_curve(curves, std::move(curve));
  }
  return {"Pages left",
          "asked for and not initialised yet, over time; dashed upright: the bound",
          {times, chart::tick_ns},
          {chart::Scale(0, most, false), tick_pages},
          std::move(curves),
          double(comparison.bound.total_ns)};
}

}  // namespace memmap::virtual_time
