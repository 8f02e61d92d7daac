// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A machine as the cost model sees it: nodes, what their memories and CPUs can do, what is serial. Physical parameters
// only: nothing here is about one published row. Where each number comes from: docs/simulator.md.
#ifndef MEMMAP_SIMULATOR_VIRTUAL_MACHINE_MODEL_H
#define MEMMAP_SIMULATOR_VIRTUAL_MACHINE_MODEL_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "host/topology.h"

namespace memmap::virtual_time {

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kRecordBytes = 64;
inline constexpr uint64_t kSectionPages = 32768;
inline constexpr uint64_t kPageblockPages = 512;

// A NUMA node. It may have CPUs, or be memory only (HBM, pmem, CXL).
struct NodeModel {
  std::string memory = "dram";  // for reports
  uint32_t cpus = 0;
  uint32_t cores = 0;            // that its CPUs are hardware threads of: CPU c of core c % cores. 0: a core each
  uint64_t bytes = 0;            // ordinary RAM that a boot initialises
  uint32_t beside = UINT32_MAX;  // node with CPUs whose memory it is, too: no link between. UINT32_MAX: none
  double write_gbs = 0;          // of records, all writers together
  double link_gbs = 0;           // the same, of writers on other sockets; 0: no limit of its own
  std::string fabric;    // a switch: nodes that name the same one share a link, of the smallest link_gbs, to everybody
  uint32_t knee = 0;     // writers beyond which it slows down; 0: never
  double regress = 0;    // by how much, for each further knee of writers
  double record_ns = 0;  // a record takes one local writer at least this; 0: its core is the limit
  double fault_ns = 0;   // a record more where its page is touched first (a guest's memory)
};

// What a record takes one thread whose records are in its own node's memory, nobody else there.
struct CoreModel {
  double boot_ns = 0;        // kernel-style: initialise, then free to the buddy, which touches the record again
  double device_ns = 0;      // kernel-style: memmap_init_zone_device()
  double template_ns = 0;    // the template proposal of 2026
  double own_boot_ns = 0;    // this engine: the freed image at once, hand-over a block
  double own_device_ns = 0;  // this engine: template, streaming stores
  double remote = 0;         // slower by this share for each multiple of the local distance more
};

// What only one can do at a time, or what is not writing.
struct SerialModel {
  uint64_t hotplug_ns = 0;              // an add, under the hotplug lock, whatever its size
  uint64_t populate_ns = 0;             // a section's records: 2 MiB are allocated and mapped
  uint64_t contiguous_ns = 0;           // a pageblock of the zone, looked at for zone->contiguous, by each add
  uint64_t waker_ns = 0, wakee_ns = 0;  // waking somebody; until the woken runs
  uint64_t call_ns = 0;                 // a first fault's call, beside its records: its lines are in nobody's cache
};

// CPUs of a node that are slower than others, the first `count` of it.
struct SlowCpus {
  uint32_t node = 0, count = 0;
  double factor = 1;  // what takes others 1
};

struct MachineModel {
  std::string name;
  std::vector<NodeModel> nodes;
  std::vector<uint32_t> distances;  // nodes squared, row: from; as ACPI's SLIT
  CoreModel core;
  SerialModel serial;
  std::vector<SlowCpus> slow;
  uint32_t width = 0;  // of this engine's locality groups, memmap_pool_set_width(); 0: as it begins, a quarter

  uint32_t nr_cpus() const;
  uint32_t first_cpu(uint32_t node) const;  // CPUs are numbered node by node
  uint32_t node_of_cpu(uint32_t cpu) const;
  uint32_t cores(uint32_t node) const { return nodes[node].cores != 0 ? nodes[node].cores : nodes[node].cpus; }
  uint32_t distance(uint32_t from, uint32_t to) const { return distances[from * nodes.size() + to]; }
  // No link between CPUs of `from` and memory of `node`.
  bool is_near(uint32_t from, uint32_t node) const { return from == node || nodes[node].beside == from; }
  // The node with CPUs that is nearest to `node`: itself where it has some.
  uint32_t nearest_with_cpus(uint32_t node) const;
};

// Impossible machines are refused by name: what was found, what is expected.
absl::Status check(const MachineModel& model);

// The same machine for host::EngineTopology.
host::Topology topology_of(const MachineModel& model);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_VIRTUAL_MACHINE_MODEL_H
