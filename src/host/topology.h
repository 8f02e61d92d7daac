// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Topology: a machine as plain tables: nodes, CPUs, distances, memory attributes, locality groups.
//
// The facts come from hwloc, which only topology.cc knows; what follows from them (home nodes, locality groups) is
// computed in locality.cc, so that a topology made by hand is as good as a loaded one. Node and CPU ids are the
// operating system's and may be sparse: look up with find_node() and find_cpu(), never index by id.
#ifndef MEMMAP_HOST_TOPOLOGY_H
#define MEMMAP_HOST_TOPOLOGY_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace memmap::host {

inline constexpr uint32_t kNone = UINT32_MAX;  // no such node, cache or group

// Distances between nodes that the machine does not tell, in the unit of ACPI's SLIT.
inline constexpr uint32_t kDistanceLocal = 10;
inline constexpr uint32_t kDistanceRemote = 20;

struct Cpu {
  uint32_t os_id = 0;
  uint32_t core = 0;          // hardware threads of one core share the number
  uint32_t l3 = kNone;        // CPUs behind one L3 share the number
  bool allowed = true;        // may this process run there?
  uint32_t home_nid = kNone;  // derived; kNone where its node is offline
  uint32_t group = kNone;     // derived: index in Topology::groups
};

struct Node {
  uint32_t nid = 0;
  uint64_t bytes = 0;
  std::vector<uint32_t> local_cpus;  // os ids; shared with other nodes where HBM, pmem or CXL is attached; none, or
                                     // those of the whole machine, where a CPU-less node hangs off the root
  bool allowed = true;               // may this process allocate there?
  bool has_cpus = false;             // derived: some CPU has its home here
  std::string subtype;               // "MCDRAM", "NVM" …; empty for ordinary memory
};

// What the firmware says of memory accesses from some CPUs to a node. 0: not known.
struct MemoryAccess {
  uint32_t nid = 0;
  std::vector<uint32_t> initiator_cpus;
  uint64_t bandwidth_mib_per_s = 0;
  uint64_t latency_ns = 0;
};

// CPUs that share a home node, and an L3 where the node has more than one; at most kGroupCpusMax of them.
struct LocalityGroup {
  uint32_t nid = kNone;
  uint32_t l3 = kNone;
  std::vector<uint32_t> cpus;  // os ids, neighbours beside each other
};

struct Topology {
  std::vector<Node> nodes;          // ascending nid, at least one
  std::vector<Cpu> cpus;            // in the machine's order, at least one
  std::vector<uint32_t> distances;  // nodes.size() squared, row: from; empty: not told. May be asymmetric
  std::vector<MemoryAccess> accesses;
  std::vector<LocalityGroup> groups;  // derived: see locality.h
  bool this_machine = false;          // false: never bind threads or memory by it

  const Node* find_node(uint32_t nid) const;
  const Cpu* find_cpu(uint32_t os_id) const;
  // From CPUs of one node to memory of another; the defaults where not told or where a node is unknown.
  uint32_t distance(uint32_t from_nid, uint32_t to_nid) const;
};

// The machine we run on. Its CPUs are allowed as far as cpusets and the process's affinity mask go.
absl::StatusOr<Topology> load_this_machine();
// A file that `lstopo machine.xml` wrote, here or elsewhere.
absl::StatusOr<Topology> load_xml(const std::string& path);
// hwloc's synthetic description, as in "pack:2 [numa(memory=64GiB)] core:4 pu:2", of 8,192 CPUs at most.
absl::StatusOr<Topology> load_synthetic(const std::string& description);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_TOPOLOGY_H
