// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/reference/layout_reference.h"

namespace memmap::simulator {
namespace {

// name, record, page and section sizes, largest order, section, node, zone, cpupid; elsewhere, bits; memcg
constexpr LayoutFacts kFacts[] = {
    {"x86-64, Debian 6.1", 64, 4096, 32768, 10, {0, 0}, {54, 10}, {51, 3}, {30, 21}, 0, 21, true},
    {"x86-64, SPARSEMEM", 80, 4096, 32768, 10, {45, 19}, {35, 10}, {32, 3}, {0, 0}, 64, 21, true},
    {"arm64, 4K", 64, 4096, 32768, 10, {0, 0}, {60, 4}, {57, 3}, {41, 16}, 0, 16, true},
    {"arm64, 4K, SPARSEMEM", 80, 4096, 32768, 10, {43, 21}, {39, 4}, {36, 3}, {0, 0}, 64, 16, true},
    {"arm64, 64K", 64, 65536, 8192, 13, {0, 0}, {60, 4}, {57, 3}, {41, 16}, 0, 16, true},
    {"ppc64, 64K", 64, 65536, 256, 8, {0, 0}, {56, 8}, {54, 2}, {35, 19}, 0, 19, true},
    {"ppc64, 64K, no memcg", 56, 65536, 256, 8, {0, 0}, {56, 8}, {54, 2}, {35, 19}, 0, 19, false},
    {"ppc64, 64K, SPARSEMEM", 72, 65536, 256, 8, {37, 27}, {0, 0}, {35, 2}, {0, 0}, 64, 19, true},
    {"FLATMEM, one node", 64, 4096, 32768, 10, {0, 0}, {0, 0}, {62, 2}, {0, 0}, 0, 0, true},
};

class Bytes {
 public:
  // Little-endian, as all of these kernels are.
  void put(uint32_t at, uint32_t nr_bytes, uint64_t value) {
    for (uint32_t n = 0; n < nr_bytes; ++n) bytes[at + n] = uint8_t(value >> 8 * n);
  }
  void put_flag(FlagField field, uint64_t value) {
    for (uint32_t n = 0; n < field.width; ++n) set_bit(field.position + n, value >> n & 1);
  }
  void set_bit(uint32_t position, bool on) {
    const uint8_t mask = uint8_t(1u << position % 8);
    bytes[position / 8] = uint8_t(on ? bytes[position / 8] | mask : bytes[position / 8] & ~mask);
  }

  std::array<uint8_t, 80> bytes{};
};

bool is_reserved(const ExpectedContent& page) {
  if (page.role == PageRole::ram || page.role == PageRole::freed) return false;
  return page.role != PageRole::added || page.version == KernelVersion::v6_1;
}

uint32_t expected_count(const ExpectedContent& page) {
  switch (page.role) {
    case PageRole::ram:
    case PageRole::reserved:
    case PageRole::added:
      return 1;
    case PageRole::device:
    case PageRole::head:
      break;
    default:
      return 0;
  }
  switch (page.type) {
    case DeviceType::generic:
      return 1;
    case DeviceType::fs_dax:
    case DeviceType::pci_p2pdma:
      return page.version == KernelVersion::v6_1 ? 1 : 0;
    default:
      return 0;
  }
}

void put_flags(const LayoutFacts& layout, const ExpectedContent& page, Bytes& record) {
  const bool first_order = page.version == KernelVersion::v6_1;  // of the flags; 6.12 moved them
  record.set_bit(first_order ? 12 : 13, is_reserved(page));
  if (page.role == PageRole::head) record.set_bit(first_order ? 16 : 6, true);
  record.put_flag(layout.section, page.pfn / layout.section_pages);
  record.put_flag(layout.node, page.nid);
  record.put_flag(layout.zone, page.zone);
  record.put_flag(layout.cpupid, ~uint64_t{0});
  if (layout.cpupid_byte != 0) record.put(layout.cpupid_byte, 4, (uint64_t{1} << layout.cpupid_bits) - 1);
}

// What a compound keeps in its first tail.
void put_first_tail(const LayoutFacts& layout, const ExpectedContent& page, Bytes& record) {
  const uint32_t nr_pages = 1u << page.order;
  if (page.version == KernelVersion::v6_1) {
    record.put(16, 1, 1);           // compound_dtor: COMPOUND_PAGE_DTOR
    record.put(17, 1, page.order);  // compound_order
    record.put(20, 4, 0xFFFFFFFF);  // compound_mapcount
    record.put(24, 4, 0);           // compound_pincount
    record.put(28, 4, nr_pages);    // compound_nr
    return;
  }
  record.put(0, 1, page.order);                   // low byte of _flags_1
  record.put(16, 4, 0xFFFFFFFF);                  // _large_mapcount
  record.put(20, 4, 0);                           // _nr_pages_mapped
  record.put(24, 4, 0xFFFFFFFF);                  // _entire_mapcount
  record.put(28, 4, 0);                           // _pincount
  record.put(32, 4, 0xFFFFFFFF);                  // _mm_id_mapcount[0]
  record.put(36, 4, 0xFFFFFFFF);                  // _mm_id_mapcount[1]
  record.put(40, 8, 0);                           // _mm_ids
  if (layout.memcg) record.put(56, 4, nr_pages);  // _nr_pages
}

void put_links(const LayoutFacts& layout, const ExpectedContent& page, uint64_t address, Bytes& record) {
  switch (page.role) {
    case PageRole::device:
    case PageRole::head:
      return record.put(8, 8, page.pgmap);
    case PageRole::first_tail:
    case PageRole::second_tail:
    case PageRole::tail:
      record.put(8, 8, page.head_address + 1);
      record.put(24, 8, 0xDEAD000000000400);  // TAIL_MAPPING
      break;
    default:
      record.put(8, 8, address + 8);
      record.put(16, 8, address + 8);
      return;
  }
  if (page.role == PageRole::first_tail) return put_first_tail(layout, page, record);
  const bool prepared_last = page.version == KernelVersion::v6_18 || page.version == KernelVersion::v2026;
  if (page.role == PageRole::second_tail && prepared_last) {
    record.put(16, 8, address + 16);  // _deferred_list
    record.put(24, 8, address + 16);
  }
}

}  // namespace

const LayoutFacts* layout_facts(std::string_view name) {
  for (const LayoutFacts& facts : kFacts) {
    if (facts.name == name) return &facts;
  }
  return nullptr;
}

std::array<uint8_t, 80> expected_bytes(const LayoutFacts& layout, const ExpectedContent& page, uint64_t address) {
  Bytes record;
  put_flags(layout, page, record);
  put_links(layout, page, address, record);
  const bool offline = page.role == PageRole::added && page.version != KernelVersion::v6_1;
  record.put(48, 4, offline ? 0xF1000000 : 0xFFFFFFFF);
  record.put(52, 4, expected_count(page));
  return record.bytes;
}

}  // namespace memmap::simulator
