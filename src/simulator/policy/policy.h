// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How memory maps are initialised: what Linux does, did and was offered, and this engine, each on the same machine in
// virtual time. The Linux ones are models, written from what their sources do (docs/simulator.md names them); the
// engine is the real code.
#ifndef MEMMAP_SIMULATOR_POLICY_POLICY_H
#define MEMMAP_SIMULATOR_POLICY_POLICY_H

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "simulator/scenario/scenario.h"
#include "simulator/virtual/virtual_machine.h"

namespace memmap::virtual_time {

enum class Policy {
  serial,           // before 4.2: one thread initialises all at boot; a bind holds the hotplug lock throughout
  thread_per_node,  // 4.2 to 4.19: a thread for each node, then a barrier; binds as before
  zone_device,      // 4.20 to 5.7: memmap_init_zone_device() outside of the lock, on the device's node
  padata,           // 5.8 to 6.17: threads for all CPUs of a node, one job after the other for its free ranges
  padata_zone,      // 6.18: one job for the zone's span
  series_2018,      // the asynchronous series of 2018, version 2: 8 threads a device, waits by cookie; boot as then
  template_2026,    // the template proposal of 2026 on 6.18: a faster loop, as synchronous
  own_shared,       // this engine, all events in one domain
  own,              // this engine, a domain for each event
};
inline constexpr uint32_t kNrPolicies = 9;

struct PolicyName {
  absl::string_view key;    // for programs and flags
  absl::string_view shown;  // for people
};
PolicyName name_of(Policy policy);
inline bool is_own(Policy policy) { return policy >= Policy::own_shared; }

// One add, or the boot, as it went.
struct EventOutcome {
  std::string name;
  uint64_t begin_ns = 0;
  uint64_t records = 0;
  uint64_t caller_ns = 0;        // until the caller went on
  uint64_t usable_ns = 0;        // until all of it was initialised and handed over; 0: it was removed before
  uint64_t alone_ns = 0;         // what it would take with the memory's whole bandwidth, and its serial part
  uint64_t removed_ns = 0;       // until it was gone again; 0: it stayed
  uint64_t dropped_records = 0;  // never written, as it was removed before
};

using Times = std::vector<uint64_t>;  // in nanoseconds

struct Outcome {
  Policy policy = Policy::own;
  std::string error;  // empty, or why the run could not end
  std::vector<EventOutcome> events;
  uint64_t boot_ns = 0;  // until the boot went on; 0: no boot
  uint64_t boot_begin_ns = 0, boot_usable_ns = 0, boot_records = 0;
  uint64_t end_ns = 0;  // when the last event was usable
  Times flush_ns;       // of each add, from when its caller went on
  Times first_fault_ns, allocation_ns, remove_ns;
  uint64_t lock_wait_ns = 0;                   // of all binds, for the hotplug lock
  uint64_t lock_held_ns = 0;                   // by all binds
  uint64_t traffic_bytes = 0;                  // that a workload got through
  History traffic;                             // the same in records
  std::vector<NodeUse> uses;                   // by node
  uint64_t steals = 0, parks = 0, grains = 0;  // of this engine's workers

  uint64_t bytes_across() const;  // written over links
  double cpu_seconds() const;
  // Jain's index of how much longer than alone the adds took: 1: all alike; 1/n: one has it all.
  double fairness() const;
};

// Runs the scenario. `trace`: where this engine's trace goes, Chrome's format; null: none.
Outcome run_policy(const Scenario& scenario, Policy policy, std::string* trace = nullptr);

// Nobody can be faster: the records of each memory at its full bandwidth, from when its first event has been under the
// hotplug lock, or the early part of a boot is over; all records on all CPUs, where these are too few; all that only
// one can do at a time; and no event ends before it began. Populating is not counted, as many can do it.
struct Bound {
  uint64_t bandwidth_ns = 0;  // of the memory with most to write
  uint32_t node = 0;          // which
  uint64_t cores_ns = 0;      // all records, on all CPUs at once, each as fast as one can be alone
  uint64_t serial_ns = 0;     // the early part of a boot, and all holds of the hotplug lock, without populating
  uint64_t total_ns = 0;      // from the first event on
};
Bound bound_of(const Scenario& scenario);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_POLICY_POLICY_H
