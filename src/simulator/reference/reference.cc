// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/reference/reference.h"

#include <cstring>

namespace memmap::simulator {
namespace {

constexpr uint64_t bit(uint32_t position) { return uint64_t{1} << position; }

Record untouched_record() {
  Record record;
  std::memset(&record, kPoisonByte, sizeof(record));
  return record;
}

// flags: bits 0..24 page flags (12: reserved), 25..29 LRU generations, 30..50 last CPU and process (all ones: nobody
// yet), 51..53 zone, 54..63 node.
uint64_t expected_flags(const ExpectedPage& page) {
  uint64_t flags = 0;
  if (page.content == Content::reserved || page.content == Content::device) flags += bit(12);
  for (uint32_t position = 30; position <= 50; ++position) flags += bit(position);
  flags += page.zone * bit(51);
  flags += page.nid * bit(54);
  return flags;
}

bool on_free_list(const Record& record) {
  return record.page_type == 0xFFFFFF7F && record.private_ <= 10 && record.lru.next != 0 && record.lru.prev != 0;
}

bool left_free_list(const Record& record) {
  return record.lru.next == 0xDEAD000000000100 && record.lru.prev == 0xDEAD000000000122;
}

// `found` with what a free list may have changed put back.
Record without_free_list(const Record& found, const Record& expected) {
  Record record = found;
  if (on_free_list(found)) {
    record.private_ = expected.private_;
    record.page_type = expected.page_type;
  }
  if (on_free_list(found) || left_free_list(found)) record.lru = expected.lru;
  return record;
}

}  // namespace

Record expected_record(const ExpectedPage& page, uint64_t record_address) {
  if (page.content == Content::untouched) return untouched_record();
  Record record{};
  record.flags = expected_flags(page);
  record.lru.next = record_address + 8;  // an empty list points at itself
  record.lru.prev = record_address + 8;
  if (page.content == Content::device) record.lru = {page.pgmap, 0};
  record.page_type = 0xFFFFFFFF;
  record.refcount = page.content == Content::freed ? 0 : 1;
  return record;
}

std::optional<Difference> difference(const Record& found, const Record& expected, Phase phase) {
  const Record seen = phase == Phase::handed_over ? without_free_list(found, expected) : found;
  if (std::memcmp(&seen, &expected, sizeof(Record)) == 0) return std::nullopt;
  const Difference fields[] = {
      {"flags", seen.flags, expected.flags},
      {"lru.next/pgmap", seen.lru.next, expected.lru.next},
      {"lru.prev/zone_device_data", seen.lru.prev, expected.lru.prev},
      {"mapping", seen.mapping, expected.mapping},
      {"index", seen.index, expected.index},
      {"private", seen.private_, expected.private_},
      {"_mapcount/page_type", seen.page_type, expected.page_type},
      {"_refcount", uint32_t(seen.refcount), uint32_t(expected.refcount)},
      {"memcg_data", seen.memcg_data, expected.memcg_data},
  };
  for (const Difference& field : fields) {
    if (field.found != field.expected) return field;
  }
  return std::nullopt;  // not reached: the fields cover the record
}

}  // namespace memmap::simulator
