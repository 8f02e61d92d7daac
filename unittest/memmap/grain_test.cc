// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Who is counted for a grain: workers by how far they stole, callers by their pages, guests by the yields to them.
#include "memmap/grain.h"

#include <gtest/gtest.h>

#include <utility>

#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Call;
using support::kBlock;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

struct GrainTest : testing::Test {
  TestEnv env;
  TestTopology topology{12, 1, 1};  // ranks are distances of node ids
  TestPool pool{env, topology, 0, 64 * kSection};
};

TEST_F(GrainTest, TheftsAreCountedByDistance) {
  Span span(MEMMAP_DEVICE, 0, 4 * kSection);  // at home on node 0
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  for (uint32_t worker = 0; worker < topology.nr_workers(); ++worker) {
    pool.step(worker);
    const memmap_worker_counts counts = pool.counts(worker);
    const uint32_t rank = topology.steal_rank[worker * topology.nr_workers()];
    EXPECT_EQ(counts.grains, 1u);
    EXPECT_EQ(counts.stolen_grains, rank != 0);
    EXPECT_EQ(counts.stolen_at[0], rank == 1) << rank;
    EXPECT_EQ(counts.stolen_at[1], rank == 2 || rank == 3) << rank;
    EXPECT_EQ(counts.stolen_at[2], rank >= 4 && rank <= 7) << rank;
    EXPECT_EQ(counts.stolen_at[3], rank >= 8) << rank;
  }
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  pool.run_all();
}

TEST_F(GrainTest, AFlusherStealsFromNobody) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  env.self.group = 7;
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  for (uint32_t worker = 0; worker < topology.nr_workers(); ++worker) {
    for (const uint64_t stolen : pool.counts(worker).stolen_at) EXPECT_EQ(stolen, 0u);
  }
  pool.run_all();
}

TEST_F(GrainTest, PagesByCallersAndByWorkersAreAllThatIsDone) {
  Span span(MEMMAP_BOOT, 0, kSection, {{3, 100}, {2 * kBlock, kSection - 2 * kBlock}});
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(domain.progress().caller_pages, 0u);
  EXPECT_EQ(memmap_flush_range(&domain.d, 50, 1), MEMMAP_OK);
  EXPECT_EQ(domain.progress().caller_pages, 100u) << "present ones of one unit";
  pool.step(0);
  const memmap_progress_counts between = domain.progress();
  EXPECT_GT(between.done_pages, 100u);
  EXPECT_EQ(between.caller_pages, 100u);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  const memmap_progress_counts counts = domain.progress();
  EXPECT_EQ(counts.done_pages, counts.total_pages);
  EXPECT_EQ(counts.caller_pages, counts.done_pages - (between.done_pages - 100));
  pool.run_all();
}

TEST_F(GrainTest, WhatFailsIsNobodys) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  span.on_call = [](const Call& call) { return call.pfn == 0 ? 42 : 0; };
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), 42);
  EXPECT_EQ(domain.progress().caller_pages, 0u);
}

TEST_F(GrainTest, YieldsToGuestsAreCounted) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  env.self.beside = 0;  // the caller is on worker 0's CPU
  bool inside = false;
  span.on_call = [&](const Call&) {
    if (!std::exchange(inside, true)) pool.step(0);  // while it flushes, the worker runs for a moment
    return 0;
  };
  EXPECT_EQ(memmap_flush_range(&domain.d, kSection - 1, 1), MEMMAP_OK);
  EXPECT_EQ(pool.counts(0).yields, 1u);
  pool.step(0);
  EXPECT_EQ(pool.counts(0).yields, 1u) << "the guest is gone";
  pool.run_all();
}

}  // namespace
}  // namespace memmap::pages
