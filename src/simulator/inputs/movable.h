// SPDX-License-Identifier: GPL-2.0-only OR MIT
// ZONE_MOVABLE, as kernelcore=, movablecore= and movable_node make it: RAM of a node from some page on. With
// kernelcore=mirror the RAM behind it that firmware mirrors stays with the kernel, so that zones lie among each other.
#ifndef MEMMAP_SIMULATOR_INPUTS_MOVABLE_H
#define MEMMAP_SIMULATOR_INPUTS_MOVABLE_H

#include <cstdint>
#include <vector>

#include "simulator/inputs/source_line.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

struct MovableStart {
  uint32_t nid;
  uint64_t start;  // bytes; rounded up to a block of the maximum order, as Linux does
};

// make_movable: moves that RAM to ZONE_MOVABLE. Mirrored ranges are cut inwards to blocks of the maximum order: here a
// block is in one zone, where Linux would let two zones share it; map.notes says so.
void make_movable(const std::vector<MovableStart>& starts, std::vector<Bytes> mirrors, MemoryMap& map);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_MOVABLE_H
