// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Which domain a worker chooses and for how long, and how many of them are in one.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "memmap/pool.h"
#include "sched/domain.h"
#include "sched/inside.h"
#include "support/test_pool.h"

namespace memmap::sched {
namespace {

using support::Call;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr memmap_domain_options kBackground = {nullptr, 0, true, nullptr};
constexpr memmap_domain_options kOneWorker = {nullptr, 1, false, nullptr};
constexpr memmap_domain_options kTwoWorkers = {nullptr, 2, false, nullptr};

struct WorkerChoice : testing::Test {
  uint64_t written(const Span& span) { return span.pages(Call::write) / kSubsection; }  // units
  void expect_done(TestDomain& domain) {
    EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
    EXPECT_EQ(env.parks, 0u) << "all was retired";
  }
  TestEnv env;
  TestTopology topology{1, 1, 4};
  TestPool pool{env, topology, 0, 256 * kSection};
};

TEST_F(WorkerChoice, TheSmallestRemainderFirst) {
  Span big(MEMMAP_DEVICE, 0, 8 * kSection), small(MEMMAP_DEVICE, 8 * kSection, kSection);
  TestDomain first(pool), second(pool);
  ASSERT_EQ(first.submit(big.prepare()), MEMMAP_OK);
  ASSERT_EQ(second.submit(small.prepare()), MEMMAP_OK);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(written(small), 64u);
  EXPECT_EQ(written(big), 0u);
  ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(written(big), 8u);
  pool.run_all();
}

TEST_F(WorkerChoice, WhatSomebodyWaitsForComesBeforeWhatIsSmall) {
  Span big(MEMMAP_DEVICE, 0, 8 * kSection), small(MEMMAP_DEVICE, 8 * kSection, kSection);
  TestDomain first(pool), second(pool);
  ASSERT_EQ(first.submit(big.prepare()), MEMMAP_OK);
  ASSERT_EQ(second.submit(small.prepare()), MEMMAP_OK);
  inside(first).flushers.fetch_add(1, relaxed);
  ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(written(big), 8u);
  inside(first).flushers.fetch_sub(1, relaxed);
  pool.run_all();
}

// Small as they may be: those of the background are single units.
TEST_F(WorkerChoice, AChoiceIsKeptForEightGrains) {
  for (const auto& [options, grain_units] : {std::pair{memmap_domain_options{}, 8u}, {kBackground, 1u}}) {
    Span big(MEMMAP_DEVICE, 0, 8 * kSection), small(MEMMAP_DEVICE, 8 * kSection, kSection);
    TestDomain first(pool, options), second(pool);
    ASSERT_EQ(first.submit(big.prepare()), MEMMAP_OK);
    ASSERT_TRUE(pool.step(0));
    ASSERT_EQ(second.submit(small.prepare()), MEMMAP_OK);
    for (int i = 0; i < 7; ++i) ASSERT_TRUE(pool.step(0));
    EXPECT_EQ(written(big), 8u * grain_units);
    EXPECT_EQ(written(small), 0u);
    ASSERT_TRUE(pool.step(0));
    EXPECT_EQ(written(small), 8u);
    pool.run_all();
  }
}

// Of large grains there are fewer, or who has just come would wait for longer.
TEST(WorkerChoiceOfLargeGrains, AChoiceIsKeptForSoManyUnits) {
  TestEnv env;
  TestTopology topology(1, 1, 1);
  TestPool pool(env, topology, 0, 64 * kSection, [](memmap_pool_config& config) {
    config.grain_pages = 8'192;
    config.large_grain_pages = 16'384;
  });
  Span big(MEMMAP_DEVICE, 0, 48 * kSection), small(MEMMAP_DEVICE, 48 * kSection, kSection);
  TestDomain first(pool), second(pool);
  ASSERT_EQ(first.submit(big.prepare()), MEMMAP_OK);
  ASSERT_TRUE(pool.step(0));
  ASSERT_EQ(second.submit(small.prepare()), MEMMAP_OK);
  ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(big.pages(Call::write), 2 * 16'384u);
  EXPECT_EQ(small.pages(Call::write), 0u);
  ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(small.pages(Call::write), 8'192u) << "of which nobody has 64 large ones";
  pool.run_all();
}

// The ageing bound: however many smaller ones come, each domain has its turn, the bigger of two big ones too.
TEST_F(WorkerChoice, AtEveryEighthTheyTakeTurns) {
  Span big(MEMMAP_DEVICE, 0, 64 * kSection), middle(MEMMAP_DEVICE, 64 * kSection, 32 * kSection);
  std::vector<std::unique_ptr<Span>> small;
  TestDomain first(pool), second(pool), third(pool);
  ASSERT_EQ(first.submit(big.prepare()), MEMMAP_OK);
  ASSERT_EQ(second.submit(middle.prepare()), MEMMAP_OK);
  for (uint64_t choice = 1; choice <= 48; ++choice) {
    small.push_back(std::make_unique<Span>(MEMMAP_DEVICE, (96 + choice) * kSection, kSection));
    ASSERT_EQ(third.submit(small.back()->prepare()), MEMMAP_OK);
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(pool.step(0));
    EXPECT_EQ(written(big), (choice / 8 + 2) / 3 * 64)
        << "the first's turn is the 1st, 4th ...: after choice " << choice;
    EXPECT_EQ(written(middle), (choice / 8 + 1) / 3 * 64) << "the 2nd, 5th ...: after choice " << choice;
  }
  pool.run_all();
  EXPECT_EQ(memmap_domain_close(&third.d), MEMMAP_OK);
}

// What is smallest is measured in time: few units may take longer than many.
TEST_F(WorkerChoice, TheSmallestRemainderIsTheShortest) {
  Span few(MEMMAP_DEVICE, 0, kSection), many(MEMMAP_DEVICE, kSection, 4 * kSection);
  TestDomain first(pool), second(pool);
  ASSERT_EQ(first.submit(few.prepare()), MEMMAP_OK);
  ASSERT_EQ(second.submit(many.prepare()), MEMMAP_OK);
  inside(first).newest()->unit_ns *= 5;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(written(few), 0u);
  EXPECT_EQ(written(many), 4 * 8u);
  pool.run_all();
}

// Two nodes with a big and a small event: each worker stays at its own memory while there is work, also in the oldest's
// turn; one that is waited for draws everybody.
TEST(WorkerChoiceOfNodes, TheNearestFirst) {
  TestEnv env;
  TestTopology topology(2, 1, 1);
  TestPool pool(env, topology, 0, 256 * kSection);
  Span big(MEMMAP_DEVICE, 0, 16 * kSection), small(MEMMAP_DEVICE, 16 * kSection, 2 * kSection);
  big.request.records_nid = 1;
  TestDomain first(pool), second(pool);
  ASSERT_EQ(first.submit(big.prepare()), MEMMAP_OK);
  ASSERT_EQ(second.submit(small.prepare()), MEMMAP_OK);
  for (int i = 0; i < 80; ++i) ASSERT_TRUE(pool.step(1));
  EXPECT_EQ(big.pages(Call::write), 10 * kSection) << "ten choices of eight grains, near and not small";
  ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(small.pages(Call::write), 8 * kSubsection);
  pool.run(0);
  EXPECT_EQ(small.pages(Call::write), 2 * kSection);
  EXPECT_EQ(big.pages(Call::write), 16 * kSection) << "who has nothing near helps";
  pool.run_all();
}

TEST(WorkerChoiceOfNodes, WhatSomebodyWaitsForComesBeforeWhatIsNear) {
  TestEnv env;
  TestTopology topology(2, 1, 1);
  TestPool pool(env, topology, 0, 256 * kSection);
  Span near(MEMMAP_DEVICE, 0, 8 * kSection), far(MEMMAP_DEVICE, 8 * kSection, 8 * kSection);
  far.request.records_nid = 1;
  TestDomain first(pool), second(pool);
  ASSERT_EQ(first.submit(near.prepare()), MEMMAP_OK);
  ASSERT_EQ(second.submit(far.prepare()), MEMMAP_OK);
  inside(second).flushers.fetch_add(1, relaxed);
  ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(far.pages(Call::write), 8 * kSubsection);
  inside(second).flushers.fetch_sub(1, relaxed);
  pool.run_all();
}

TEST_F(WorkerChoice, BackgroundComesLastAndUnitByUnit) {
  Span behind(MEMMAP_DEVICE, 0, kSection), front(MEMMAP_DEVICE, kSection, 8 * kSection);
  TestDomain background(pool, kBackground), foreground(pool);
  ASSERT_EQ(background.submit(behind.prepare()), MEMMAP_OK);
  ASSERT_EQ(foreground.submit(front.prepare()), MEMMAP_OK);
  for (int i = 0; i < 7 * 8; ++i) ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(written(behind), 0u) << "smaller, but in the background";
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(written(behind), 8u) << "the eighth choice: the oldest, in units";
  pool.run(0);
  EXPECT_EQ(written(front), 8 * 64u);
  EXPECT_EQ(behind.nr(Call::write), 64u);
}

TEST_F(WorkerChoice, BackgroundBecomesOrdinaryWhenSomebodyWaits) {
  Span behind(MEMMAP_DEVICE, 0, 2 * kSection);
  TestDomain background(pool, kBackground);
  ASSERT_EQ(background.submit(behind.prepare()), MEMMAP_OK);
  ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(written(behind), 1u);
  inside(background).flushers.fetch_add(1, relaxed);
  ASSERT_TRUE(pool.step(0));
  EXPECT_EQ(written(behind), 9u);
  inside(background).flushers.fetch_sub(1, relaxed);
  pool.run_all();
  EXPECT_EQ(behind.pages(Call::ready), 2 * kSection) << "and units that grains had skipped";
}

TEST_F(WorkerChoice, NoMoreThanMaxWorkersInside) {
  Span span(MEMMAP_DEVICE, 0, 8 * kSection);
  TestDomain domain(pool, kTwoWorkers);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(pool.step(0));
  EXPECT_TRUE(pool.step(1));
  EXPECT_FALSE(pool.step(2)) << "full";
  EXPECT_FALSE(pool.step(3)) << "full";
  EXPECT_TRUE(pool.step(1));
  pool.run_all();
  EXPECT_EQ(inside(domain).crew.load(relaxed), 0u);
  expect_done(domain);
}

TEST_F(WorkerChoice, WhoStaysKeepsItsPlaceInAFullDomain) {
  Span span(MEMMAP_DEVICE, 0, 8 * kSection);
  TestDomain domain(pool, kTwoWorkers);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  const uint32_t news = pool.get()->engine.news.load(relaxed);
  EXPECT_TRUE(pool.step(1));
  for (int i = 0; i < 3 * 8; ++i) EXPECT_TRUE(pool.step(0));
  EXPECT_FALSE(pool.step(2)) << "chosen anew, but never left";
  EXPECT_EQ(pool.get()->engine.news.load(relaxed), news);
  pool.run_all();
  expect_done(domain);
}

TEST_F(WorkerChoice, WhoLeavesAFullDomainSaysSo) {
  Span span(MEMMAP_DEVICE, 0, 8 * kSection), small(MEMMAP_DEVICE, 8 * kSection, kSection);
  TestDomain domain(pool, kTwoWorkers), other(pool, kOneWorker);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(pool.step(0));
  EXPECT_TRUE(pool.step(1));
  EXPECT_FALSE(pool.step(2));
  ASSERT_EQ(other.submit(small.prepare()), MEMMAP_OK);
  const uint32_t seen = pool.get()->engine.news.load(relaxed);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(pool.step(0));  // behind its eighth grain the small one
  EXPECT_EQ(inside(domain).crew.load(relaxed), 1u);
  EXPECT_NE(pool.get()->engine.news.load(relaxed), seen) << "who passed it over may be asleep by now";
  EXPECT_TRUE(pool.step(2)) << "room again";
  pool.run_all();
}

TEST_F(WorkerChoice, MaxWorkersDoesNotCountFlushers) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool, kOneWorker);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(pool.step(0));
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_FALSE(pool.step(0));
}

TEST_F(WorkerChoice, AFullDomainIsNoReasonToWakeOthers) {
  Span span(MEMMAP_DEVICE, 0, 8 * kSection);
  TestDomain domain(pool, kOneWorker);
  pool.while_parked({1, 2, 3}, [&] {
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    EXPECT_EQ(env.unparks, 1u) << "the submit's";
    EXPECT_TRUE(pool.step(0));
    EXPECT_EQ(env.unparks, 1u) << "whoever comes finds no room";
    pool.run(0);
  });
}

TEST_F(WorkerChoice, AStepIsAGrainAndCounted) {
  TestTopology two(2, 1, 1);
  TestPool pair(env, two, 0, 8 * kSection);
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pair);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);  // records on node 0
  EXPECT_TRUE(pair.step(1));
  EXPECT_TRUE(pair.step(0));
  EXPECT_EQ(pair.counts(1).grains, 1u);
  EXPECT_EQ(pair.counts(1).stolen_grains, 1u);
  EXPECT_EQ(pair.counts(0).grains, 1u);
  EXPECT_EQ(pair.counts(0).stolen_grains, 0u);
  pair.run_all();
  EXPECT_EQ(pair.counts(0).grains + pair.counts(1).grains, 8u);
}

TEST_F(WorkerChoice, ASmallRequestIsDoneByWhoSubmitsIt) {
  // Four times wake_ns is the limit: 64 units of 1,331 ns are 85,184 ns.
  const auto with_wake_ns = [&](uint32_t wake_ns) {
    TestPool some(env, topology, 0, kSection, [=](memmap_pool_config& config) { config.wake_ns = wake_ns; });
    Span span(MEMMAP_DEVICE, 0, kSection);
    TestDomain domain(some);
    EXPECT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    return written(span);
  };
  EXPECT_EQ(with_wake_ns(85'184 / 4), 0u);
  EXPECT_EQ(with_wake_ns(85'184 / 4 + 1), 64u);
  EXPECT_EQ(with_wake_ns(uint32_t{1} << 30), 64u) << "a second and more: still no overflow";
  EXPECT_EQ(with_wake_ns(UINT32_MAX), 64u);
}

TEST_F(WorkerChoice, NothingToDoAfterACancel) {
  Span span(MEMMAP_DEVICE, 0, 8 * kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(pool.step(0));
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_FALSE(pool.step(0));
  EXPECT_FALSE(pool.step(1));
  EXPECT_EQ(written(span), 8u);
}

}  // namespace
}  // namespace memmap::sched
