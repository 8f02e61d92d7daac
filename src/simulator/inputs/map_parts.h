// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What all inputs add to a memory map in the same way.
#ifndef MEMMAP_SIMULATOR_INPUTS_MAP_PARTS_H
#define MEMMAP_SIMULATOR_INPUTS_MAP_PARTS_H

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "simulator/inputs/source_line.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

// Reserves pages [begin, end) as far as they are in the ranges of RAM from `first_range` on and not reserved yet.
// Calls must ascend.
void add_reserved(MemoryMap& map, size_t first_range, uint64_t begin, uint64_t end);

// add_device: appends KIND<n>, with what of it can have a memmap. As nd_pfn_init() does, a start that is no multiple of
// 2 MiB means that it has none, and an end that is none is cut; map.notes says so.
void add_device(MemoryMap& map, absl::string_view kind, Bytes bytes, uint32_t nid);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_MAP_PARTS_H
