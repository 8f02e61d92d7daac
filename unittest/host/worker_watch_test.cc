// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Who may work when CPUs go and come back, when somebody moves a thread, when the quota changes.
#include "host/worker_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "host/limits.h"
#include "host/topology.h"

namespace memmap::host {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

// Two nodes of two CPUs, each CPU with a worker; the system's answers are what a test says.
struct WorkerWatchTest : testing::Test {
  WorkerWatchTest() {
    auto loaded = load_synthetic("NUMANode:2(memory=1GiB) Core:2 PU:1");
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    topology = *std::move(loaded);
    auto made = EngineTopology::create(topology);
    EXPECT_TRUE(made.ok());
    tables = *std::move(made);
    for (uint32_t worker = 0; worker < 4; ++worker) masks.push_back({tables->cpu_of_worker(worker)});
    WatchSources sources;
    sources.mask = [this] { return masks[asks]; };
    sources.online = [this](uint32_t cpu) { return unplugged.count(cpu) == 0; };
    sources.pin = [this](uint32_t cpu) {
      ++nr_pins;
      masks[asks] = {cpu};
      return true;
    };
    sources.allowance = [this](uint32_t) { return allowance; };
    watch = std::make_unique<WorkerWatch>(*tables, sources);
  }
  bool may(uint32_t worker) {
    asks = worker;
    return watch->may_work(worker, now_ns);
  }
  std::vector<bool> all() {
    now_ns += kSecond;
    return {may(0), may(1), may(2), may(3)};
  }
  using Which = std::vector<bool>;

  Topology topology;
  std::unique_ptr<EngineTopology> tables;
  std::vector<std::vector<uint32_t>> masks;
  std::set<uint32_t> unplugged;
  uint32_t allowance = 4, asks = 0, nr_pins = 0;
  uint64_t now_ns = 10 * kSecond;
  std::unique_ptr<WorkerWatch> watch;
};

TEST_F(WorkerWatchTest, AllMayWhileNothingHappens) {
  EXPECT_EQ(all(), (Which{true, true, true, true}));
  EXPECT_EQ(nr_pins, 0u);
}

TEST_F(WorkerWatchTest, AnUnpluggedCpusWorkerStaysAwayAndComesBack) {
  const uint32_t cpu = tables->cpu_of_worker(2);
  unplugged.insert(cpu);
  masks[2] = {0, 1, 3};  // what the kernel falls back to
  EXPECT_EQ(all(), (Which{true, true, false, true}));
  unplugged.clear();
  EXPECT_EQ(all(), (Which{true, true, true, true})) << "nobody else had decided that";
  EXPECT_EQ(masks[2], std::vector<uint32_t>{cpu});
}

TEST_F(WorkerWatchTest, WhatSomebodyDecidedAboutAMaskIsNotUndone) {
  masks[1] = {0};  // taskset
  EXPECT_EQ(all(), (Which{true, false, true, true}));
  EXPECT_EQ(all(), (Which{true, false, true, true}));
  EXPECT_EQ(nr_pins, 0u);
  masks[1] = {0, 1, 2, 3};
  EXPECT_EQ(all(), (Which{true, true, true, true}));
  EXPECT_EQ(masks[1], std::vector<uint32_t>{tables->cpu_of_worker(1)}) << "free to choose, it goes home";
}

TEST_F(WorkerWatchTest, TheQuotaLeavesThoseThatAreSpreadWidest) {
  allowance = 2;
  EXPECT_EQ(all(), (Which{true, false, true, false})) << "one on each node";
  allowance = 3;
  EXPECT_EQ(all(), (Which{true, true, true, false}));
  allowance = 4;
  EXPECT_EQ(all(), (Which{true, true, true, true}));
}

TEST_F(WorkerWatchTest, WhoIsAbsentAtTheStartComesWithTheQuota) {
  allowance = 1;
  for (const uint32_t worker : {1u, 2u, 3u}) watch->absent(worker);
  EXPECT_EQ(all(), (Which{true, false, false, false}));
  EXPECT_EQ(watch->last_allowance(), 1u);
  masks[0] = {77};
  EXPECT_EQ(all(), (Which{true, false, false, false})) << "the only one stays";
  masks[0] = {tables->cpu_of_worker(0)};
  allowance = 3;
  EXPECT_EQ(all(), (Which{true, true, true, false}));
  EXPECT_EQ(watch->last_allowance(), 3u);
}

TEST_F(WorkerWatchTest, TheLastOneStays) {
  for (auto& mask : masks) mask = {77};
  const Which left = all();
  EXPECT_EQ(std::count(left.begin(), left.end(), true), 1);
  masks[0] = {tables->cpu_of_worker(0)};
  all();  // the home-comer first, then the one that stayed may go
  EXPECT_EQ(all(), (Which{true, false, false, false}));
}

TEST_F(WorkerWatchTest, LooksOnceAnInterval) {
  EXPECT_EQ(all(), (Which{true, true, true, true}));
  masks[1] = {0};
  EXPECT_TRUE(may(1));
  now_ns += kSecond - 1;
  EXPECT_TRUE(may(1));
  ++now_ns;
  EXPECT_FALSE(may(1));
}

TEST(WatchSources, OfThisSystemAnswers) {
  const WatchSources sources = WatchSources::of_this_system();
  const std::vector<uint32_t> mask = sources.mask();
  ASSERT_FALSE(mask.empty());
  EXPECT_TRUE(sources.online(mask[0]));
  EXPECT_GE(sources.allowance(64), 1u);
}

TEST(WatchSources, OfLentThreadsArePinnedByNobody) {
  const WatchSources sources = WatchSources::of_lent_threads();
  const std::vector<uint32_t> mask = sources.mask();
  ASSERT_FALSE(mask.empty());
  EXPECT_EQ(sources.mask(), mask);
  EXPECT_TRUE(sources.online(mask[0]));
  EXPECT_GE(sources.allowance(64), 1u);
  const std::vector<uint32_t> own = affinity_cpus();
  EXPECT_FALSE(sources.pin(own[0]));
  EXPECT_EQ(affinity_cpus(), own);
}

}  // namespace
}  // namespace memmap::host
