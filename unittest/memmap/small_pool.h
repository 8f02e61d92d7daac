// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The public API in miniature, for the explorer: one section, one node, one or two workers, requests of a few units.
// The checkers are in the hooks: a unit written twice, handed over before it was written, or touched after a cancel.
#pragma once

#include "memmap/env.h"
#include "memmap/memmap.h"
#include "support/each_memory.h"

namespace memmap::pages {

constexpr uint64_t kUnit = 1024;  // pages, of a boot request; those of a device request are half of that
constexpr uint32_t kUnitsMax = 8;

// A request for whole units, with its storage and its witnesses.
struct SmallSpan {
  SmallSpan(explore::Scenario& scenario, memmap_kind kind, uint64_t first_unit, uint64_t nr_units);

  // memmap_ready() was true for it: its record may be read, and it was handed over.
  void expect_usable(uint64_t unit) const;
  uint64_t nr_written() const;
  uint64_t nr_undone() const;
  // For a caller that leaves all to workers: parks until its unit 0 was handed over. Needs `tell`.
  void wait_without_help();
  uint64_t pfn(uint64_t unit) const { return request.start_pfn + unit * unit_pages; }

  memmap_request request{};
  uint64_t unit_pages;
  // Of each unit. Plain: whoever reads them must be ordered behind who wrote them.
  uint32_t written[kUnitsMax] = {};
  uint32_t handed_over[kUnitsMax] = {};
  uint32_t undone[kUnitsMax] = {};
  const memmap_env* tell = nullptr;  // who sleeps in wait_without_help() is told of each unit
  Atomic<uint32_t> told;

 private:
  static int write(void* span, uint64_t pfn, uint64_t nr_pages);
  static int ready(void* span, uint64_t pfn, uint64_t nr_pages);
  static int undo(void* span, uint64_t pfn, uint64_t nr_pages);
};

struct SmallPool {
  // One worker; one that does not run; no worker in the topology, so that each submit works in its caller; one beside
  // one that leaves for ever, of whom one at a time may be awake; one that only the test stops.
  enum Workers { kRunning, kNotYet, kNone, kOneLeaves, kNotStopped };
  SmallPool(explore::Scenario& scenario, Workers workers, uint32_t nr_slots = 2);

  memmap_domain* open();
  void stop();  // after what the stopper did, which a worker that ends must see
  SmallSpan* span(memmap_kind kind, uint64_t first_unit, uint64_t nr_units) {
    return scenario.make<SmallSpan>(scenario, kind, first_unit, nr_units);
  }

  explore::Scenario& scenario;
  memmap_topology topology{};
  memmap_pool* pool = nullptr;
  uint32_t stopped = 0;  // plain
};

}  // namespace memmap::pages
