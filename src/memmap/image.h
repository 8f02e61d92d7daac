// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The image of a record: the 64 bytes that Linux 6.1 (x86-64, Debian's configuration) leaves in a struct page.
//
//   word 0  flags      PG_* flags 0-24 | LRU bits | last cpupid 30-50, all ones | zone 51-53 | node 54-63
//   word 1  lru.next   own address + 8  | pgmap
//   word 2  lru.prev   own address + 8  | zone_device_data, 0
//   word 3  mapping 0    4  index 0    5  private 0
//   word 6  _mapcount -1 (low half), _refcount (high half)
//   word 7  memcg_data 0
#pragma once

#include <cstdint>

#include "memmap/memmap.h"

namespace memmap::pages {

struct Image {
  uint64_t words[8];
  bool self_link;  // words 1 and 2 hold the address of word 1: the empty list
};

// What __init_single_page() and, by kind, its caller make of a page. Altmap pages: MEMMAP_BOOT's image, reserved.
Image image_of(memmap_kind kind, uint32_t nid, uint32_t zone, uint64_t pgmap);
Image altmap_image(uint32_t nid, uint32_t zone);

constexpr uint32_t kNids = 1u << 10;
constexpr uint32_t kZones = 1u << 3;

}  // namespace memmap::pages
