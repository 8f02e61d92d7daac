// SPDX-License-Identifier: GPL-2.0-only OR MIT
// All that an input said about physical memory, and the map that Linux would make of it at boot.
#ifndef MEMMAP_SIMULATOR_INPUTS_PHYSICAL_MEMORY_H
#define MEMMAP_SIMULATOR_INPUTS_PHYSICAL_MEMORY_H

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "simulator/inputs/affinity.h"
#include "simulator/inputs/e820.h"
#include "simulator/inputs/movable.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

struct PhysicalMemory {
  std::string source;                 // its file
  E820Table table;                    // as it was found: overlapping, unsorted
  std::vector<Affinity> affinities;   // as they were found
  std::vector<Affinity> node_ranges;  // what the kernel made of both: "Early memory node ranges"
  std::vector<Bytes> reserved;        // memory that the kernel took before anything else
  std::vector<MovableStart> movable;  // of each node that has ZONE_MOVABLE
  std::vector<Bytes> mirrors;         // what firmware calls more reliable
  bool mirrored_kernelcore = false;   // kernelcore=mirror: the kernel's own memory is in the mirrors
};

// map_of: RAM is what the kernel said it is (node_ranges); else the table's RAM, on the nodes of its affinities; else
// the windows of the affinities that are no places for hotplug. It is cut inwards to whole pages as
// memblock_trim_memory() does it, reserved memory outwards. Persistent and soft reserved memory is devices. What was
// left out or changed is in the map's notes. Errors name the line: no RAM at all, or ranges that no kernel can have
// printed.
absl::StatusOr<MemoryMap> map_of(const PhysicalMemory& memory);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_PHYSICAL_MEMORY_H
