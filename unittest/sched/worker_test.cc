// SPDX-License-Identifier: GPL-2.0-only OR MIT
// When a worker wakes others, when it searches, and when it may sleep.
#include <gtest/gtest.h>

#include <cstdint>

#include "memmap/pool.h"
#include "sched/domain.h"
#include "sched/inside.h"
#include "support/test_pool.h"

namespace memmap::sched {
namespace {

using support::kSection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

struct WorkerSleep : testing::Test {
  TestEnv env;
  TestTopology topology{1, 1, 4};
  TestPool pool{env, topology, 0, 256 * kSection};
};

TEST_F(WorkerSleep, ParksWhereThereIsNothing) {
  env.on_park = [&](uint32_t*) { EXPECT_EQ(pool.get()->engine.groups[0].parked.load(relaxed), 1u); };
  EXPECT_FALSE(pool.step(0));
  EXPECT_TRUE(pool.idle(0));
  EXPECT_EQ(env.parks, 1u);
  EXPECT_EQ(pool.counts(0).parks, 1u);
  EXPECT_EQ(pool.get()->engine.groups[0].parked.load(relaxed), 0u) << "withdrawn";
  EXPECT_EQ(pool.get()->engine.awake.load(relaxed), 4u);
}

TEST_F(WorkerSleep, NewsSinceTheLastLookKeepsItUp) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  EXPECT_FALSE(pool.step(0));
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(pool.idle(0));
  EXPECT_EQ(env.parks, 0u);
  EXPECT_EQ(pool.counts(0).parks, 0u);
  pool.run_all();
}

TEST_F(WorkerSleep, ASubmitWakesAParkedOne) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  pool.while_parked({2}, [&] {
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    EXPECT_EQ(env.unparks, 1u);
  });
  EXPECT_EQ(pool.run(2), 8u);
}

TEST_F(WorkerSleep, ATreeOfTwoWhileItPays) {
  Span large(MEMMAP_DEVICE, 0, 8 * kSection);
  TestDomain domain(pool);
  pool.while_parked({0, 1, 2}, [&] {
    ASSERT_EQ(domain.submit(large.prepare()), MEMMAP_OK);
    EXPECT_EQ(env.unparks, 1u);
    EXPECT_TRUE(pool.step(3));
    EXPECT_EQ(env.unparks, 3u);
    EXPECT_EQ(pool.counts(3).wakes_sent, 2u);
    EXPECT_TRUE(pool.step(3));
    EXPECT_EQ(env.unparks, 3u) << "once a choice";
  });
  pool.run_all();
}

TEST_F(WorkerSleep, NoWakeForWhatIsDoneSoonerAlone) {
  TestPool costly(env, topology, 0, 8 * kSection, [](memmap_pool_config& config) { config.wake_ns = 23'000; });
  Span span(MEMMAP_DEVICE, 0, 2 * kSection);
  TestDomain domain(costly);
  costly.while_parked({0, 1}, [&] {
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    const uint64_t by_submit = env.unparks;
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(costly.step(3));
    const uint64_t so_far = env.unparks;
    EXPECT_GT(so_far, by_submit);
    EXPECT_TRUE(costly.step(3));  // the second choice, at half: 85 us of work, 92 us for four wakes
    EXPECT_EQ(env.unparks, so_far);
  });
  costly.run_all();
}

TEST_F(WorkerSleep, StopEndsEveryIdleAtOnceAndForGood) {
  bool parked = true;
  env.on_park = [&](uint32_t* word) {
    const uint32_t before = *word;
    memmap_pool_stop(pool.get());
    EXPECT_NE(*word, before);
    parked = false;
  };
  EXPECT_FALSE(pool.step(0));
  EXPECT_FALSE(pool.idle(0));
  EXPECT_FALSE(parked);
  EXPECT_EQ(env.unparks, 4u) << "all workers, parked or about to";
  EXPECT_FALSE(pool.idle(0));
  EXPECT_FALSE(pool.idle(1));
  EXPECT_EQ(env.parks, 1u) << "nobody parks any more";
}

TEST_F(WorkerSleep, SearchesForSpinNsThenParks) {
  TestPool spinning(env, topology, 0, kSection, [](memmap_pool_config& config) { config.spin_ns = 5'000; });
  uint64_t parked_at_ns = 0;
  env.on_park = [&](uint32_t*) { parked_at_ns = env.now_ns; };
  EXPECT_FALSE(spinning.step(0));
  const uint64_t began_ns = env.now_ns;
  EXPECT_TRUE(spinning.idle(0));
  EXPECT_GE(parked_at_ns - began_ns, 5'000u);
  EXPECT_LE(parked_at_ns - began_ns, 6'000u);
}

TEST_F(WorkerSleep, NewsEndTheSearch) {
  TestPool spinning(env, topology, 0, 8 * kSection, [](memmap_pool_config& config) { config.spin_ns = 1'000'000; });
  Span span(MEMMAP_DEVICE, 0, 8 * kSection);
  TestDomain domain(spinning);
  env.env.relax = [](void* context) { static_cast<TestEnv*>(context)->on_yield(); };
  int turns = 0;
  env.on_yield = [&] {
    if (++turns != 3) return;
    const memmap_self searching = env.self;
    env.self = {MEMMAP_NO_WORKER, 0, MEMMAP_NO_WORKER, 0};
    EXPECT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    env.self = searching;
  };
  EXPECT_FALSE(spinning.step(0));
  EXPECT_TRUE(spinning.idle(0));
  EXPECT_EQ(turns, 3);
  EXPECT_EQ(env.parks, 0u);
  spinning.run_all();
  env.on_yield = [] {};
}

TEST_F(WorkerSleep, AtMostHalfOfThoseAwakeSearch) {
  TestPool spinning(env, topology, 0, kSection, [](memmap_pool_config& config) { config.spin_ns = 5'000; });
  spinning.get()->engine.searching.store(2, relaxed);
  env.on_park = [](uint32_t*) {};
  EXPECT_FALSE(spinning.step(0));
  const uint64_t began_ns = env.now_ns;
  EXPECT_TRUE(spinning.idle(0));
  EXPECT_LE(env.now_ns - began_ns, 1'000u) << "parked without a search";
  EXPECT_EQ(spinning.get()->engine.searching.load(relaxed), 2u);
}

}  // namespace
}  // namespace memmap::sched
