// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What one way of initialising memory took, and what was found wrong with its result.
#ifndef MEMMAP_SIMULATOR_REPORT_COLUMN_H
#define MEMMAP_SIMULATOR_REPORT_COLUMN_H

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "simulator/report/statistics.h"

namespace memmap::simulator {

// Counts of what must never happen, and the first few places.
struct Violations {
  uint64_t wrong = 0;    // records that differ from the reference
  uint64_t missed = 0;   // never written
  uint64_t twice = 0;    // written more than once
  uint64_t outside = 0;  // writes where nobody may write
  uint64_t early = 0;    // handed over before the whole image was there
  uint64_t ready = 0;    // memmap_ready() says what is not so
  uint64_t buddy = 0;    // found by the buddy allocator
  uint64_t calls = 0;    // calls of the API that failed
  std::vector<std::string> places;

  uint64_t total() const { return wrong + missed + twice + outside + early + ready + buddy + calls; }
  void add(const Violations& other);
  // Counts in `*kind` and keeps the place if it is one of the first.
  void found(uint64_t Violations::*kind, uint64_t count, std::string place);
};

// Until the deferred pages of a node were initialised.
struct NodeTime {
  uint32_t nid;
  uint64_t ns;
};

struct Column {
  std::string name;
  uint64_t boot_ns = 0;        // until all RAM is usable
  uint64_t goes_on_ns = 0;     // until the caller who binds pmem0 can go on
  uint64_t big_ns = 0;         // until pmem0 is usable
  uint64_t small_ns = 0;       // until pmem1 is, from its own bind on
  Samples fault_ns;            // first faults in pmem0 while it is initialised
  uint64_t grains_before = 0;  // of pmem0, that were written before pmem1 was usable
  uint64_t grains_after = 0;   // of pmem0, that were still to do when pmem1 was usable
  uint64_t growths = 0;        // allocations that failed and were served by growing
  uint64_t records_verified = 0;
  // Of nodes with deferred pages; where one flush waits for all, its end.
  std::vector<NodeTime> node_times;
  Violations violations;
};

inline uint64_t now_ns() {
  return uint64_t(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_REPORT_COLUMN_H
