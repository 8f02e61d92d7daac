// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/buddy.h"

#include <algorithm>
#include <bit>
#include <mutex>

#include "simulator/kernel/kernel_access.h"

namespace memmap::simulator {
namespace {

// Flags that a page which is freed must not have (locked, lru, active, slab, reserved, private, private_2, writeback,
// unevictable, mlocked, and a generation of the LRU: PAGE_FLAGS_CHECK_AT_FREE), and those that its owner leaves behind.
constexpr uint64_t kCheckedFlags = 0x3830F231;
constexpr uint64_t kOwnersFlags = kPageFlagsMask & ~kHwpoisonFlag;

uint64_t address_of(const ListHead& list) { return reinterpret_cast<uint64_t>(&list); }
ListHead& list_at(uint64_t address) { return *reinterpret_cast<ListHead*>(address); }
Record& record_of(uint64_t list_address) { return *reinterpret_cast<Record*>(list_address - offsetof(Record, lru)); }

void list_add(ListHead& entry, ListHead& prev, ListHead& next) {
  next.prev = address_of(entry);
  entry = {address_of(next), address_of(prev)};
  prev.next = address_of(entry);
}

// Also if a freer has cleared the reserved flag that the poison happens to have.
bool is_unwritten(const Record& page) { return (page.flags | uint64_t{1} << kReservedBit) == kPoisonWord; }
static_assert((kPoisonWord >> kReservedBit & 1) == 1);
bool is_marked_free(const Record& page) { return page.page_type == (kNoPageType & ~kBuddyTypeBit); }

// As free_page_is_bad(), the other way round.
bool may_be_freed(const Record& page) {
  if (page.page_type != kNoPageType) return false;
  return (page.mapping | uint32_t(page.refcount) | page.memcg_data | (page.flags & kCheckedFlags)) == 0;
}

}  // namespace

Buddy::Buddy(const Memmap& memmap, Pageblocks& pageblocks, Place place, FreedBy freed_by)
    : memmap_(memmap), pageblocks_(pageblocks), place_(place), freed_by_(freed_by) {
  for (FreeArea& area : areas_) area = {{address_of(area.blocks), address_of(area.blocks)}, 0};
}

void Buddy::free_range(uint64_t pfn, uint64_t nr_pages) {
  pageblocks_.set_range(pfn, nr_pages, Migratetype::movable);
  for (const uint64_t end = pfn + nr_pages; pfn != end;) {
    uint32_t order = std::min<uint32_t>(kMaxOrder, uint32_t(std::countr_zero(pfn)));
    while (pfn + (uint64_t{1} << order) > end) --order;
    if (freed_by_ == FreedBy::freer && order < kMaxOrder) order = 0;
    free_block(pfn, order);
    pfn += uint64_t{1} << order;
  }
}

void Buddy::free_block(uint64_t pfn, uint32_t order) {
  managed_pages_.fetch_add(uint64_t{1} << order, std::memory_order_relaxed);
  if (freed_by_ == FreedBy::freer && !clear_and_check(pfn, order)) return;
  const std::lock_guard hold(lock_);
  free_one_block(pfn, order);
}

// The freer's two passes over all pages of a block: __free_pages_core() clears, free_pages_prepare() checks. A block
// with a bad page is not freed.
bool Buddy::clear_and_check(uint64_t pfn, uint32_t order) {
  Record* const head = memmap_.at(pfn);
  Record* const end = head + (uint64_t{1} << order);
  for (Record* page = head; page != end; ++page) {
    __builtin_prefetch(page + 1, 1);
    clear_bit<kReservedBit>(page->flags);
    write_once(page->refcount, 0);
  }
  bool good = true;
  for (Record* page = head + 1; page < end; ++page) {
    if (may_be_freed(*page)) {
      page->flags &= ~kOwnersFlags;
    } else {
      const std::lock_guard hold(lock_);
      bad_page(pfn + uint64_t(page - head));
      good = false;
    }
  }
  return good;
}

// Under the lock: checks the head, merges, puts the result at the tail of its list.
void Buddy::free_one_block(uint64_t pfn, uint32_t order) {
  const Record& head = *memmap_.at(pfn);
  if (!may_be_freed(head) || !is_in_place(head)) return bad_page(pfn);
  for (; order < kMaxOrder; ++order) {
    const uint64_t buddy_pfn = pfn ^ uint64_t { 1 } << order;
    if (!find_buddy(buddy_pfn, order)) break;
    unlink(*memmap_.at(buddy_pfn), order);
    pfn &= buddy_pfn;
  }
  link(pfn, order, true);
}

bool Buddy::find_buddy(uint64_t buddy_pfn, uint32_t order) {
  if (!memmap_.contains(buddy_pfn)) return false;  // another zone's
  const Record& buddy = *memmap_.at(buddy_pfn);
  if (!is_unwritten(buddy)) return is_free_block(buddy, order);
  violation(&BuddyViolations::unwritten, buddy_pfn);
  return false;
}

bool Buddy::is_in_place(const Record& page) const {
  return page.flags >> kZoneShift == (uint64_t{place_.nid} << (kNodeShift - kZoneShift) | place_.zone);
}

bool Buddy::is_free_block(const Record& page, uint32_t order) const {
  return is_marked_free(page) && page.private_ == order && is_in_place(page);
}

void Buddy::link(uint64_t pfn, uint32_t order, bool at_tail) {
  Record& page = *memmap_.at(pfn);
  page.private_ = order;
  page.page_type &= ~kBuddyTypeBit;
  ListHead& list = areas_[order].blocks;
  if (at_tail) {
    list_add(page.lru, list_at(list.prev), list);
  } else {
    list_add(page.lru, list, list_at(list.next));
  }
  ++areas_[order].nr_blocks;
}

void Buddy::unlink(Record& page, uint32_t order) {
  list_at(page.lru.prev).next = page.lru.next;
  list_at(page.lru.next).prev = page.lru.prev;
  page.lru = {kListPoisonNext, kListPoisonPrev};
  page.page_type |= kBuddyTypeBit;
  page.private_ = 0;
  --areas_[order].nr_blocks;
}

uint64_t Buddy::first_of(const FreeArea& area) const {
  return memmap_.start_pfn + uint64_t(&record_of(area.blocks.next) - memmap_.first);
}

std::optional<uint64_t> Buddy::alloc(uint32_t order) {
  const std::lock_guard hold(lock_);
  uint32_t found = order;
  while (found <= kMaxOrder && areas_[found].nr_blocks == 0) ++found;
  if (found > kMaxOrder) return std::nullopt;
  const uint64_t pfn = first_of(areas_[found]);
  unlink(*memmap_.at(pfn), found);
  while (found > order) {
    --found;
    link(pfn + (uint64_t{1} << found), found, false);
  }
  memmap_.at(pfn)->refcount = 1;
  return pfn;
}

void Buddy::release(uint64_t pfn, uint32_t order) {
  const std::lock_guard hold(lock_);
  if (--memmap_.at(pfn)->refcount != 0) return violation(&BuddyViolations::double_free, pfn);
  free_one_block(pfn, order);
}

uint64_t Buddy::free_blocks(uint32_t order) {
  const std::lock_guard hold(lock_);
  return areas_[order].nr_blocks;
}

uint64_t Buddy::free_pages() {
  const std::lock_guard hold(lock_);
  uint64_t nr_pages = 0;
  for (uint32_t order = 0; order <= kMaxOrder; ++order) nr_pages += areas_[order].nr_blocks << order;
  return nr_pages;
}

BuddyViolations Buddy::violations() {
  const std::lock_guard hold(lock_);
  return violations_;
}

// Counts a page that may not be freed, by its reason.
void Buddy::bad_page(uint64_t pfn) {
  const Record& page = *memmap_.at(pfn);
  if (is_unwritten(page)) return violation(&BuddyViolations::unwritten, pfn);
  violation(is_marked_free(page) ? &BuddyViolations::double_free : &BuddyViolations::bad_page, pfn);
}

void Buddy::violation(uint64_t BuddyViolations::*kind, uint64_t pfn) {
  if (violations_.total() == 0) violations_.first_pfn = pfn;
  ++(violations_.*kind);
}

bool Buddy::consistent() {
  const std::lock_guard hold(lock_);
  for (uint32_t order = 0; order <= kMaxOrder; ++order) {
    const ListHead& list = areas_[order].blocks;
    uint64_t nr_blocks = 0;
    uint64_t prev = address_of(list);
    for (uint64_t at = list.next; at != address_of(list); at = list_at(at).next) {
      const Record& page = record_of(at);
      const uint64_t pfn = memmap_.start_pfn + uint64_t(&page - memmap_.first);
      if (!memmap_.contains(pfn) || pfn % (uint64_t{1} << order) != 0) return false;
      if (!is_free_block(page, order) || page.refcount != 0 || page.lru.prev != prev) return false;
      prev = at;
      if (++nr_blocks > areas_[order].nr_blocks) return false;
    }
    if (nr_blocks != areas_[order].nr_blocks || list.prev != prev) return false;
  }
  return true;
}

}  // namespace memmap::simulator
