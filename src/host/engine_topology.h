// SPDX-License-Identifier: GPL-2.0-only OR MIT
// EngineTopology: owns the tables of `struct memmap_topology` (memmap/env.h), made from a Topology, and says which CPU
// each worker belongs on.
//
// Workers are given to the locality groups in turn, first one on each core, then on their sibling threads; so fewer
// workers than CPUs are spread over the machine. Workers of a group have neighbouring numbers.
#ifndef MEMMAP_HOST_ENGINE_TOPOLOGY_H
#define MEMMAP_HOST_ENGINE_TOPOLOGY_H

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "host/topology.h"
#include "memmap/env.h"

namespace memmap::host {

inline constexpr uint32_t kAllCpus = UINT32_MAX;

class EngineTopology {
 public:
  // At most nr_workers of them, one for each allowed CPU. Refuses tables that do not fit env.h's 16 bits.
  static absl::StatusOr<std::unique_ptr<EngineTopology>> create(const Topology& topology,
                                                                uint32_t nr_workers = kAllCpus);
  EngineTopology(const EngineTopology&) = delete;
  EngineTopology& operator=(const EngineTopology&) = delete;

  // Points into this object.
  const memmap_topology* table() const { return &table_; }
  uint32_t nr_workers() const { return table_.nr_workers; }
  uint32_t cpu_of_worker(uint32_t worker) const { return cpu_of_worker_[worker]; }
  // In which turn the worker was given to its group: the first n turns are spread over the machine as n workers would
  // be.
  uint32_t turn_of_worker(uint32_t worker) const { return turn_of_worker_[worker]; }
  uint32_t worker_of_cpu(uint32_t os_id) const {
    return os_id < worker_of_cpu_.size() ? worker_of_cpu_[os_id] : MEMMAP_NO_WORKER;
  }
  // Group of a CPU by os id; group 0 for one that the topology does not have.
  uint32_t group_of_cpu(uint32_t os_id) const { return os_id < group_of_cpu_.size() ? group_of_cpu_[os_id] : 0; }

 private:
  EngineTopology() = default;
  void place_workers(const Topology& topology, uint32_t nr_workers);
  void index_cpus(const Topology& topology);
  void rank_thefts(const Topology& topology);
  void list_homes(const Topology& topology);
  void set_widths(const Topology& topology);

  memmap_topology table_{};
  std::vector<uint32_t> cpu_of_worker_;
  std::vector<uint32_t> turn_of_worker_;
  std::vector<uint32_t> worker_of_cpu_;  // by os id, as group_of_cpu_
  std::vector<uint16_t> group_of_worker_, steal_rank_, home_begin_, home_, width_;
  std::vector<uint16_t> group_of_cpu_;
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_ENGINE_TOPOLOGY_H
