// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The 64-byte record of Debian's Linux 6.1 on x86-64 by the names of its fields, for those in the simulator who work on
// records as the kernel does: the kernel-style loop, the buddy model, and (with bit positions of its own) the
// reference. The engine has its own idea of a record in src/memmap; nothing here is shared with it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace memmap::simulator {

// Addresses of list heads; those of records stand in the records themselves.
struct ListHead {
  uint64_t next;
  uint64_t prev;
};

struct Record {
  uint64_t flags;
  ListHead lru;  // ZONE_DEVICE: pgmap, zone_device_data
  uint64_t mapping;
  uint64_t index;
  uint64_t private_;   // the order, while on a free list
  uint32_t page_type;  // _mapcount, all ones for -1; with a hole at kBuddyTypeBit while on a free list
  int32_t refcount;
  uint64_t memcg_data;
};
static_assert(sizeof(Record) == 64 && offsetof(Record, lru) == 8 && offsetof(Record, mapping) == 24);
static_assert(offsetof(Record, private_) == 40 && offsetof(Record, page_type) == 48 &&
              offsetof(Record, refcount) == 52);

// Whose pages, as stamped into the records.
struct Place {
  uint32_t nid;
  uint32_t zone;

  bool operator==(const Place&) const = default;
};

// Of flags: 25 page flags, 5 bits of the generational LRU, then
constexpr uint32_t kCpupidShift = 30;
constexpr uint64_t kCpupidMask = (uint64_t{1} << 21) - 1;
constexpr uint32_t kZoneShift = 51;
constexpr uint32_t kNodeShift = 54;
constexpr uint64_t kPageFlagsMask = (uint64_t{1} << kCpupidShift) - 1;
constexpr uint32_t kReservedBit = 12;
constexpr uint64_t kHwpoisonFlag = uint64_t{1} << 23;

constexpr uint32_t kNoPageType = 0xFFFFFFFF;              // _mapcount of -1
constexpr uint32_t kBuddyTypeBit = 0x80;                  // types are bits that are 0
constexpr uint64_t kListPoisonNext = 0xDEAD000000000100;  // what a list leaves in those that it drops
constexpr uint64_t kListPoisonPrev = 0xDEAD000000000122;

// What records hold before anybody has written them, in this simulator.
constexpr uint8_t kPoisonByte = 0x5A;
constexpr uint64_t kPoisonWord = 0x5A5A5A5A5A5A5A5A;

// The records of nr_pages pages from start_pfn on, in one array, as in the kernel's vmemmap.
struct Memmap {
  Record* first;
  uint64_t start_pfn;
  uint64_t nr_pages;

  bool contains(uint64_t pfn) const { return pfn - start_pfn < nr_pages; }
  Record* at(uint64_t pfn) const { return first + (pfn - start_pfn); }
};

}  // namespace memmap::simulator
