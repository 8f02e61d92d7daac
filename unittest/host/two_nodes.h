// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The machine of the conformance tests.
#ifndef MEMMAP_UNITTEST_HOST_TWO_NODES_H
#define MEMMAP_UNITTEST_HOST_TWO_NODES_H

#include <cstdint>
#include <memory>

#include "host/engine_topology.h"
#include "host/locality.h"

namespace memmap::host {

// Two nodes of two CPUs each; only node 0 is submitted to, so that workers of node 1 steal.
inline std::unique_ptr<EngineTopology> two_nodes(uint32_t nr_workers) {
  Topology topology;
  for (uint32_t nid = 0; nid < 2; ++nid) {
    Node node;
    node.nid = nid;
    for (const uint32_t os_id : {2 * nid, 2 * nid + 1}) {
      node.local_cpus.push_back(os_id);
      Cpu cpu;
      cpu.os_id = cpu.core = os_id;
      topology.cpus.push_back(cpu);
    }
    topology.nodes.push_back(node);
  }
  derive_locality(topology);
  return *EngineTopology::create(topology, nr_workers);
}

}  // namespace memmap::host
#endif  // MEMMAP_UNITTEST_HOST_TWO_NODES_H
