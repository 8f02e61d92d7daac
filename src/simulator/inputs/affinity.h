// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Which node memory is on, as firmware says it (ACPI's SRAT): windows in any order, which may overlap, be empty, lie
// where no memory is. Followed: Linux 6.1, numa_add_memblk_to(), numa_cleanup_meminfo() and numa_register_memblks() in
// arch/x86/mm/numa.c.
#ifndef MEMMAP_SIMULATOR_INPUTS_AFFINITY_H
#define MEMMAP_SIMULATOR_INPUTS_AFFINITY_H

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/inputs/source_line.h"

namespace memmap::simulator {

constexpr uint32_t kNodesMax = 1024;  // Debian's NODES_SHIFT is 10

struct Affinity {
  uint32_t nid = 0;
  Bytes bytes;
  bool hotplug = false;       // memory may come here, and need not be here at boot
  bool non_volatile = false;  // for devices
  std::string where;          // file:line
};

struct NodeBytes {
  uint32_t nid = 0;
  Bytes bytes;
};

struct NodesOfMemory {
  std::vector<NodeBytes> blocks;   // of RAM: ascending, disjoint. Empty: firmware's word cannot be taken, all is node 0
  std::vector<NodeBytes> devices;  // windows without RAM, ascending, as far as they were understood
  std::vector<std::string> notes;  // for people
};

// ram: ascending, disjoint. Windows of two nodes that overlap, or that leave 1 MiB of RAM or more without a node, make
// Linux go on with a single node; so do we.
NodesOfMemory nodes_of_memory(const std::vector<Affinity>& affinities, const std::vector<Bytes>& ram);

// The parts of `bytes` on each node; parts without one are left out.
std::vector<NodeBytes> split_by_node(Bytes bytes, const std::vector<NodeBytes>& blocks);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_AFFINITY_H
