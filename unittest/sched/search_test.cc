// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Looking for work inside a domain: which stripe, how much of it, and whom to wake.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
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

// One node of four groups with a worker each: a span has four stripes, with homes 0 to 3, of a section each.
struct SearchTest : testing::Test {
  SearchTest() { EXPECT_EQ(domain.submit(span.prepare()), MEMMAP_OK); }
  // Steps of a worker until it is done: the sections of what it wrote, without repetition.
  std::vector<uint64_t> order_of(uint32_t worker) {
    pool.run(worker);
    std::vector<uint64_t> sections;
    for (const Call& call : span.calls)
      if (call.hook == Call::write && (sections.empty() || sections.back() != call.pfn / kSection))
        sections.push_back(call.pfn / kSection);
    return sections;
  }
  Seat seat(uint32_t group) {
    env.self.group = group;
    return {pool.get()->engine, env.self, holding, false};
  }

  TestEnv env;
  TestTopology topology = [] {
    TestTopology four(1, 4, 1);
    four.steal_rank = {0, 1, 2, 3, /* 1: */ 2, 0, 3, 1, /* 2: */ 1, 3, 0, 2, /* 3: */ 3, 2, 1, 0};
    return four;
  }();
  TestPool pool{env, topology, 0, 64 * kSection};
  Holding holding;
  Span span{MEMMAP_DEVICE, 0, 4 * kSection};
  TestDomain domain{pool};
};

TEST_F(SearchTest, OwnStripeFirstThenByRank) {
  EXPECT_EQ(order_of(2), (std::vector<uint64_t>{2, 0, 3, 1}));
  EXPECT_EQ(span.pages(Call::write), 4 * kSection);
}

TEST_F(SearchTest, TheRankIsOfWhoLooks) { EXPECT_EQ(order_of(1), (std::vector<uint64_t>{1, 3, 0, 2})); }

TEST_F(SearchTest, ACallerHasAGroupToo) {
  env.self.group = 3;
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_EQ(order_of(0), (std::vector<uint64_t>{3, 2, 1, 0}));
}

TEST_F(SearchTest, TheSecondGrainComesFromTheSamePlace) {
  Grain last;
  const Seat two = seat(2);
  const Grain first = next_grain(two, inside(domain), inside(domain).newest(), last);
  const Grain second = next_grain(two, inside(domain), inside(domain).newest(), last);
  EXPECT_EQ(first.stripe, second.stripe);
  EXPECT_EQ(first.stripe->home, 2u);
  EXPECT_EQ(first.bits, low_bits(8));
  EXPECT_EQ(second.bits, low_bits(8) << 8);
  Seat worker = seat(2);
  work_on(worker, inside(domain), first);
  work_on(worker, inside(domain), second);
}

TEST_F(SearchTest, ThievesTakeSingleUnitsNearTheEndHomesDoNot) {
  for (const uint32_t group : {0u, 2u}) {
    std::vector<uint32_t> sizes;
    Grain last;
    Seat looking = seat(group);
    for (;;) {
      const Grain grain = next_grain(looking, inside(domain), inside(domain).newest(), last);
      if (grain.bits == 0) break;
      if (grain.stripe->home == 2) sizes.push_back(count_bits(grain.bits));
      work_on(looking, inside(domain), grain);
      if (grain.stripe->home == 2 && grain.stripe->unclaimed_hint() == 0) break;
    }
    if (group == 0) {
      // As a thief: 48 units in grains, the last 16 one by one.
      std::vector<uint32_t> expected(6, 8);
      expected.resize(6 + 16, 1);
      EXPECT_EQ(sizes, expected);
    } else {
      EXPECT_TRUE(sizes.empty()) << "nothing was left";
    }
  }
}

TEST_F(SearchTest, HomesTakeWholeGrainsToTheEnd) {
  Grain last;
  Seat home = seat(2);
  for (int i = 0; i < 8; ++i) {
    const Grain grain = next_grain(home, inside(domain), inside(domain).newest(), last);
    EXPECT_EQ(count_bits(grain.bits), 8u);
    work_on(home, inside(domain), grain);
  }
}

TEST_F(SearchTest, NothingIsGivenOutOfADomainThatWasStopped) {
  Grain last;
  inside(domain).state.fetch_or(Domain::kFailed, seq_cst);
  EXPECT_EQ(next_grain(seat(0), inside(domain), inside(domain).newest(), last).bits, 0u);
  memmap_cancel(&domain.d);
}

TEST_F(SearchTest, FromAJobOnMeansItAndOlderOnes) {
  Span later(MEMMAP_DEVICE, 8 * kSection, kSection);
  Job* const older = inside(domain).newest();
  ASSERT_EQ(domain.submit(later.prepare()), MEMMAP_OK);
  Grain last;
  Seat caller = seat(0);
  for (;;) {
    const Grain grain = next_grain(caller, inside(domain), older, last);
    if (grain.bits == 0) break;
    EXPECT_EQ(grain.job, older);
    work_on(caller, inside(domain), grain);
  }
  EXPECT_EQ(span.pages(Call::write), 4 * kSection);
  EXPECT_TRUE(later.calls.empty());
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
}

