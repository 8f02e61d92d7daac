// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Where the time went, in words.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/policy/comparison.h"

namespace memmap::virtual_time {
namespace {

std::string percent(double share) { return absl::StrFormat("%.*f %%", share < 0.0095 ? 1 : 0, 100 * share); }

uint64_t records_of(const NodeUse& use) { return use.local_records + use.remote_records; }

// The memory that somebody wrote to for the longest.
uint32_t busiest(const Outcome& outcome) {
  uint32_t best = 0;
  for (uint32_t n = 0; n < outcome.uses.size(); ++n)
    if (outcome.uses[n].busy_ns > outcome.uses[best].busy_ns) best = n;
  return best;
}

std::string bandwidth_words(const Comparison& comparison, const Outcome& outcome) {
  const MachineModel& machine = comparison.scenario.machine;
  const uint32_t node = busiest(outcome);
  const NodeUse& use = outcome.uses[node];
  if (use.busy_ns == 0) return "  nothing was written\n";
  const double gbs = double(records_of(use) * kRecordBytes) / double(use.busy_ns);
  const double share = gbs / machine.nodes[node].write_gbs;
  std::string out =
      absl::StrFormat("  the memory of node %d (%s) was written to for %s, at %.3g GB/s: %s of what it can", node,
                      machine.nodes[node].memory, format_ns(double(use.busy_ns)), gbs, percent(share));
  absl::StrAppend(&out,
                  share > 0.85 ? ": the memory was the limit\n" : ": whoever wrote was the limit, not the memory\n");
  return out;
}

std::string cpu_words(const Comparison& comparison, const Outcome& outcome) {
  const double machine_s = double(outcome.end_ns) / 1e9 * comparison.scenario.machine.nr_cpus();
  uint64_t all = 0, remote = 0;
  for (const NodeUse& use : outcome.uses) all += records_of(use), remote += use.remote_records;
  std::string out = absl::StrFormat("  CPUs were at work for %.3g s, %s of what the machine has until then",
                                    outcome.cpu_seconds(), percent(outcome.cpu_seconds() / std::max(machine_s, 1e-9)));
  if (all != 0 && remote != 0)
    absl::StrAppend(&out, "; ", percent(double(remote) / double(all)), " of the records were written over a link");
  return out + "\n";
}

std::string serial_words(const Outcome& outcome) {
  if (outcome.lock_held_ns == 0) return "";
  std::string out = absl::StrCat("  the hotplug lock was held for ", format_ns(double(outcome.lock_held_ns)));
  if (outcome.lock_wait_ns != 0)
    absl::StrAppend(&out, "; binds waited for it for ", format_ns(double(outcome.lock_wait_ns)), " together");
  return out + "\n";
}

std::string engine_words(const Outcome& outcome) {
  if (!is_own(outcome.policy)) return "";
  return absl::StrFormat(
      "  workers took %d grains, %s of them from others' stripes, and parked %d times\n", outcome.grains,
      percent(double(outcome.steals) / double(std::max<uint64_t>(outcome.grains, 1))), outcome.parks);
}

std::string waiting_words(const Outcome& outcome) {
  uint64_t caller = 0, usable = 0;
  for (const EventOutcome& event : outcome.events)
    caller = std::max(caller, event.caller_ns), usable = std::max(usable, event.usable_ns);
  if (usable == 0) return "";
  if (caller * 2 > usable)
    return absl::StrCat("  callers stood still for ", format_ns(double(caller)),
                        ": they wrote the records themselves, or waited for the lock\n");
  return absl::StrCat("  callers went on after ", format_ns(double(caller)), ", while the rest of ",
                      format_ns(double(usable)), " passed behind them\n");
}

}  // namespace

std::string explain(const Comparison& comparison, const Outcome& outcome) {
  if (!outcome.error.empty()) return absl::StrCat("  the run did not end: ", outcome.error, "\n");
  return absl::StrCat(bandwidth_words(comparison, outcome), cpu_words(comparison, outcome), serial_words(outcome),
                      waiting_words(outcome), engine_words(outcome));
}

std::string explain(const Comparison& comparison) {
  std::string out;
  for (const Outcome& outcome : comparison.outcomes) {
    const double over = values_of(comparison, outcome).back();
    absl::StrAppend(&out, name_of(outcome.policy).shown, ": all was usable after ", format_ns(double(outcome.end_ns)),
                    std::isnan(over) ? "" : absl::StrFormat(", %.3g times the bound", over), "\n",
                    explain(comparison, outcome));
  }
  return out;
}

}  // namespace memmap::virtual_time
