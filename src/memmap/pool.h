// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The pool of the public API: the engine's, the section table, and for each node the count of pages handed over.
#pragma once

#include "memmap/sections.h"
#include "sched/pool.h"

namespace memmap::pages {

struct alignas(64) NodePages {
  Atomic<uint64_t> ready;
};

// What a worker holds in the calls that it makes inside of its hooks, the outermost first. Its own Holding goes on
// saying what it had before, and who writes a stall report may read memory of the pool, but not the worker's stack.
struct alignas(64) Nested {
  static constexpr uint32_t kMax = 4;  // so deep may a hook wait for domains below its own; submits may nest deeper
  Atomic<uint32_t> depth;              // the worker's
  sched::Holding holdings[kMax];
};

}  // namespace memmap::pages

struct memmap_pool {
  memmap::sched::Pool engine;
  memmap::pages::Nested* nested = nullptr;  // [nr_workers]
  memmap::pages::Sections sections;
  memmap::pages::NodePages* nodes = nullptr;  // [nr_nids]
  uint32_t grain_pages = 0, large_grain_pages = 0;
  uint32_t record_ps = 0;

  bool knows(uint32_t nid) const {
    const memmap_topology& topology = *engine.topology;
    return nid < topology.nr_nids && topology.home_begin[nid] < topology.home_begin[nid + 1];
  }
};
