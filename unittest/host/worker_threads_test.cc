// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Worker threads: how many there are, and how many of them are at work.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "host/limits.h"
#include "host/placement.h"
#include "host/threads.h"
#include "host/topology.h"
#include "memmap/memmap.hpp"
#include "memmap/range.h"

namespace memmap::host {
namespace {

// Units that sleep: eight at once get eight times as much done as one.
struct Sleepers {
  explicit Sleepers(std::unique_ptr<EngineTopology> topology, bool pinned, WatchSources sources)
      : tables(std::move(topology)), environment(*tables, pinned), threads(std::move(sources)) {
    memmap_pool_config config{};
    config.env = environment.env();
    config.topology = tables->table();
    config.nr_pages = 1 << 15;
    storage = *PlacedMemory::map(memmap_pool_bytes(&config), {});
    EXPECT_EQ(memmap_pool_init(&pool, &config, storage.address(), storage.nr_bytes()), MEMMAP_OK);
    EXPECT_TRUE(threads.start(pool, environment).ok());
  }
  static int sleep_inside(void* context, uint64_t, uint64_t) {
    Sleepers& own = *static_cast<Sleepers*>(context);
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

  const std::unique_ptr<EngineTopology> tables;
  ThreadEnvironment environment;
  PlacedMemory storage;
  memmap_pool* pool = nullptr;
  WorkerThreads threads;
  uint32_t unit_us = 0;
  std::atomic<uint32_t> knee{8}, inside{0}, most{0};
  std::atomic<uint32_t> nr_begun{0}, few_in_a_row{0};  // all, and since one was a sixth inside
};

// Of eight workers that nobody pins.
struct EightSleepers : Sleepers {
  EightSleepers()
      : Sleepers(*EngineTopology::create(*load_synthetic("numa:1 core:8 pu:1")), false,
                 WatchSources::of_this_system()) {}
};

TEST(WorkerThreadsTest, AllComeToUnitsOfAnyLength) {
  for (const uint32_t unit_us : {1'000u, 10'000u, 30'000u}) {
    EightSleepers sleepers;
    sleepers.unit_us = unit_us;
    // Where others use the machine a try may fail, and the next one comes some seconds later.
    const uint64_t many = 100'000'000 / unit_us;
    EXPECT_LT(sleepers.units_until(many, [&] { return sleepers.most == 8; }), many) << unit_us;
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

size_t nr_worker_threads() {
  size_t nr = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm") >> std::ws, name);
    nr += name.rfind("memmap/", 0) == 0;
  }
  return nr;
}

// A quota of one CPU has one thread; when it grows, there is work for the others.
TEST(WorkerThreadsTest, MoreThreadsForAQuotaThatGrows) {
  if (affinity_cpus().size() < 2) GTEST_SKIP() << "one CPU is all there is";
  std::atomic<uint32_t> quota{1};
  WatchSources sources = WatchSources::of_this_system();
  sources.interval_ns = 5'000'000;
  sources.allowance = [&quota](uint32_t nr) { return std::min<uint32_t>(nr, quota); };
  Sleepers sleepers(*EngineTopology::create(*load_this_machine(), 2), true, sources);
  sleepers.unit_us = 500;
  EXPECT_EQ(nr_worker_threads(), 1u);
  EXPECT_EQ(sleepers.units_until(100, [] { return false; }), 100u);
  EXPECT_EQ(sleepers.most, 1u);
  quota = 2;
  EXPECT_EQ(nr_worker_threads(), 1u) << "nobody looks while there is no work";
  sleepers.units_until(1 << 16, [&] { return sleepers.most == 2; });
  EXPECT_EQ(sleepers.most, 2u);
  EXPECT_EQ(nr_worker_threads(), 2u);
  quota = 1;
  sleepers.units_until(100, [] { return false; });  // it notices
  sleepers.most = 0;
  sleepers.units_until(100, [] { return false; });
  EXPECT_EQ(sleepers.most, 1u);
  quota = 2;
  sleepers.units_until(1 << 16, [&] { return sleepers.most == 2; });
  EXPECT_EQ(sleepers.most, 2u) << "and back";
  EXPECT_EQ(nr_worker_threads(), 2u);
  sleepers.threads.stop();
  EXPECT_EQ(nr_worker_threads(), 0u);
}

TEST(WorkerThreadsTest, StopsBesideAQuotaThatGrows) {
  for (int i = 0; i < 50; ++i) {
    std::atomic<uint32_t> quota{1};
    WatchSources sources = WatchSources::of_this_system();
    sources.interval_ns = 100'000;
    sources.allowance = [&quota](uint32_t nr) { return std::min<uint32_t>(nr, quota); };
    Sleepers sleepers(*EngineTopology::create(*load_this_machine(), 2), true, sources);
    sleepers.unit_us = 10;
    sleepers.units_until(100, [&] { return quota = 2, sleepers.nr_begun > 2; });
  }
  EXPECT_EQ(nr_worker_threads(), 0u);
}

}  // namespace
}  // namespace memmap::host
