// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/kernel_loop.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "simulator/kernel/geometry.h"
#include "simulator/kernel/kernel_page.h"

namespace memmap::simulator {
namespace {

std::atomic<bool> reschedule{false};

}  // namespace

void preemption_point() {
  if (reschedule.load(std::memory_order_relaxed)) std::this_thread::yield();
}

void init_altmap(const Memmap& memmap, uint64_t start_pfn, const memmap_altmap& altmap, uint32_t nid) {
  if (altmap.free == 0) return;
  init_reserved_pages(memmap.at(start_pfn + altmap.reserve), altmap.free, {nid, kZoneDevice});
}

void init_zone_device(const Memmap& memmap, Pageblocks& pageblocks, uint64_t pfn, uint64_t nr_pages, uint32_t nid,
                      uint64_t pgmap) {
  const uint64_t end = pfn + nr_pages;
  for (uint64_t first = pfn; first < end;) {
    const uint64_t behind = std::min(end, round_up(first + 1, kSectionPages));
    init_zone_device_pages(memmap.at(first), behind - first, nid, pgmap);
    preemption_point();
    first = behind;
  }
  pageblocks.set_range(pfn, nr_pages, Migratetype::movable);
}

}  // namespace memmap::simulator
