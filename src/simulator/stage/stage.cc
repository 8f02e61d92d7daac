// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/stage.h"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_format.h"
#include "simulator/kernel/geometry.h"
#include "simulator/kernel/kernel_page.h"
#include "simulator/stage/plan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace memmap::simulator {
namespace {

constexpr uint64_t kPoisonBlock = uint64_t{4} << 20;
constexpr uint64_t kFirstPgmap = 0xFFFF888000100000;  // as a kernel's address of a dev_pagemap may look

// Past the caches where there are such stores: whoever comes next finds records that are in none, as those of memory
// that has just come are; lines that a cache has changed would make him slower.
void poison_block(std::byte* begin, uint64_t nr_bytes) {
#if defined(__x86_64__)
  long long word;
  std::memset(&word, kPoisonByte, sizeof(word));
  for (std::byte* at = begin; at != begin + nr_bytes; at += sizeof(word))
    _mm_stream_si64(reinterpret_cast<long long*>(at), word);
  _mm_sfence();
#else
  std::memset(begin, kPoisonByte, nr_bytes);
#endif
}

void poison(std::span<std::byte> array) {
  oneapi::tbb::parallel_for(uint64_t{0}, divide_up(array.size(), kPoisonBlock), [array](uint64_t block) {
    const uint64_t from = block * kPoisonBlock;
    poison_block(array.data() + from, std::min(kPoisonBlock, array.size() - from));
  });
}

// What of `ranges` is in the span.
std::vector<memmap_piece> clipped(const std::vector<RamRange>& ranges, const ZoneSpan& span) {
  std::vector<memmap_piece> pieces;
  for (const RamRange& range : ranges) {
    const uint64_t first = std::max(range.start_pfn, span.start_pfn);
    const uint64_t last = std::min(range.end_pfn(), span.start_pfn + span.nr_pages);
    if (first < last) pieces.push_back({first, last - first});
  }
  return pieces;
}

}  // namespace

absl::StatusOr<Memmap> Stage::add_array(RecordMemory& memory, uint32_t node, uint64_t start_pfn, uint64_t nr_pages) {
  const uint64_t nr_bytes = (nr_pages + 2 * kGuardRecords) * kRecordBytes;
  std::byte* const array = memory.carve(node, nr_bytes);
  if (array == nullptr) {
    return absl::ResourceExhaustedError(absl::StrFormat("records of node %d: no room for %d bytes", node, nr_bytes));
  }
  arrays_.emplace_back(array, nr_bytes);
  return Memmap{reinterpret_cast<Record*>(array) + kGuardRecords, start_pfn, nr_pages};
}

absl::StatusOr<Stage> Stage::build(const MemoryMap& map, const Machine& machine, RecordMemory& memory) {
  Stage stage;
  stage.end_pfn_ = map.end_pfn() + kSectionPages;
  const std::vector<RamRange> unavailable = unavailable_pages(map);
  for (ZoneSpan& zone : zone_spans(map)) {
    const absl::StatusOr<Memmap> memmap = stage.add_array(memory, zone.place.nid, zone.start_pfn, zone.nr_pages);
    if (!memmap.ok()) return memmap.status();
    zone.place.nid = machine.nid(zone.place.nid);
    stage.boot_.push_back({zone, *memmap, clipped(unavailable, zone), zone.early_end,
                           std::make_unique<Pageblocks>(zone.start_pfn, zone.nr_pages)});
  }
  for (Device device : map.devices) {
    const absl::StatusOr<Memmap> memmap = stage.add_array(memory, device.nid, device.start_pfn, device.nr_pages);
    if (!memmap.ok()) return memmap.status();
    device.nid = machine.nid(device.nid);
    stage.devices_.push_back({device, *memmap, kFirstPgmap + 0x1000 * stage.devices_.size(),
                              std::make_unique<Pageblocks>(device.start_pfn, device.nr_pages)});
  }
  return stage;
}

void Stage::prepare() const {
  for (const std::span<std::byte> array : arrays_) poison(array);
  for (const BootSpan& span : boot_) {
    for (const memmap_piece& piece : span.unavailable) {
      init_reserved_pages(span.memmap.at(piece.pfn), piece.nr_pages, span.zone.place);
    }
  }
}

uint64_t Stage::boot_pages() const {
  uint64_t sum = 0;
  for (const BootSpan& span : boot_) {
    for (const memmap_piece& piece : span.zone.pieces) sum += piece.nr_pages;
  }
  return sum;
}

uint64_t Stage::early_pages() const {
  uint64_t sum = 0;
  for (const BootSpan& span : boot_) {
    for (const memmap_piece& piece : span.zone.pieces) {
      const uint64_t end = std::min(piece.pfn + piece.nr_pages, span.early_end);
      if (piece.pfn < end) sum += end - piece.pfn;
    }
  }
  return sum;
}

std::span<std::byte> bytes_of(const Memmap& memmap) {
  return {reinterpret_cast<std::byte*>(memmap.first), memmap.nr_pages * kRecordBytes};
}

}  // namespace memmap::simulator
