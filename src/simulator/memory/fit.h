// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Cuts a memory map to the size that a run can afford, and spreads it over nodes.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

struct FitOptions {
  uint64_t record_bytes;      // what all records together may take
  uint32_t nr_nodes = 0;      // 0: RAM stays on the nodes it is on
  bool pmem0_altmap = false;  // pmem0 holds its own memmap
};

// fit: a map of the same shape whose records fill record_bytes: half for RAM, 1/64 for the small device pmem1, the rest
// for the big one, pmem0. Sections with a hole, an edge or something reserved are kept as they are; runs of sections
// that are nothing but free RAM are made shorter or longer in proportion (each keeps at least one); holes of whole
// sections are kept up to eight. Zones keep their share, so their borders move. The devices of `map` are left out.
// Errors say how much was given and how much is needed.
absl::StatusOr<MemoryMap> fit(const MemoryMap& map, const FitOptions& options);

// over_nodes: RAM in nr_nodes contiguous parts of about the same size, cut at sections; the first device on node 0, the
// others on the last one. RESOURCE_EXHAUSTED if there are fewer sections than nodes.
absl::StatusOr<MemoryMap> over_nodes(MemoryMap map, uint32_t nr_nodes);

}  // namespace memmap::simulator
