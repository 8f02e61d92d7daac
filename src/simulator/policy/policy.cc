// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/policy/policy.h"

#include "simulator/policy/engine_run.h"
#include "simulator/policy/linux_run.h"

namespace memmap::virtual_time {
namespace {

constexpr PolicyName kNames[kNrPolicies] = {
    {"serial", "serial, before 4.2"},
    {"thread_per_node", "thread per node, 4.2"},
    {"zone_device", "zone_device, 4.20"},
    {"padata", "padata, 5.8"},
    {"padata_zone", "padata by zone, 6.18"},
    {"series_2018", "series of 2018"},
    {"template_2026", "template of 2026"},
    {"own_shared", "this engine, 1 sync"},
    {"own", "this engine"},
};

}  // namespace

PolicyName name_of(Policy policy) { return kNames[size_t(policy)]; }

Outcome run_policy(const Scenario& scenario, Policy policy, std::string* trace) {
  if (is_own(policy)) return EngineRun(scenario, policy, trace).run();
  return LinuxRun(scenario, policy).run();
}

uint64_t Outcome::bytes_across() const {
  uint64_t records = 0;
  for (const NodeUse& use : uses) records += use.remote_records;
  return records * kRecordBytes;
}

double Outcome::cpu_seconds() const {
  double ns = 0;
  for (const NodeUse& use : uses) ns += double(use.cpu_ns);
  return ns / 1e9;
}

double Outcome::fairness() const {
  double sum = 0, squares = 0, n = 0;
  for (const EventOutcome& event : events) {
    if (event.usable_ns == 0 || event.alone_ns == 0) continue;
    const double slowdown = double(event.usable_ns) / double(event.alone_ns);
    sum += slowdown, squares += slowdown * slowdown, n += 1;
  }
  return n == 0 ? 1 : sum * sum / (n * squares);
}

}  // namespace memmap::virtual_time
