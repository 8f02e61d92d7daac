// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Retiring: every unit is counted off once, done or dropped; errors; what a seat says that it holds.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "memmap/pool.h"
#include "sched/domain.h"
#include "sched/inside.h"
#include "support/test_pool.h"

namespace {
uint64_t nr_allocations = 0;
}

// All allocations of this program, operator new's too. Sanitizers, whose builds are clang's but for threads', have
// heaps of their own.
#if defined(__GLIBC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
extern "C" void* __libc_malloc(size_t nr_bytes);
extern "C" void* malloc(size_t nr_bytes) noexcept { return ++nr_allocations, __libc_malloc(nr_bytes); }
#endif

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

struct RetireTest : testing::Test {
  RetireTest() { EXPECT_EQ(domain.submit(span.prepare()), MEMMAP_OK); }
  Domain& inside() { return sched::inside(domain); }
  Job& job() { return *inside().newest(); }
  uint64_t left() {
    uint64_t units = 0;
    for (uint32_t i = 0; i < job().nr_stripes; ++i) units += job().stripes[i].left.load(relaxed);
    return units;
  }
  void work(const Grain& grain) { work_on(seat, inside(), grain); }

  TestEnv env;
  TestTopology topology{1, 2, 1};  // two stripes
  TestPool pool{env, topology, 0, 64 * kSection};
  Holding holding;
  Seat seat{pool.get()->engine, env.self, holding, false};
  Span span{MEMMAP_DEVICE, 0, kSection};  // 64 units
  TestDomain domain{pool};
};

TEST_F(RetireTest, EachGrainIsCountedOffOnce) {
  ASSERT_EQ(job().nr_stripes, 2u);
  EXPECT_EQ(left(), 64u);
  EXPECT_EQ(job().open.load(relaxed), 2u);
  work(sweep(job(), job().stripes[0], 5));
  EXPECT_EQ(left(), 59u);
  EXPECT_EQ(job().done_bits(0), low_bits(5));
  work(sweep(job(), job().stripes[0], kWordBits));
  EXPECT_EQ(left(), 32u);
  EXPECT_EQ(job().open.load(relaxed), 1u);
  EXPECT_FALSE(job().over());
  work(sweep(job(), job().stripes[1], kWordBits));
  EXPECT_EQ(left(), 0u);
  EXPECT_TRUE(job().over());
  EXPECT_EQ(job().done_bits(0), ~uint64_t{0});
  EXPECT_EQ(span.pages(Call::ready), kSection);
}

TEST_F(RetireTest, DroppedUnitsAreCountedOffButNotDone) {
  work(sweep(job(), job().stripes[1], 1));
  inside().state.fetch_or(Domain::kCancelled, seq_cst);
  drop_all(seat, inside());
  EXPECT_TRUE(job().over());
  EXPECT_EQ(left(), 0u);
  EXPECT_EQ(job().done_bits(0), uint64_t{1} << 32);
  drop_all(seat, inside());
  EXPECT_EQ(left(), 0u) << "twice is harmless";
  memmap_cancel(&domain.d);
}

TEST_F(RetireTest, AnErrorDropsTheGrainAndAllThatNobodyHas) {
  const Grain mine = sweep(job(), job().stripes[0], 4), others = sweep(job(), job().stripes[1], 4);
  span.on_call = [](const Call& call) { return call.hook == Call::ready && call.pfn == 2 * kSubsection ? 77 : 0; };
  work(mine);
  EXPECT_TRUE(inside().flags() & Domain::kFailed);
  EXPECT_EQ(inside().error.load(relaxed), 77);
  EXPECT_EQ(job().done_bits(0), low_bits(2)) << "handed over before the error";
  EXPECT_EQ(left(), 4u) << "what another one holds, which it will retire";
  EXPECT_FALSE(job().over());
  work(others);
  EXPECT_TRUE(job().over());
  EXPECT_EQ(job().done_bits(0), low_bits(2) | low_bits(4) << 32) << "who holds units finishes them";
}

TEST_F(RetireTest, ASecondErrorDoesNotReplaceTheFirst) {
  const Grain first = sweep(job(), job().stripes[0], 1), second = sweep(job(), job().stripes[0], 1);
  span.on_call = [](const Call& call) { return call.pfn == 0 ? -1 : -2; };
  work(second);
  work(first);
  EXPECT_EQ(inside().error.load(relaxed), -2);
}

TEST_F(RetireTest, AFailureWakesEveryWaiterOfTheDomain) {
  Waiting here(inside().waiters, {&job(), 0, 1}), elsewhere(inside().waiters, {&job(), 1000, 1001});
  const uint32_t before = elsewhere.event().load(relaxed);
  span.on_call = [](const Call&) { return 1; };
  work(sweep(job(), job().stripes[0], 1));
  EXPECT_NE(elsewhere.event().load(relaxed), before);
}

TEST_F(RetireTest, WhereWakingIsForbiddenAllWakesComeLater) {
  Waiting all(inside().waiters, {nullptr, 0, 0});
  seat.atomic_context = true;
  span.on_call = [](const Call&) { return 1; };
  work(sweep(job(), job().stripes[0], 1));
  EXPECT_EQ(env.unparks, 0u);
  EXPECT_GT(env.wakes_later, 0u);
}

