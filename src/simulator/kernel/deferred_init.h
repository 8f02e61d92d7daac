// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The rival at boot: Linux 6.1's page_alloc_init_late() with deferred_init_memmap() for each node: padata's chunks of
// whole sections on all CPUs of the node, one job for each free range, and a wait for all nodes. In each max-order
// block first all records are written, then they are freed to the buddy, which touches each record again.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "memmap/memmap.h"
#include "simulator/kernel/buddy.h"
#include "simulator/kernel/padata.h"
#include "simulator/kernel/record.h"

namespace memmap::simulator {

// The deferred zone of a node: the highest it has.
struct DeferredZone {
  Memmap memmap;
  Place place;
  std::span<const memmap_piece> free_ranges;  // ascending, disjoint: memory without holes and reserved pages
  Buddy* buddy;                               // of the zone; may be null: the records are written, not freed
  uint32_t max_threads;                       // CPUs of the node
};

// deferred_init_chunk: what one thread does at a time: writes and frees the free pages of [start, end).
void deferred_init_chunk(const DeferredZone& zone, uint64_t start, uint64_t end);

// deferred_init_node: one node's part.
void deferred_init_node(const DeferredZone& zone, Padata& padata);

// deferred_init_all: all nodes at the same time, each by a thread of its own; returns when the last one is done, with
// the nanoseconds that each took.
std::vector<uint64_t> deferred_init_all(std::span<const DeferredZone> zones, Padata& padata);

}  // namespace memmap::simulator
