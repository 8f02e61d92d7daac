// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What a run initialises: a machine's memory map, cut to the memory that there is for records.
#ifndef MEMMAP_SIMULATOR_STAGE_PLAN_H
#define MEMMAP_SIMULATOR_STAGE_PLAN_H

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

// The events of a run in the shape of `map`: a boot with about a sixth of the records, or what its holes need at least;
// pmem1, 4 GiB that keep their records in RAM, or a sixteenth of all where memory is short; and pmem0 with the rest,
// which keeps its own memmap. Nodes are numbered 0 .. nr_nodes - 1, RAM in equal parts.
// nr_nodes 0: RAM is on the nodes that the map has it on, pmem0 and pmem1 are where its two largest devices are (or on
// the first and the last node), and node n is map.nids()[n].
absl::StatusOr<MemoryMap> plan_events(const MemoryMap& map, uint64_t record_bytes, uint32_t nr_nodes);

// Records that an array of the stage has before and behind its own: nobody may ever write there.
constexpr uint64_t kGuardRecords = 512;

// How much the n-th node needs for the arrays of all spans and devices that are on it.
std::vector<uint64_t> bytes_of_nodes(const MemoryMap& map, uint32_t nr_nodes);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_STAGE_PLAN_H