TEST_F(SearchTest, TheRemainderShrinksToNothing) {
  const uint64_t unit_ns = inside(domain).newest()->unit_ns;
  EXPECT_EQ(unit_ns, 512 * 2600 / 1000);
  EXPECT_EQ(remainder(inside(domain), 0).unclaimed_units, 256u);
  EXPECT_EQ(remainder(inside(domain), 0).unfinished_ns, 256 * unit_ns);
  Grain last;
  Seat caller = seat(0);
  const Grain held = next_grain(caller, inside(domain), inside(domain).newest(), last);
  EXPECT_EQ(remainder(inside(domain), 0).unclaimed_units, 248u);
  EXPECT_EQ(remainder(inside(domain), 0).unfinished_ns, 256 * unit_ns) << "what is held is not finished";
  work_on(caller, inside(domain), held);
  EXPECT_EQ(remainder(inside(domain), 0).unfinished_ns, 248 * unit_ns);
  pool.run(1);
  EXPECT_EQ(remainder(inside(domain), 0).unclaimed_units, 0u);
  EXPECT_EQ(remainder(inside(domain), 0).unfinished_ns, 0u);
}

// Where all at home have left, or never had threads, others would not come as long as they have something nearer.
TEST_F(SearchTest, WhatHasNobodyAtHomeIsNear) {
  pool.run(2);
  Span at_one(MEMMAP_DEVICE, 8 * kSection, kSection);
  TestDomain other(pool);
  ASSERT_EQ(other.submit(at_one.prepare()), MEMMAP_OK);
  Job& job = *inside(other).newest();
  for (uint32_t i = 0; i < job.nr_stripes; ++i) job.stripes[i].home = 1;
  EXPECT_EQ(remainder(inside(other), 2).nearest_rank, 3u);
  pool.get()->engine.groups[1].away.fetch_add(1, relaxed);
  EXPECT_EQ(remainder(inside(other), 2).nearest_rank, 0u);
  pool.get()->engine.groups[1].away.fetch_sub(1, relaxed);
  pool.run_all();
}

TEST_F(SearchTest, OneWakeForAStripeNearItsHome) {
  pool.run_all();
  Span more(MEMMAP_DEVICE, 8 * kSection, 4 * kSection);
  pool.while_parked({0, 1, 2, 3}, [&] {
    ASSERT_EQ(domain.submit(more.prepare()), MEMMAP_OK);
    EXPECT_EQ(env.unparks, 1u) << "a submit wakes at most one";
    const auto wake = [&](uint32_t n) { return wake_for(pool.get()->engine, inside(domain), n, MEMMAP_NO_WORKER); };
    EXPECT_EQ(wake(2), 2u);
    EXPECT_EQ(wake(5), 1u) << "only one was left";
    EXPECT_EQ(wake(5), 0u);
  });
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
}

// A domain of many small requests: those that are over are passed by in one step, however many they are.
TEST(Search, JobsThatAreOverAreUnlinkedFromTheHints) {
  TestEnv env;
  TestTopology topology(1, 1, 1);
  TestPool pool(env, topology, 0, 1024 * kSection);
  std::vector<std::unique_ptr<Span>> spans;
  TestDomain domain(pool);
  for (uint64_t i = 0; i < 1000; ++i) {
    spans.push_back(std::make_unique<Span>(MEMMAP_DEVICE, i * kSection, kSubsection));
    ASSERT_EQ(domain.submit(spans.back()->prepare()), MEMMAP_OK);
    pool.run(0);
  }
  uint64_t hops = 0, jobs = 0;
  for (const Job* job = inside(domain).newest(); job; job = job->next_live.load(relaxed)) ++hops;
  for (const Job* job = inside(domain).newest(); job; job = job->next) ++jobs;
  EXPECT_EQ(jobs, 1000u);
  EXPECT_LE(hops, 3u);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
}

// Many requests that are not over: who looks sees the first some, and takes the others to be like them.
TEST(Search, ALookGoesNoFurtherThanSomeStripes) {
  constexpr uint64_t kJobs = 1000;
  TestEnv env;
  TestTopology topology(1, 1, 1);
  TestPool pool(env, topology, 0, 1024 * kSection);
  std::vector<std::unique_ptr<Span>> spans;
  TestDomain domain(pool);
  for (uint64_t i = 0; i < kJobs; ++i) {
    spans.push_back(std::make_unique<Span>(MEMMAP_DEVICE, i * kSection, kSection));
    ASSERT_EQ(domain.submit(spans.back()->prepare()), MEMMAP_OK);
  }
  const uint64_t section_ns = 64 * inside(domain).newest()->unit_ns;
  const Remainder all = remainder(inside(domain), 0);
  EXPECT_EQ(all.unclaimed_units, 64 * 64u);
  EXPECT_NEAR(double(all.unfinished_ns), double(kJobs * section_ns), 64.0 * double(section_ns));
  EXPECT_EQ(remainder(inside(domain), 0, 2 * section_ns).unfinished_ns, 2 * section_ns) << "no further than is enough";
  const uint64_t enough_ns = 10'000 * section_ns;
  EXPECT_GE(remainder(inside(domain), 0, enough_ns).unfinished_ns, enough_ns) << "something huge may be behind them";

  // Newest first: those before the next are over, and passed by in one step.
  for (uint64_t done = 1; done <= kJobs; ++done) {
    for (int grain = 0; grain < 8; ++grain) ASSERT_TRUE(pool.step(0));
    EXPECT_EQ(spans[kJobs - done]->pages(Call::write), kSection);
    (void)remainder(inside(domain), 0, 1);
    const Job* const newest = inside(domain).newest();
    const Job* const hint = newest->next_live.load(relaxed);
    ASSERT_EQ(hint == nullptr || hint->over(), done == kJobs) << "after " << done;
  }
  pool.run_all();
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
}

}  // namespace
}  // namespace memmap::sched
