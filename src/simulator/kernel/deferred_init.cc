// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/deferred_init.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "simulator/kernel/geometry.h"
#include "simulator/kernel/kernel_loop.h"
#include "simulator/kernel/kernel_page.h"

namespace memmap::simulator {
namespace {

uint64_t end_of(const memmap_piece& range) { return range.pfn + range.nr_pages; }

// The first range that ends behind pfn.
const memmap_piece* range_behind(std::span<const memmap_piece> ranges, uint64_t pfn) {
  const auto ends_before = [pfn](const memmap_piece& range) { return end_of(range) <= pfn; };
  return std::partition_point(ranges.data(), ranges.data() + ranges.size(), ends_before);
}

// Calls visit(pfn, nr_pages) for the parts of [start, end) that are in ranges, from `range` on.
template <typename Visit>
void for_each_part(const DeferredZone& zone, const memmap_piece* range, uint64_t start, uint64_t end, Visit visit) {
  const memmap_piece* const last = zone.free_ranges.data() + zone.free_ranges.size();
  for (; range != last && range->pfn < end; ++range) {
    const uint64_t first = std::max(start, range->pfn);
    visit(first, std::min(end, end_of(*range)) - first);
  }
}

// Linux: deferred_init_maxorder().
void init_block(const DeferredZone& zone, const memmap_piece* range, uint64_t start, uint64_t end) {
  for_each_part(zone, range, start, end,
                [&zone](uint64_t pfn, uint64_t nr_pages) { init_pages(zone.memmap.at(pfn), nr_pages, zone.place); });
  if (zone.buddy == nullptr) return;
  for_each_part(zone, range, start, end,
                [&zone](uint64_t pfn, uint64_t nr_pages) { zone.buddy->free_range(pfn, nr_pages); });
}

}  // namespace

void deferred_init_chunk(const DeferredZone& zone, uint64_t start, uint64_t end) {
  const memmap_piece* const last = zone.free_ranges.data() + zone.free_ranges.size();
  const memmap_piece* range = range_behind(zone.free_ranges, start);
  while (range != last && std::max(start, range->pfn) < end) {
    start = std::max(start, range->pfn);
    const uint64_t block_end = std::min(round_up(start + 1, kMaxOrderPages), end);
    init_block(zone, range, start, block_end);
    preemption_point();
    start = block_end;
    while (range != last && end_of(*range) <= start) ++range;
  }
}

void deferred_init_node(const DeferredZone& zone, Padata& padata) {
  const memmap_piece* const last = zone.free_ranges.data() + zone.free_ranges.size();
  uint64_t start = 0;
  for (const memmap_piece* range = zone.free_ranges.data(); range != last;
       range = range_behind(zone.free_ranges, start)) {
    start = std::max(start, range->pfn);
    const uint64_t end = round_up(end_of(*range), kSectionPages);
    padata.run({.function = [&zone](uint64_t first, uint64_t behind) { deferred_init_chunk(zone, first, behind); },
                .start = start,
                .size = end - start,
                .align = kSectionPages,
                .min_chunk = kSectionPages,
                .max_threads = zone.max_threads});
    start = end;
  }
}

std::vector<uint64_t> deferred_init_all(std::span<const DeferredZone> zones, Padata& padata) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point began = Clock::now();
  std::vector<uint64_t> took_ns(zones.size());
  const auto init = [&](size_t n) {
    deferred_init_node(zones[n], padata);
    took_ns[n] = uint64_t(std::chrono::nanoseconds(Clock::now() - began).count());
  };
  std::vector<std::thread> others;
  for (size_t n = 1; n < zones.size(); ++n) others.emplace_back(init, n);
  if (!zones.empty()) init(0);
  for (std::thread& other : others) other.join();
  return took_ns;
}

}  // namespace memmap::simulator
