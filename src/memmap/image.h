// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The image of a record: what Linux leaves in a struct page. Its words, of which only the first depends on the layout:
//
//   word 0  flags      PG_* flags | LRU bits | last cpupid, all ones | zone | node | section
//   word 1  lru.next   own address + 8  | pgmap
//   word 2  lru.prev   own address + 8  | zone_device_data, 0
//   word 3  mapping 0    4  index 0    5  private 0
//   word 6  _mapcount -1 (low half), _refcount (high half)
//   word 7  memcg_data 0, where the kernel has it; then the last cpupid where the flags have no room for it
#pragma once

#include <cstdint>

#include "memmap/layouts.h"
#include "memmap/memmap.h"

namespace memmap::pages {

struct Image {
  uint64_t words[kRecordWordsMax];
  uint32_t nr_words = kRecordBytes / 8;
  bool self_link = false;  // words 1 and 2 hold the address of word 1: the empty list
};

inline const memmap_layout& layout_of(const memmap_request& request) {
  return request.layout ? *request.layout : kDefaultLayout;
}

// What __init_single_page() and, by kind, its caller make of a page: the data's, or of a compound its head's.
// Altmap pages: MEMMAP_RESERVED's.
Image image_of(const memmap_request& request);
Image image_of(memmap_kind kind, uint32_t nid, uint32_t zone, uint64_t pgmap);  // of the first layout and version
Image altmap_image(const memmap_request& request);

// Of a compound of 2^order pages whose head's record is at `head`: the tails; of the first what the compound has there,
// of the second a list that is not used, where the version leaves one.
Image tail_image(const memmap_request& request, uint64_t head);
Image first_tail_image(const memmap_request& request, uint64_t head);
Image second_tail_image(const memmap_request& request, uint64_t head);

constexpr uint32_t kNids = 1u << 10;

}  // namespace memmap::pages
