// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A scenario: a machine and what happens to it over time. Read from TOML by reader.h; docs/simulator.md has the keys.
#ifndef MEMMAP_SIMULATOR_SCENARIO_SCENARIO_H
#define MEMMAP_SIMULATOR_SCENARIO_SCENARIO_H

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/virtual/machine_model.h"

namespace memmap::virtual_time {

enum class EventKind {
  boot,         // the RAM of all nodes
  add,          // a device or an extent is bound
  remove,       // what an add named `target` bound goes away, also while it is being initialised
  faults,       // first faults on pages of `target`
  allocations,  // boot memory of `node` is needed before the boot is through
  offline,      // CPUs are lost
  traffic,      // a workload that wants the bandwidth of `node`
};

struct Event {
  EventKind kind = EventKind::boot;
  std::string name;
  uint64_t at_ns = 0;
  uint32_t node = 0;          // add: of the pages; allocations, offline, traffic: where
  uint32_t records_node = 0;  // add: whose memory holds the records
  uint32_t caller_node = 0;   // add: whose CPU binds it
  uint64_t bytes = 0;         // add: of the device; allocations: each
  bool altmap = false;        // add: it holds its own records
  uint32_t max_workers = 0;   // add: option of this engine's domain; 0: no bound
  std::string group;          // add: name of all that one entry of the file stands for
  std::string target;         // remove, faults: name or group of an add, or name of a boot
  uint32_t count = 1;         // faults, allocations: how many; offline, traffic: CPUs
  uint64_t every_ns = 0;      // faults, allocations: between two
  uint64_t for_ns = 0;        // traffic
  std::string waits_for;      // add: first, then for its own: another add that its caller waits for
  uint32_t ranges = 1;        // boot: free ranges of each node
  double reserved = 0;        // boot: share of RAM between them that is reserved, and initialised early
  bool early = true;          // boot: begins with what one thread does before there are others
  bool wait = true;           // boot: the machine goes on only when all is initialised
};

constexpr double kScenarioBytesMax = double(uint64_t{1} << 52);  // of memory: physical addresses have 52 bits
constexpr double kScenarioSecondsMax = 9e9;                      // its nanoseconds fit 64 bits

struct Scenario {
  std::string name;   // of the file or the ready one
  std::string about;  // a sentence
  uint64_t seed = 1;
  MachineModel machine;
  std::vector<Event> events;  // in the order of their times
  bool skips_page = false;    // a self-test: this engine's writer leaves out a page, which must be found
};

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_SCENARIO_SCENARIO_H
