// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/page/sweep_page.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/chart/curve_chart.h"
#include "simulator/chart/page.h"
#include "simulator/page/page_style.h"

namespace memmap::virtual_time {
namespace {

constexpr double kRoom = 1.25;  // at both ends of the scale of times
constexpr double kGiB = double(uint64_t{1} << 30), kTiB = 1024 * kGiB;

using Value = std::function<double(const Comparison&, const Outcome&)>;

std::string tick_gib(double gib) { return absl::StrFormat("%.3g GiB", gib); }
std::string tick_tib(double tib) { return absl::StrFormat("%.3g TiB", tib); }
std::string tick_gbs(double gbs) { return absl::StrFormat("%.3g GB/s", gbs); }
std::string tick_cpus(double cpus) { return absl::StrFormat("%.3g", cpus); }

struct Across {
  const char* over;
  std::string (*tick)(double);
  double unit;
};

Across across_of(const Sweep& sweep) {
  if (sweep.axis == Sweep::Axis::cpus) return {"over CPUs a node", tick_cpus, 1};
  if (sweep.axis == Sweep::Axis::bandwidth) return {"over the write bandwidth of each memory", tick_gbs, 1};
  const bool small = sweep.low < kTiB;
  return {"over the size of all memory that is initialised", small ? tick_gib : tick_tib, small ? kGiB : kTiB};
}

double x_of(const Sweep& sweep, const SweepStep& step) { return step.value / across_of(sweep).unit; }

double whole_ns(const Comparison& comparison, const Outcome& outcome) {
  return values_of(comparison, outcome).back() * double(comparison.bound.total_ns);
}

Value figure_value(absl::string_view key) {
  size_t index = 0;
  while (figures()[index].key != key) ++index;
  return
      [index](const Comparison& comparison, const Outcome& outcome) { return values_of(comparison, outcome)[index]; };
}

std::vector<chart::Curve> curves_of(const Sweep& sweep, const std::vector<SweepStep>& steps, const Value& value) {
  std::vector<chart::Curve> curves;
  for (size_t p = 0; p < steps[0].comparison.outcomes.size(); ++p) {
    const PolicyName name = name_of(steps[0].comparison.outcomes[p].policy);
    chart::Curve curve{std::string(name.shown), std::string(name.key), {}, true};
    for (const SweepStep& step : steps) {
      const Outcome& outcome = step.comparison.outcomes[p];
      const double ns = outcome.error.empty() ? value(step.comparison, outcome) : 0;
      if (ns > 0) curve.points.emplace_back(x_of(sweep, step), ns);  // not where it is no number
    }
    if (!curve.points.empty()) chart::add_curve(curves, std::move(curve));
  }
  return curves;
}

std::string card_of(const Sweep& sweep, const std::vector<SweepStep>& steps, const char* title,
                    std::vector<chart::Curve> curves) {
  if (curves.empty()) return "";
  double low = INFINITY, high = 0;
  for (const chart::Curve& curve : curves)
    for (const auto& [x, y] : curve.points) low = std::min(low, y), high = std::max(high, y);
  const Across across = across_of(sweep);
  const chart::Scale scale(x_of(sweep, steps.front()), x_of(sweep, steps.back()), true);
  return chart::card_of(chart::CurveChart{title,
                                          across.over,
                                          {scale, across.tick},
                                          {chart::Scale(low / kRoom, high * kRoom, true), chart::tick_ns},
                                          std::move(curves)});
}

}  // namespace

std::string sweep_page(const Sweep& sweep, const std::vector<SweepStep>& steps) {
  if (steps.empty()) return chart::page_of("memmap-sim compare --sweep", kPageStyle, "<p>nothing to draw</p>\n");
  const Comparison& first = steps[0].comparison;
  const Scenario& scenario = first.scenario;
  std::string html = absl::StrCat(
      "<h1>", chart::escaped(scenario.name), "</h1>\n<p class=\"lead\">", chart::escaped(scenario.about), "</p>\n",
      chart::about_of(
          {{"Command", first.command},
           {"Machine", absl::StrCat(scenario.machine.name, ", varied; in virtual time, seed ", scenario.seed)}}));
  std::vector<chart::Curve> whole = curves_of(sweep, steps, whole_ns);
  chart::Curve bound{"bound", "the_bound", {}};
  for (const SweepStep& step : steps)
    if (step.comparison.bound.total_ns != 0)
      bound.points.emplace_back(x_of(sweep, step), double(step.comparison.bound.total_ns));
  if (!bound.points.empty()) whole.insert(whole.begin(), std::move(bound));
  html += "<div class=\"sweep\">\n" + card_of(sweep, steps, "All is usable", std::move(whole));
  html += card_of(sweep, steps, "Callers wait", curves_of(sweep, steps, figure_value("caller_goes_on_max_ns")));
  html += card_of(sweep, steps, "The boot goes on", curves_of(sweep, steps, figure_value("boot_goes_on_ns")));
  html += card_of(sweep, steps, "First fault, p99", curves_of(sweep, steps, figure_value("first_fault_p99_ns")));
  html += card_of(sweep, steps, "Allocation, p99", curves_of(sweep, steps, figure_value("allocation_p99_ns")));
  html += "</div>\n<footer>Both axes are logarithmic. The model: docs/simulator.md.</footer>\n";
  return chart::page_of(absl::StrCat("memmap-sim compare ", scenario.name, " --sweep"), kPageStyle, html);
}

}  // namespace memmap::virtual_time
