// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Growth on demand: before any worker runs and beside them, lowest first, in any context; when it says that the caller
// should try again, and when not.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "memmap/pool.h"
#include "sched/domain.h"
#include "support/record_span.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Call;
using support::kBlock;
using support::kSection;
using support::RecordSpan;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

struct GrowTest : testing::Test {
  bool grow(uint32_t nid, uint64_t nr_pages) { return memmap_grow(pool.get(), nid, nr_pages, &seen); }
  uint64_t node_ready(uint32_t nid) { return memmap_node_ready_pages(pool.get(), nid); }

  TestEnv env;
  TestTopology topology{2, 1, 2};  // workers there are, but nobody lets them step
  TestPool pool{env, topology, 0, 64 * kSection};
  uint64_t seen = 0;
};

TEST_F(GrowTest, InitialisesAsMuchAsIsWantedLowestFirst) {
  RecordSpan span(MEMMAP_BOOT, 100, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(grow(0, 1));
  EXPECT_EQ(seen, kBlock - 100) << "the first block, as far as the span has it";
  EXPECT_EQ(span.calls, (std::vector<Call>{{Call::ready, 100, kBlock - 100}}));
  EXPECT_TRUE(memmap_ready(pool.get(), 100));
  EXPECT_TRUE(grow(0, 3 * kBlock - 5));
  EXPECT_EQ(seen, 4 * kBlock - 100) << "whole blocks";
  EXPECT_EQ(span.nr_wrong(100, 4 * kBlock), 0u);
  EXPECT_EQ(span.nr_wrong(4 * kBlock, 100 + kSection, true), 0u) << "and no more";
  EXPECT_EQ(env.parks + env.unparks, 0u);
}

TEST_F(GrowTest, TrueWhereTheCounterMovedSinceTheAttemptWithoutDoingAnything) {
  Span span(MEMMAP_BOOT, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  seen = node_ready(0);
  ASSERT_TRUE(pool.step(0));  // somebody else hands four blocks over meanwhile
  const size_t calls = span.calls.size();
  EXPECT_TRUE(grow(0, 4 * kBlock));
  EXPECT_EQ(span.calls.size(), calls) << "try again first";
  EXPECT_EQ(seen, 4 * kBlock);
  EXPECT_TRUE(grow(0, kBlock));
  EXPECT_GT(span.calls.size(), calls);
  pool.run_all();
}

TEST_F(GrowTest, WhatAWorkerWasGivenIsFoundWithoutALookThroughTheZone) {
  Span span(MEMMAP_BOOT, 0, 64 * kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  sched::Stripe& stripe = *reinterpret_cast<sched::Domain*>(domain.d.opaque)->newest()->stripes;
  ASSERT_TRUE(stripe.whole_words);
  while (stripe.cursor.load(relaxed) < stripe.end) ASSERT_TRUE(pool.step(0));
  seen = node_ready(0);
  const uint64_t before = seen;
  EXPECT_TRUE(grow(0, 1));
  EXPECT_EQ(seen, before + kBlock);
  EXPECT_EQ(stripe.full.load(relaxed), 0u) << "a sweep of all words would have moved it";
  pool.run_all();
}

TEST_F(GrowTest, FalseOnlyWhereNothingIsLeftAndNothingMoved) {
  Span span(MEMMAP_BOOT, 0, 4 * kBlock);
  TestDomain domain(pool);
  EXPECT_FALSE(grow(0, 1)) << "nothing submitted";
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(grow(0, 100 * kBlock)) << "all there is, which is less than wanted";
  EXPECT_EQ(seen, 4 * kBlock);
  EXPECT_FALSE(grow(0, 1));
  EXPECT_EQ(seen, 4 * kBlock);
  seen = 0;
  EXPECT_TRUE(grow(0, 1)) << "but it moved since then";
  EXPECT_FALSE(grow(0, 1));
}

TEST_F(GrowTest, DoesNotWaitForHolders) {
  Span span(MEMMAP_BOOT, 0, 4 * kBlock);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  bool grown_inside = true;
  span.on_call = [&](const Call& call) {
    if (call.hook == Call::write) grown_inside = grow(0, 1);
    return 0;
  };
  ASSERT_TRUE(pool.step(0));  // takes all four, and somebody fails to allocate meanwhile
  EXPECT_FALSE(grown_inside);
  EXPECT_EQ(env.parks, 0u);
  EXPECT_TRUE(grow(0, 1)) << "now they are there";
  pool.run_all();
}

TEST_F(GrowTest, OtherNodesAndDevicesAreLeftAlone) {
  Span here(MEMMAP_BOOT, 0, kSection), there(MEMMAP_BOOT, kSection, kSection),
      device(MEMMAP_DEVICE, 2 * kSection, kSection);
  there.request.nid = 1;
  here.request.records_nid = 1;  // where the records are is another matter
  TestDomain domain(pool);
  for (Span* span : {&here, &there, &device}) ASSERT_EQ(domain.submit(span->prepare()), MEMMAP_OK);
  EXPECT_TRUE(grow(0, 100 * kSection));
  EXPECT_EQ(here.pages(Call::ready), kSection);
  EXPECT_TRUE(there.calls.empty());
  EXPECT_TRUE(device.calls.empty());
  EXPECT_FALSE(grow(2, 1)) << "no such node";
  EXPECT_FALSE(grow(UINT32_MAX, 1));
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
}

TEST_F(GrowTest, LowestSpanFirstHoweverTheyWereSubmitted) {
  Span low(MEMMAP_BOOT, 0, 2 * kBlock), middle(MEMMAP_BOOT, kSection, 2 * kBlock),
      high(MEMMAP_BOOT, 2 * kSection, 2 * kBlock);
  std::vector<uint64_t> order;
  for (Span* span : {&low, &middle, &high})
    span->on_call = [&](const Call& call) {
      if (call.hook == Call::ready) order.push_back(call.pfn);
      return 0;
    };
  high.prepare();
  middle.then(high).prepare();
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(&middle.request), MEMMAP_OK);
  ASSERT_EQ(domain.submit(low.prepare()), MEMMAP_OK);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(grow(0, 1));
  EXPECT_EQ(order,
            (std::vector<uint64_t>{0, kBlock, kSection, kSection + kBlock, 2 * kSection, 2 * kSection + kBlock}));
}

TEST_F(GrowTest, WakesWaitersLaterAndNeverNow) {
  Span span(MEMMAP_BOOT, 0, 8 * kBlock);
  TestDomain domain(pool);
  sched::Domain& own = *reinterpret_cast<sched::Domain*>(domain.d.opaque);
  pool.while_parked({0, 1, 2, 3}, [&] {
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    env.unparks = 0;
    sched::Waiting waiting(own.waiters, {nullptr, 0, 0});
    EXPECT_TRUE(grow(0, 8 * kBlock));
    EXPECT_EQ(env.unparks, 0u);
    EXPECT_EQ(env.wakes_later, 1u) << "who waits for all eight";
  });
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
}

TEST_F(GrowTest, WakesTheCloserLater) {
  Span span(MEMMAP_BOOT, 0, kBlock);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  sched::Domain& own = *reinterpret_cast<sched::Domain*>(domain.d.opaque);
  // Its hook lets somebody close the domain, who then waits for the pin that grow has.
  span.on_call = [&](const Call& call) {
    if (call.hook == Call::ready) *reinterpret_cast<uint64_t*>(own.slot) |= uint64_t{1} << 31;
    return 0;
  };
  EXPECT_TRUE(grow(0, 1));
  EXPECT_EQ(env.unparks, 0u);
  EXPECT_EQ(env.wakes_later, 1u);
  *reinterpret_cast<uint64_t*>(own.slot) &= ~(uint64_t{1} << 31);
}

TEST_F(GrowTest, AFailingHookEndsTheDomainAndWakesLater) {
  Span span(MEMMAP_BOOT, 0, 8 * kBlock), other(MEMMAP_BOOT, kSection, kBlock);
  TestDomain bad(pool), good(pool);
  span.on_call = [](const Call& call) { return call.hook == Call::ready ? -12 : 0; };
  ASSERT_EQ(bad.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(good.submit(other.prepare()), MEMMAP_OK);
  EXPECT_TRUE(grow(0, 1)) << "from the other domain";
  EXPECT_EQ(seen, kBlock);
  EXPECT_FALSE(grow(0, 1));
  EXPECT_EQ(env.unparks, 0u);
  EXPECT_EQ(memmap_flush(&bad.d), -12);
  EXPECT_EQ(memmap_flush(&good.d), MEMMAP_OK);
}

TEST_F(GrowTest, ACancelledDomainHasNothingToGive) {
  Span span(MEMMAP_BOOT, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_FALSE(grow(0, 1));
}

TEST_F(GrowTest, WithoutWorkersAllIsThereAfterTheSubmit) {
  TestTopology nobody(1, 1, 0);
  TestPool poor(env, nobody, 0, kSection);
  Span span(MEMMAP_BOOT_FREED, 0, kSection);
  TestDomain domain(poor);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(memmap_grow(poor.get(), 0, 1, &seen));
  EXPECT_EQ(seen, kSection);
  EXPECT_FALSE(memmap_grow(poor.get(), 0, 1, &seen));
}

TEST_F(GrowTest, BesideWorkersEachPageIsHandedOverOnce) {
  Span span(MEMMAP_BOOT, 0, 4 * kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  for (uint32_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(pool.step(i % 4));
    EXPECT_TRUE(grow(0, 1 + i * 100));
  }
  pool.run_all();
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  std::vector<uint8_t> times(4 * kSection);
  for (const Call& call : span.calls)
    for (uint64_t i = 0; call.hook == Call::ready && i < call.nr_pages; ++i) ++times[call.pfn + i];
  EXPECT_EQ(std::count(times.begin(), times.end(), 1), int64_t(4 * kSection));
  EXPECT_EQ(node_ready(0), 4 * kSection);
}

}  // namespace
}  // namespace memmap::pages
