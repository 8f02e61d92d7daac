// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Counts how often each record is written: a write hook that notes the pages and then lets another one write them.
// With it a run shows what a comparison of contents cannot: that no record was written twice with the same image.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "memmap/memmap.h"

namespace memmap::simulator {

struct WriteCounts {
  uint64_t once = 0;
  uint64_t twice = 0;    // or more often
  uint64_t missed = 0;   // pages of a piece that were never written
  uint64_t outside = 0;  // written, but in no piece

  bool ok() const { return twice == 0 && missed == 0 && outside == 0; }
};

// For the pages of one span; a byte each.
class WriteCounter {
 public:
  // The inner hook (may be null: nothing is written) gets `context`.
  WriteCounter(uint64_t start_pfn, uint64_t nr_pages, memmap_hook* inner, void* context);

  // A memmap_hook whose context is a WriteCounter. Returns what the inner hook returns. Thread-safe.
  static int write(void* counter, uint64_t pfn, uint64_t nr_pages);

  // When all writes are over. `pieces` ascending and disjoint: what should have been written, once.
  WriteCounts count(std::span<const memmap_piece> pieces) const;

 private:
  void note(uint64_t pfn);

  const uint64_t start_pfn_;
  const uint64_t nr_pages_;
  memmap_hook* const inner_;
  void* const context_;
  std::unique_ptr<std::atomic<uint8_t>[]> writes_;
  std::atomic<uint64_t> beyond_{0};  // writes to pages of no span
};

}  // namespace memmap::simulator
