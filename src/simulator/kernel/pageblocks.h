// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The migrate types of pageblocks: 4 bits for 512 pages, so that 16 pageblocks share a word, which is changed by
// compare-and-exchange as in the kernel. Both init paths set them, ours and the kernel-style one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace memmap::simulator {

enum class Migratetype : uint64_t { unmovable = 0, movable = 1, isolate = 5 };

class Pageblocks {
 public:
  // For the pageblocks of these pages; all start as unmovable.
  Pageblocks(uint64_t start_pfn, uint64_t nr_pages);

  // Of the pageblock of pfn. Thread-safe.
  void set(uint64_t pfn, Migratetype type);
  Migratetype get(uint64_t pfn) const;

  // Of all pageblocks that begin in the range.
  void set_range(uint64_t pfn, uint64_t nr_pages, Migratetype type);

 private:
  const uint64_t start_pfn_;
  std::unique_ptr<std::atomic<uint64_t>[]> words_;
};

}  // namespace memmap::simulator
