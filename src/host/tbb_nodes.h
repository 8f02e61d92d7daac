// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Which of oneTBB's NUMA nodes is which of ours. oneTBB numbers nodes in its own way, through a plug-in (libtbbbind)
// that may be missing: then it knows one node, number -1, which is everywhere.
#ifndef MEMMAP_HOST_TBB_NODES_H
#define MEMMAP_HOST_TBB_NODES_H

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "host/topology.h"

namespace memmap::host {

inline constexpr int kAnyTbbNode = -1;

struct TbbNode {
  int id = kAnyTbbNode;
  std::vector<uint32_t> cpus;  // os ids: what oneTBB binds the threads of an arena there to
};

// oneTBB's answer for this machine, seen by going to each of its nodes. Changes the affinity of the calling thread
// meanwhile.
std::vector<TbbNode> ask_tbb_nodes();

// For each locality group the node to constrain its arena to. kAnyTbbNode for all where threads of this process may run
// on one node only, and then nobody is asked; for a group without allowed CPUs too. An error where there are several
// and oneTBB cannot tell them apart.
absl::StatusOr<std::vector<int>> tbb_node_of_groups(const Topology& topology,
                                                    const std::function<std::vector<TbbNode>()>& ask = ask_tbb_nodes);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_TBB_NODES_H
