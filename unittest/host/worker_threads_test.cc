// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Worker threads of a machine with more CPUs than this one has: how many of them are at work.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "host/placement.h"
#include "host/threads.h"
#include "host/topology.h"
#include "memmap/memmap.hpp"
#include "memmap/range.h"

namespace memmap::host {
namespace {

// Eight workers that nobody pins, and units that sleep: eight at once get eight times as much done as one.
struct EightSleepers {
  EightSleepers() {
    memmap_pool_config config{};
    config.env = environment.env();
    config.topology = tables->table();
    config.nr_pages = 1 << 15;
    storage = *PlacedMemory::map(memmap_pool_bytes(&config), {});
    EXPECT_EQ(memmap_pool_init(&pool, &config, storage.address(), storage.nr_bytes()), MEMMAP_OK);
    EXPECT_TRUE(threads.start(pool, environment).ok());
  }
  static int sleep_inside(void* context, uint64_t, uint64_t) {
    EightSleepers& own = *static_cast<EightSleepers*>(context);
    const uint32_t now = ++own.inside;
    for (uint32_t seen = own.most; now > seen && !own.most.compare_exchange_weak(seen, now);) {
    }
    // A memory that is saturated serves all more slowly.
    const uint32_t knee = own.knee;
    usleep(own.unit_us * std::max(now, knee) / knee);
    if (now > 5) own.few_in_a_row = 0;
    ++own.few_in_a_row;
    ++own.nr_begun;
    --own.inside;
    return 0;
  }
  // How many units it took until that is so; or all of them.
  uint64_t units_until(uint64_t count, const std::function<bool()>& is_so) {
    memmap_range range{};
    range.count = count;
    range.run = sleep_inside;
    range.context = this;
    range.storage_bytes = memmap_range_bytes(&range);
    const PlacedMemory memory = *PlacedMemory::map(range.storage_bytes, {});
    range.storage = memory.address();
    Domain domain(pool, "sleepers");
    EXPECT_EQ(memmap_range_async(&range, domain.get()), MEMMAP_OK);
    memmap_progress_counts counts{};
    while (domain.progress(counts) == MEMMAP_OK && counts.done_pages != count && !is_so()) usleep(1000);
    memmap_cancel(domain.get());
    domain.close();
    return counts.done_pages;
  }

  const std::unique_ptr<EngineTopology> tables = *EngineTopology::create(*load_synthetic("numa:1 core:8 pu:1"));
  ThreadEnvironment environment{*tables, false};
  PlacedMemory storage;
  memmap_pool* pool = nullptr;
  WorkerThreads threads;
  uint32_t unit_us = 0;
  std::atomic<uint32_t> knee{8}, inside{0}, most{0};
  std::atomic<uint32_t> nr_begun{0}, few_in_a_row{0};  // all, and since one was a sixth inside
};

TEST(WorkerThreadsTest, AllComeToUnitsOfAnyLength) {
  for (const uint32_t unit_us : {1'000u, 10'000u, 30'000u}) {
    EightSleepers sleepers;
    sleepers.unit_us = unit_us;
    EXPECT_LT(sleepers.units_until(2000, [&] { return sleepers.most == 8; }), 2000u) << unit_us;
    EXPECT_EQ(sleepers.most, 8u) << unit_us;
  }
}

// Some rest in the middle of it, though nothing has changed but what a unit takes.
TEST(WorkerThreadsTest, SomeRestWhereTheyBringNothing) {
  EightSleepers sleepers;
  sleepers.unit_us = 1000;
  bool few = false;
  sleepers.units_until(1 << 16, [&] {
    if (sleepers.most == 8 && sleepers.nr_begun > 2000) sleepers.knee = 4;
    return few = sleepers.knee == 4 && sleepers.few_in_a_row >= 200;
  });
  EXPECT_TRUE(few);
}

}  // namespace
}  // namespace memmap::host
