// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/kernel_page.h"

#include "simulator/kernel/geometry.h"
#include "simulator/kernel/kernel_access.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kZoneMask = 7;
constexpr uint64_t kNodeMask = 1023;

// Word by word; what is stored again below the compiler leaves out, also in the kernel.
void zero(Record& page) {
  page.flags = 0;
  page.lru = {0, 0};
  page.mapping = 0;
  page.index = 0;
  page.private_ = 0;
  page.page_type = 0;
  page.refcount = 0;
  page.memcg_data = 0;
}

void set_place(Record& page, Place place) {
  page.flags &= ~(kZoneMask << kZoneShift);
  page.flags |= (place.zone & kZoneMask) << kZoneShift;
  page.flags &= ~(kNodeMask << kNodeShift);
  page.flags |= (place.nid & kNodeMask) << kNodeShift;
}

void init_list_head(ListHead& list) {
  write_once(list.next, reinterpret_cast<uint64_t>(&list));
  write_once(list.prev, reinterpret_cast<uint64_t>(&list));
}

// A call for each page: in the kernel it stands in another file than its callers.
[[gnu::noinline]] void init_single_page(Record& page, Place place) {
  zero(page);
  set_place(page, place);
  write_once(page.refcount, 1);
  write_once(page.page_type, kNoPageType);
  page.flags |= kCpupidMask << kCpupidShift;
  init_list_head(page.lru);
}

[[gnu::noinline]] void init_zone_device_page(Record& page, uint32_t nid, uint64_t pgmap) {
  init_single_page(page, {nid, kZoneDevice});
  set_bit<kReservedBit>(page.flags);
  page.lru.next = pgmap;
  page.lru.prev = 0;
}

}  // namespace

void init_pages(Record* first, uint64_t nr_pages, Place place) {
  for (Record* const end = first + nr_pages; first != end; ++first) init_single_page(*first, place);
}

void init_reserved_pages(Record* first, uint64_t nr_pages, Place place) {
  for (Record* const end = first + nr_pages; first != end; ++first) {
    init_single_page(*first, place);
    set_bit<kReservedBit>(first->flags);
  }
}

void init_zone_device_pages(Record* first, uint64_t nr_pages, uint32_t nid, uint64_t pgmap) {
  for (Record* const end = first + nr_pages; first != end; ++first) init_zone_device_page(*first, nid, pgmap);
}

}  // namespace memmap::simulator
