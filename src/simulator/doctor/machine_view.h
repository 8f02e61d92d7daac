// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A machine as the engine sees it: which workers there are, who works on which memory and why, who steals from whom.
#ifndef MEMMAP_SIMULATOR_DOCTOR_MACHINE_VIEW_H
#define MEMMAP_SIMULATOR_DOCTOR_MACHINE_VIEW_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/locality.h"
#include "host/topology.h"
#include "simulator/report/json.h"

namespace memmap::simulator {

struct MachineView {
  struct Node {
    uint32_t nid;
    std::string subtype;  // empty: ordinary memory
    uint64_t bytes;
    uint32_t nr_cpus;  // at home here
    bool allowed;
    host::Initiator why;          // the groups below work on it
    std::vector<uint32_t> homes;  // best first
  };
  struct Victims {  // equally far
    uint32_t distance;
    std::vector<uint32_t> groups;
  };
  struct Group {
    uint32_t nid;  // host::kNone: its node is offline
    std::vector<uint32_t> cpus;
    uint32_t nr_workers;
    uint32_t width;                // of them, awake at once
    std::vector<Victims> victims;  // nearest first
  };
  enum class Distances { not_told, symmetric, asymmetric };

  uint32_t nr_cpus, nr_allowed, nr_workers;
  Distances distances;
  std::vector<Node> nodes;
  std::vector<Group> groups;
};

// With at most nr_workers of them. INVALID_ARGUMENT where the engine's tables cannot hold the machine.
absl::StatusOr<MachineView> view_machine(const host::Topology& topology, uint32_t nr_workers);

// "0-3,8": os ids.
std::string id_list(const std::vector<uint32_t>& ids);
// For people: two tables. For programs: members "nodes" and "groups", and counts, of an object.
std::string format_view(const MachineView& view);
void write_view(JsonWriter& json, const MachineView& view);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_DOCTOR_MACHINE_VIEW_H
