// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/command/virtual_command.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/options/nearest.h"
#include "simulator/page/comparison_page.h"
#include "simulator/page/sweep_page.h"
#include "simulator/scenario/library.h"
#include "simulator/validation/validation.h"

namespace memmap::simulator {
namespace {

using namespace virtual_time;

enum Exit { kOk = 0, kBadInput = 2, kViolated = 3, kMissed = 4, kInterrupted = 130 };

VirtualResult refuse(const absl::Status& status) { return {"", std::string(status.message()), kBadInput, "", ""}; }

// What went wrong, most serious first.
void judge(const VirtualOptions& options, const Comparison& comparison, VirtualResult& result) {
  for (const Outcome& outcome : comparison.outcomes) {
    if (outcome.error.empty() || interrupted()) continue;
    result.exit_status = kViolated;
    result.complaint = absl::StrCat(name_of(outcome.policy).shown, ": ", outcome.error);
  }
  for (const Outcome& outcome : comparison.outcomes) {
    const double over = values_of(comparison, outcome).back();
    if (options.budget == 0 || outcome.policy != Policy::own || result.exit_status != kOk) continue;
    if (over <= options.budget) continue;
    result.exit_status = kMissed;
    result.complaint =
        absl::StrFormat("this engine took %.6g times the bound, expected at most %.6g", over, options.budget);
  }
  if (interrupted()) result.exit_status = kInterrupted, result.complaint = "interrupted: the output is partial";
}

std::string format(const VirtualOptions& options, const Comparison& comparison) {
  if (options.verb == VirtualOptions::Verb::explain) return explain(comparison);
  if (options.format == Format::json) return format_json(comparison);
  if (options.format == Format::csv) return format_csv(comparison);
  return format_table(comparison);
}

VirtualResult run_compare(const VirtualOptions& options, const std::string& command) {
  absl::StatusOr<Scenario> scenario = load_scenario(options.scenario);
  if (!scenario.ok()) return refuse(scenario.status());
  if (options.seed) scenario->seed = *options.seed;
  scenario->skips_page = options.skips_page;
  VirtualResult result;
  if (options.sweep) {
    const std::vector<SweepStep> steps = run_sweep(*scenario, options.policies, *options.sweep, command);
    result.out = options.format == Format::csv    ? sweep_csv(*options.sweep, steps)
                 : options.format == Format::json ? sweep_json(*options.sweep, steps)
                                                  : draw_sweep(*options.sweep, steps);
    if (!options.html.empty()) result.page = sweep_page(*options.sweep, steps);
    for (const SweepStep& step : steps) judge(options, step.comparison, result);
    return result;
  }
  const Comparison comparison = compare(*scenario, options.policies, command);
  result.out = format(options, comparison);
  if (!options.html.empty()) result.page = comparison_page(comparison);
  judge(options, comparison, result);
  if (!options.trace.empty()) run_policy(*scenario, Policy::own, &result.trace);
  return result;
}

VirtualResult run_validate(const VirtualOptions& options, const std::string& command) {
  VirtualResult result;
  result.out = format_validation(validate(), options.format, command);
  if (interrupted()) result.exit_status = kInterrupted, result.complaint = "interrupted: the output is partial";
  return result;
}

VirtualResult list_scenarios(const VirtualOptions& options) {
  VirtualResult result;
  std::vector<absl::string_view> names;
  for (const ReadyScenario& ready : ready_scenarios()) {
    const absl::StatusOr<Scenario> scenario = load_scenario(std::string(ready.name));
    if (!scenario.ok()) return refuse(scenario.status());
    names.push_back(ready.name);
    if (options.scenario.empty())
      absl::StrAppendFormat(&result.out, "%-18s %s\n", ready.name, scenario->about);
    else if (ready.name == options.scenario)
      result.out = std::string(ready.text);
  }
  if (!result.out.empty()) return result;
  return refuse(absl::NotFoundError(
      absl::StrCat(options.scenario, ": found no ready scenario, expected ", hint(options.scenario, names))));
}

}  // namespace

VirtualResult run_virtual(const VirtualOptions& options, const std::string& command) {
  switch (options.verb) {
    case VirtualOptions::Verb::compare:
    case VirtualOptions::Verb::explain:
      return run_compare(options, command);
    case VirtualOptions::Verb::validate:
      return run_validate(options, command);
    case VirtualOptions::Verb::scenarios:
      break;
  }
  return list_scenarios(options);
}

}  // namespace memmap::simulator
