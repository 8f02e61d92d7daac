// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The machine that a run happens on: its topology, and what to say about it.
#ifndef MEMMAP_SIMULATOR_STAGE_MACHINE_H
#define MEMMAP_SIMULATOR_STAGE_MACHINE_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/topology.h"

namespace memmap::simulator {

struct Machine {
  host::Topology topology;
  bool pretended = false;      // its nodes are not this machine's: its CPUs are
  std::vector<uint32_t> cpus;  // os ids of those that we may use
  std::string cpu_model;
  std::string kernel;
  std::string huge_pages;  // transparent ones: "always", "madvise", "never", or not known

  // The n-th node's id.
  uint32_t nid(uint32_t n) const { return topology.nodes[n].nid; }
  uint32_t nr_nodes() const { return uint32_t(topology.nodes.size()); }
  // CPUs that are at home on a node and that we may use; of the whole machine for a node without any.
  uint32_t nr_cpus(uint32_t nid) const;
  // CPUs that we may use and the cores that they are on, of each node that has some.
  struct NodeCpus {
    uint32_t cpus = 0, cores = 0;
  };
  std::vector<NodeCpus> cpus_of_nodes() const;
  // "2 CPUs (AMD EPYC), 1 node, Linux 6.1.0"
  std::string describe() const;
};

// nr_nodes: 0 takes the machine as it is; otherwise its CPUs are dealt out to that many nodes, some without CPUs where
// there are more nodes than CPUs.
absl::StatusOr<Machine> load_machine(uint32_t nr_nodes);

// The same with nodes of these ids, ascending; empty: as it is.
absl::StatusOr<Machine> load_machine(const std::vector<uint32_t>& nids);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_STAGE_MACHINE_H
