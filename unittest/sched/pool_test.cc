// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Announcing work, and which parked worker is woken for it: near, not beside the caller, no more than a group's width.
#include "sched/pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "memmap/pool.h"
#include "support/test_pool.h"

namespace memmap::sched {
namespace {

using support::kSection;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

struct Wakes {
  Wakes(TestEnv& env, TestPool& test_pool, uint32_t nr_workers) : pool(test_pool.get()->engine) {
    env.on_wake = [this, nr_workers](uint32_t* word) {
      for (uint32_t i = 0; i < nr_workers; ++i)
        if (pool.workers[i].event.address() == word) woken.push_back(i);
    };
  }
  // Whom a wake for work of `home` finds, one after the other.
  std::vector<uint32_t> all(uint32_t home, uint32_t beside = MEMMAP_NO_WORKER) {
    woken.clear();
    while (wake_near(pool, home, beside)) {
    }
    return woken;
  }
  Pool& pool;
  std::vector<uint32_t> woken;
};

using Workers = std::vector<uint32_t>;

TEST(Wake, NobodyParkedNobodyWoken) {
  TestEnv env;
  TestTopology topology(2, 1, 2);
  TestPool pool(env, topology, 0, kSection);
  EXPECT_FALSE(wake_near(pool.get()->engine, 0, MEMMAP_NO_WORKER));
  EXPECT_EQ(env.unparks, 0u);
}

TEST(Wake, NearestGroupFirst) {
  TestEnv env;
  TestTopology topology(3, 1, 2);  // workers 0 1 | 2 3 | 4 5
  TestPool pool(env, topology, 0, kSection);
  Wakes wakes(env, pool, 6);
  pool.while_parked({0, 1, 2, 3, 4, 5}, [&] { EXPECT_EQ(wakes.all(2), (Workers{4, 5, 2, 3, 0, 1})); });
  pool.while_parked({0, 1, 2, 3, 4, 5}, [&] { EXPECT_EQ(wakes.all(1), (Workers{2, 3, 0, 1, 4, 5})); });
  pool.while_parked({0, 3, 5}, [&] { EXPECT_EQ(wakes.all(0), (Workers{0, 3, 5})) << "only who is parked"; });
}

TEST(Wake, TheRankIsTheWorkersNotTheHomes) {
  TestEnv env;
  TestTopology topology(3, 1, 1);
  // Far for the work of node 0 is what its own table says of worker 1; worker 2 is near.
  topology.steal_rank = {0, 1, 2, /* group 1: */ 9, 0, 1, /* group 2: */ 1, 9, 0};
  TestPool pool(env, topology, 0, kSection);
  Wakes wakes(env, pool, 3);
  pool.while_parked({1, 2}, [&] { EXPECT_EQ(wakes.all(0), (Workers{2, 1})); });
  pool.while_parked({0, 2}, [&] { EXPECT_EQ(wakes.all(1), (Workers{0, 2})); });
}

TEST(Wake, EqualRanksInOrderOfGroups) {
  TestEnv env;
  TestTopology topology(1, 4, 1);
  TestPool pool(env, topology, 0, kSection);
  Wakes wakes(env, pool, 4);
  pool.while_parked({0, 1, 2, 3}, [&] { EXPECT_EQ(wakes.all(2), (Workers{2, 0, 1, 3})); });
}

TEST(Wake, TheOneOnTheCallersCpuIsTheLastOfItsGroup) {
  TestEnv env;
  TestTopology topology(2, 1, 3);  // 0 1 2 | 3 4 5
  TestPool pool(env, topology, 0, kSection);
  Wakes wakes(env, pool, 6);
  pool.while_parked({0, 1, 2, 3, 4, 5}, [&] { EXPECT_EQ(wakes.all(0, 0), (Workers{1, 2, 0, 3, 4, 5})); });
  pool.while_parked({0, 1, 2, 3, 4, 5}, [&] { EXPECT_EQ(wakes.all(0, 4), (Workers{0, 1, 2, 3, 5, 4})); });
  pool.while_parked({0}, [&] { EXPECT_EQ(wakes.all(0, 0), (Workers{0})) << "if there is no other"; });
}

TEST(Wake, NoMoreThanTheWidthOfAGroupAreAwake) {
  TestEnv env;
  TestTopology topology(2, 1, 4);  // 0..3 | 4..7
  topology.width = {2, 1};
  TestPool pool(env, topology, 0, kSection);
  Wakes wakes(env, pool, 8);
  pool.while_parked({0, 1, 2, 3, 4, 5, 6, 7}, [&] { EXPECT_EQ(wakes.all(0), (Workers{0, 1, 4})); });
  pool.while_parked({1, 2, 3, 4, 5, 6}, [&] { EXPECT_EQ(wakes.all(1), (Workers{1})) << "0 and 7 are awake"; });
}

TEST(Wake, AWidthMayChange) {
  TestEnv env;
  TestTopology topology(1, 1, 4);
  topology.width = {1};
  TestPool pool(env, topology, 0, kSection);
  Wakes wakes(env, pool, 4);
  pool.while_parked({0, 1, 2, 3}, [&] {
    EXPECT_EQ(memmap_pool_set_width(pool.get(), 0, 0), MEMMAP_OK);
    EXPECT_TRUE(wakes.all(0).empty());
    EXPECT_EQ(memmap_pool_set_width(pool.get(), 0, 3), MEMMAP_OK);
    EXPECT_EQ(wakes.all(0), (Workers{0, 1, 2}));
    EXPECT_EQ(memmap_pool_set_width(pool.get(), 0, UINT32_MAX), MEMMAP_OK) << "all there are";
    EXPECT_EQ(wakes.all(0), Workers{3});
  });
  EXPECT_EQ(memmap_pool_set_width(pool.get(), 1, 1), MEMMAP_INVALID);
  EXPECT_EQ(memmap_pool_set_width(nullptr, 0, 1), MEMMAP_INVALID);
}

TEST(Wake, SixtyFourInAGroup) {
  TestEnv env;
  TestTopology topology(1, 1, 64);
  TestPool pool(env, topology, 0, kSection);
  Wakes wakes(env, pool, 64);
  Workers all(64);
  for (uint32_t i = 0; i < 64; ++i) all[i] = i;
  pool.while_parked(all, [&] { EXPECT_EQ(wakes.all(0), all); });
}

TEST(Wake, AWakeIsOwedUntilTheWorkerKnows) {
  TestEnv env;
  TestTopology topology(1, 1, 1);
  TestPool pool(env, topology, 0, kSection);
  Wakes wakes(env, pool, 1);
  pool.while_parked({0}, [&] {
    const uint32_t before = wakes.pool.workers[0].event.load(relaxed);
    EXPECT_EQ(wakes.all(0), Workers{0});
    EXPECT_NE(wakes.pool.workers[0].event.load(relaxed), before) << "it may not have gone to sleep yet";
  });
}

TEST(AnnounceWork, IsNewsAndABusySlot) {
  TestEnv env;
  TestTopology topology(1, 1, 1);
  TestPool pool(env, topology, 0, kSection);
  Pool& engine = pool.get()->engine;
  const uint32_t before = engine.news.load(relaxed);
  announce_work(engine, uint64_t{1} << 63);
  EXPECT_NE(engine.news.load(relaxed), before);
  EXPECT_EQ(engine.busy.load(relaxed), uint64_t{1} << 63);
  EXPECT_FALSE(pool.step(0)) << "nobody in that slot";
}

}  // namespace
}  // namespace memmap::sched
