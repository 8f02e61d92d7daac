// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the environment is told: each call and each grain once, when it is over, with its times and its pages.
#include "memmap/traced.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "memmap/range.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;
using support::kBlock;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

// The context of TestEnv is taken; one test runs at a time.
std::vector<memmap_trace>* told = nullptr;

struct TraceTest : testing::Test {
  TraceTest() {
    told = &events;
    env.env.trace = [](void*, const memmap_trace* event) { told->push_back(*event); };
  }
  std::vector<memmap_trace> of(memmap_trace_kind kind) const {
    std::vector<memmap_trace> found;
    for (const memmap_trace& event : events)
      if (event.kind == kind) found.push_back(event);
    return found;
  }

  std::vector<memmap_trace> events;
  TestEnv env;
  TestTopology topology{2, 1, 1};
  TestPool pool{env, topology, 0, 64 * kSection};
};

TEST_F(TraceTest, EachCallWhenItIsOver) {
  Span first(MEMMAP_DEVICE, 0, kSection), second(MEMMAP_DEVICE, 2 * kSection, kSection);
  memmap_domain_options options{};
  options.name = "pmem0";
  uint64_t id = 0;
  {
    TestDomain domain(pool, options);
    second.prepare();
    first.prepare();
    ASSERT_EQ(domain.submit(&first.then(second).request), MEMMAP_OK);
    ASSERT_EQ(domain.submit(&first.request), MEMMAP_OVERLAP);
    EXPECT_EQ(memmap_flush_range(&domain.d, 700, 2), MEMMAP_OK);
    uint64_t seen = 0;
    EXPECT_FALSE(memmap_grow(pool.get(), 0, 512, &seen));
    EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
    EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
    ASSERT_EQ(of(MEMMAP_TRACE_OPEN).size(), 1u);
    EXPECT_STREQ(events[0].domain, "pmem0");
    id = events[0].domain_id;
  }
  const auto submits = of(MEMMAP_TRACE_SUBMIT);
  ASSERT_EQ(submits.size(), 4u) << "one for each span";
  EXPECT_EQ(submits[1].pfn, 2 * kSection);
  EXPECT_EQ(submits[1].nr_pages, kSection);
  EXPECT_EQ(submits[1].status, MEMMAP_OK);
  EXPECT_EQ(submits[2].status, MEMMAP_OVERLAP);
  const auto faults = of(MEMMAP_TRACE_FLUSH_RANGE);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].pfn, 700u);
  EXPECT_EQ(faults[0].nr_pages, 2u);
  for (const memmap_trace_kind kind : {MEMMAP_TRACE_FLUSH, MEMMAP_TRACE_CANCEL, MEMMAP_TRACE_CLOSE, MEMMAP_TRACE_GROW})
    EXPECT_EQ(of(kind).size(), 1u) << kind;
  EXPECT_EQ(of(MEMMAP_TRACE_CLOSE)[0].status, MEMMAP_CANCELLED);
  EXPECT_EQ(events.back().kind, MEMMAP_TRACE_CLOSE);
  uint64_t end_ns = 0;
  for (const memmap_trace& event : events) {
    EXPECT_LT(event.begin_ns, event.end_ns);
    EXPECT_LE(end_ns, event.end_ns) << "told in the order of their ends";
    end_ns = event.end_ns;
    if (event.kind == MEMMAP_TRACE_GROW) continue;
    EXPECT_EQ(event.domain_id, id);
  }
  TestDomain next(pool);
  EXPECT_NE(events.back().domain_id, id);
}

TEST_F(TraceTest, GrainsCoverAllPagesOnce) {
  Span span(MEMMAP_BOOT, 5, 3 * kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  pool.step(1);
  EXPECT_EQ(memmap_flush_range(&domain.d, 2 * kBlock, 1), MEMMAP_OK) << "a hole in what comes next";
  pool.step(0);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  std::vector<int> times(5 + 3 * kSection);
  uint64_t grains = 0;
  for (const memmap_trace& grain : of(MEMMAP_TRACE_GRAIN)) {
    ++grains;
    EXPECT_LT(grain.begin_ns, grain.ready_ns);
    EXPECT_LT(grain.ready_ns, grain.end_ns);
    EXPECT_EQ(grain.unit_shift, 10u);
    EXPECT_EQ(grain.units & 1, 1u);
    const uint64_t first_unit = grain.pfn >> grain.unit_shift;
    for (uint64_t pfn = grain.pfn; pfn < grain.pfn + grain.nr_pages; ++pfn)
      times[pfn] += int(grain.units >> ((pfn >> grain.unit_shift) - first_unit) & 1);
  }
  for (uint64_t pfn = 0; pfn < times.size(); ++pfn) ASSERT_EQ(times[pfn], pfn >= 5) << pfn;
  EXPECT_EQ(of(MEMMAP_TRACE_GRAIN)[0].rank, topology.steal_rank[2]) << "worker 1 stole it";
  EXPECT_EQ(of(MEMMAP_TRACE_GRAIN)[0].home, 0u);
  EXPECT_GT(grains, 24u);
  pool.run_all();
}

TEST_F(TraceTest, AFailureIsToldWithItsGrain) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  span.on_call = [](const support::Call&) { return 42; };
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), 42);
  ASSERT_EQ(of(MEMMAP_TRACE_GRAIN).size(), 1u);
  EXPECT_EQ(of(MEMMAP_TRACE_GRAIN)[0].status, 42);
  EXPECT_EQ(of(MEMMAP_TRACE_FLUSH)[0].status, 42);
}

TEST_F(TraceTest, RangeJobsByTheirNumbers) {
  memmap_range range{};
  range.first = 100;
  range.count = 10;
  range.unit_shift = 1;
  range.run = [](void*, uint64_t, uint64_t) { return 0; };
  range.storage_bytes = memmap_range_bytes(&range);
  const Bytes storage(range.storage_bytes);
  range.storage = storage.at();
  TestDomain domain(pool);
  ASSERT_EQ(memmap_range_async(&range, &domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_range_flush(&domain.d, &range, 103, 1), MEMMAP_OK);
  ASSERT_EQ(of(MEMMAP_TRACE_SUBMIT).size(), 1u);
  EXPECT_EQ(of(MEMMAP_TRACE_SUBMIT)[0].pfn, 100u);
  EXPECT_EQ(of(MEMMAP_TRACE_SUBMIT)[0].nr_pages, 10u);
  ASSERT_EQ(of(MEMMAP_TRACE_FLUSH_RANGE).size(), 1u);
  EXPECT_EQ(of(MEMMAP_TRACE_FLUSH_RANGE)[0].pfn, 103u);
  ASSERT_EQ(of(MEMMAP_TRACE_GRAIN).size(), 1u);
  EXPECT_EQ(of(MEMMAP_TRACE_GRAIN)[0].pfn, 102u);
  EXPECT_EQ(of(MEMMAP_TRACE_GRAIN)[0].nr_pages, 2u);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
}

TEST_F(TraceTest, WithoutItTheClockIsNotLookedAt) {
  env.env.trace = nullptr;
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  const uint64_t before_ns = env.now_ns;
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_EQ(env.now_ns, before_ns);
  EXPECT_TRUE(events.empty());
  pool.run_all();
}

}  // namespace
}  // namespace memmap::pages