// I15. The engine can enter the kernel by its environment alone, and has nothing to allocate with
// (bazel/check/symbols.py). What may be called all the same is in docs/testing.md.
TEST_F(RetireTest, NothingIsCalledButTheWakeOfWhoIsAnnounced) {
  const uint64_t now_ns = env.now_ns;
  Grain last;
  work(next_grain(seat, inside(), &job(), last));
  EXPECT_EQ(env.parks + env.unparks + env.wakes_later + env.yields, 0u);
  EXPECT_EQ(env.now_ns, now_ns) << "not even the clock is read";
  {
    Waiting next(inside().waiters, {&job(), 8, 9});
    Waiting later(inside().waiters, {&job(), 63, 64});
    work(next_grain(seat, inside(), &job(), last));
    EXPECT_EQ(env.unparks, 2u) << "both wait for units of this word";
  }
  work(next_grain(seat, inside(), &job(), last));
  EXPECT_EQ(env.unparks, 2u);
  EXPECT_EQ(env.parks + env.wakes_later + env.yields, 0u);
  EXPECT_EQ(env.now_ns, now_ns);
}

// I15 through a worker's steps, the choice of a domain included: the yield to a guest (decision 5) is the one more.
TEST_F(RetireTest, AStepEntersTheKernelForAGuestOnly) {
  span.calls.reserve(100);
  Atomic<uint32_t>& guests = pool.get()->engine.workers[0].guests;
  const auto steps = [&](int n) {
    for (int i = 0; i < n; ++i) ASSERT_TRUE(pool.step(0));
  };
  const uint64_t now_ns = env.now_ns, allocated = nr_allocations;
  steps(3);
  EXPECT_EQ(env.yields, 0u);
  guests.fetch_add(1, relaxed);
  steps(2);
  EXPECT_EQ(env.yields, 2u) << "one a grain";
  guests.fetch_sub(1, relaxed);
  steps(1);
  EXPECT_EQ(env.yields, 2u);
  EXPECT_EQ(env.parks + env.unparks + env.wakes_later, 0u);
  EXPECT_EQ(env.now_ns, now_ns) << "not even the clock is read";
  EXPECT_EQ(nr_allocations, allocated);
  EXPECT_EQ(span.pages(Call::write), 6 * 4096u);
  pool.run_all();
}

// The other exception: with the choice, once in eight grains, it wakes up to two workers that are announced as parked.
TEST_F(RetireTest, AChoiceWakesWhoIsAnnounced) {
  TestTopology five(1, 1, 5);
  TestPool larger_pool(env, five, 0, 64 * kSection);
  Span large(MEMMAP_DEVICE, 0, 4 * kSection);
  TestDomain work(larger_pool);
  larger_pool.while_parked({1, 2, 3, 4}, [&] {
    ASSERT_EQ(work.submit(large.prepare()), MEMMAP_OK);
    EXPECT_EQ(env.unparks, 1u) << "the submit's";
    large.calls.reserve(1000);
    const uint64_t parks = env.parks, allocated = nr_allocations;
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(larger_pool.step(0));
      EXPECT_EQ(env.unparks, 3u) << "grain " << i;
    }
    ASSERT_TRUE(larger_pool.step(0));
    EXPECT_EQ(env.unparks, 4u) << "the last one";
    EXPECT_EQ(env.parks + env.wakes_later + env.yields, parks);
    EXPECT_EQ(nr_allocations, allocated);
    larger_pool.run(0);
  });
}

TEST_F(RetireTest, HooksKnowThatTheyAreInside) {
  span.on_call = [&](const Call&) { return env.self.depth == 1 ? 0 : 1; };
  work(sweep(job(), job().stripes[0], 1));
  EXPECT_EQ(inside().error.load(relaxed), 0);
  EXPECT_EQ(env.self.depth, 0u);
}

TEST_F(RetireTest, WhatIsHeldIsSaidAndTakenBack) {
  span.on_call = [&](const Call& call) {
    EXPECT_EQ(holding.job.load(relaxed), &job());
    EXPECT_EQ(holding.word.load(relaxed), 0u);
    EXPECT_EQ(holding.bits.load(relaxed), low_bits(4));
    EXPECT_EQ(holding.stage.load(relaxed), call.hook == Call::write ? Holding::kWrite : Holding::kReady);
    return 0;
  };
  work(sweep(job(), job().stripes[0], 4));
  span.on_call = {};
  EXPECT_EQ(holding.job.load(relaxed), nullptr);
}

// A call from inside a hook has a seat of its own, so that a worker's report goes on naming what the worker holds.
TEST_F(RetireTest, WorkInsideAHookLeavesTheOuterHoldingAsItWas) {
  Span inner(MEMMAP_DEVICE, kSection, kSubsection);
  TestDomain other(pool);
  ASSERT_EQ(other.submit(inner.prepare()), MEMMAP_OK);
  Domain& its = *reinterpret_cast<Domain*>(other.d.opaque);
  span.on_call = [&](const Call& call) {
    if (call.hook != Call::ready) return 0;
    const Grain grain = sweep(*its.newest(), its.newest()->stripes[0], 1);
    Holding own;
    Seat nested{pool.get()->engine, env.self, own, false};
    if (grain.bits != 0) work_on(nested, its, grain);
    EXPECT_EQ(holding.job.load(relaxed), &job());
    EXPECT_EQ(holding.bits.load(relaxed), 1u);
    EXPECT_EQ(holding.stage.load(relaxed), Holding::kReady) << "still in its ready hook";
    return 0;
  };
  work(sweep(job(), job().stripes[0], 1));
  span.on_call = {};
  EXPECT_EQ(inner.pages(Call::ready), kSubsection);
  memmap_domain_close(&other.d);
}

}  // namespace
}  // namespace memmap::sched
