// SPDX-License-Identifier: GPL-2.0-only OR MIT
// From a kernel's configuration to the layout of its records, by the rule of page-flags-layout.h.
#pragma once

#include "memmap/geometry.h"
#include "memmap/layout.h"

namespace memmap::pages {

constexpr uint32_t kRecordWordsMax = 10;

struct Configuration {
  const char* name;
  memmap_model model;
  uint8_t page_shift;
  uint8_t section_bits;   // SECTION_SIZE_BITS: log2 of a section's bytes
  uint8_t physical_bits;  // MAX_PHYSMEM_BITS
  uint8_t max_order;      // inclusive
  uint8_t page_flags;     // NR_PAGEFLAGS
  uint8_t zones;          // ZONES_WIDTH
  uint8_t lru_gen;        // LRU_GEN_WIDTH
  uint8_t nodes;          // NODES_SHIFT
  uint8_t cpus;           // NR_CPUS_BITS; 0: no NUMA balancing, so no last cpupid
  bool memcg;
  bool aligned;  // HAVE_ALIGNED_STRUCT_PAGE: 16 bytes
};

constexpr uint8_t kLastPidBits = 8;
constexpr uint32_t kPlainBytes = 56;  // flags to _refcount

constexpr memmap_layout layout_of(const Configuration& c) {
  memmap_layout layout{c.name, c.model, 0, c.page_shift, 0, c.max_order, {}, {}, {}, {}, 0, 0};
  layout.section_shift = uint8_t(c.section_bits - c.page_shift);
  const uint32_t room = 64u - c.page_flags, cpupid = c.cpus == 0 ? 0u : kLastPidBits + c.cpus;
  const uint32_t sections = c.model == MEMMAP_SPARSEMEM ? uint32_t(c.physical_bits - c.section_bits) : 0;
  const uint32_t nodes = c.zones + c.lru_gen + sections + c.nodes <= room ? c.nodes : 0;
  const bool in_flags = c.zones + c.lru_gen + sections + nodes + cpupid <= room;
  uint32_t top = 64;
  const auto take = [&top](uint32_t width) {
    top -= width;
    return memmap_bits{uint8_t(width == 0 ? 0 : top), uint8_t(width)};
  };
  layout.section = take(sections);
  layout.node = take(nodes);
  layout.zone = take(c.zones);
  layout.cpupid = take(in_flags ? cpupid : 0);
  layout.cpupid_bits = uint8_t(cpupid);
  const uint32_t plain = kPlainBytes + (c.memcg ? 8 : 0);
  layout.cpupid_offset = uint8_t(in_flags ? 0 : plain);
  layout.record_bytes = uint32_t(align_up(plain + (in_flags ? 0 : 4), c.aligned ? 16 : 8));
  return layout;
}

// The fields lie above the page flags and the LRU's, side by side, each inside the word; the record is one that the
// writer knows.
constexpr bool consistent(const memmap_layout& layout, const Configuration& c) {
  uint32_t end = 64;
  const memmap_bits fields[] = {layout.section, layout.node, layout.zone, layout.cpupid};
  for (const memmap_bits bits : fields) {
    if (bits.width == 0) continue;
    if (bits.shift + bits.width != end) return false;
    end = bits.shift;
  }
  return end >= uint32_t{c.page_flags} + c.lru_gen && layout.record_bytes % 8 == 0 &&
         layout.record_bytes >= kPlainBytes && layout.record_bytes <= kRecordWordsMax * 8 &&
         layout.cpupid_offset + (layout.cpupid_offset ? 4u : 0u) <= layout.record_bytes &&
         (layout.model == MEMMAP_SPARSEMEM) == (layout.section.width != 0);
}

extern const memmap_layout& kDefaultLayout;

constexpr bool fits(uint64_t value, memmap_bits bits) { return bits.width == 0 || value >> bits.width == 0; }
constexpr uint64_t at(uint64_t value, memmap_bits bits) { return bits.width == 0 ? 0 : value << bits.shift; }

// Records of a compound that exist where tails share them: those of the first two pages of its memmap.
constexpr uint64_t distinct_records(const memmap_layout& layout) {
  return (uint64_t{2} << layout.page_shift) / layout.record_bytes;
}

}  // namespace memmap::pages
