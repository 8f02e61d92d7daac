// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A small buddy allocator over real records: where boot hands its pages over to, for the kernel-style path and for
// ours. As the kernel's it has free lists by order through the records, marks the head of a free block (type, order in
// private), and merges a block with its buddy, for which it reads the buddy's record. If that was never written, the
// hand-over came too early: counted as a violation instead of a crash two hours later.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "simulator/kernel/geometry.h"
#include "simulator/kernel/pageblocks.h"
#include "simulator/kernel/record.h"
#include "simulator/kernel/spin_lock.h"

namespace memmap::simulator {

// What the records of pages that come in look like.
enum class FreedBy {
  freer,        // reference count 1: the freer clears and checks each record, as __free_pages_core() does
  initialiser,  // count 0 already (MEMMAP_BOOT_FREED): the freer touches one record a block
};

struct BuddyViolations {
  uint64_t unwritten = 0;    // read a record that nobody had initialised
  uint64_t bad_page = 0;     // freed a page in use, or one of another zone
  uint64_t double_free = 0;  // freed a block that was free
  uint64_t first_pfn = 0;    // of the first of them

  uint64_t total() const { return unwritten + bad_page + double_free; }
};

// One zone of one node. All calls are thread-safe.
class Buddy {
 public:
  // memmap and pageblocks cover the zone, holes included; both are lent.
  Buddy(const Memmap& memmap, Pageblocks& pageblocks, Place place, FreedBy freed_by);
  Buddy(const Buddy&) = delete;
  Buddy& operator=(const Buddy&) = delete;

  // free_range: hands over pages of the memmap for the first time, and makes their pageblocks movable. Linux:
  // deferred_free_pages(). By freer: whole max-order blocks (6.1 frees two pageblocks and merges them: slower), and
  // what is less page by page. By initialiser: the largest blocks that fit.
  void free_range(uint64_t pfn, uint64_t nr_pages);

  // free_block: hands over 2^order pages; pfn is a multiple of that. Linux: __free_pages_core().
  void free_block(uint64_t pfn, uint32_t order);

  // alloc: 2^order pages, the first one's count set to 1; release: gives them back.
  std::optional<uint64_t> alloc(uint32_t order);
  void release(uint64_t pfn, uint32_t order);

  uint64_t managed_pages() const { return managed_pages_.load(std::memory_order_relaxed); }
  uint64_t free_pages();
  uint64_t free_blocks(uint32_t order);
  BuddyViolations violations();

  // consistent: walks the lists; each block is aligned, marked, of its list's order and in this zone.
  bool consistent();

 private:
  struct FreeArea {
    ListHead blocks;
    uint64_t nr_blocks;
  };

  bool clear_and_check(uint64_t pfn, uint32_t order);
  bool is_free_block(const Record& page, uint32_t order) const;
  bool is_in_place(const Record& page) const;
  void free_one_block(uint64_t pfn, uint32_t order);
  bool find_buddy(uint64_t buddy_pfn, uint32_t order);
  void link(uint64_t pfn, uint32_t order, bool at_tail);
  void unlink(Record& page, uint32_t order);
  uint64_t first_of(const FreeArea& area) const;
  void bad_page(uint64_t pfn);
  void violation(uint64_t BuddyViolations::*kind, uint64_t pfn);

  const Memmap memmap_;
  Pageblocks& pageblocks_;
  const Place place_;
  const FreedBy freed_by_;
  std::atomic<uint64_t> managed_pages_{0};
  SpinLock lock_;  // of all below
  FreeArea areas_[kMaxOrder + 1];
  BuddyViolations violations_;
};

}  // namespace memmap::simulator
