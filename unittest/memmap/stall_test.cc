// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Whom a stall report names. The holder is in the middle of its hook, in which the one who waits is played: as another
// thread, whose waiting ends when a third one makes the domain fail.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "memmap/call.h"
#include "memmap/pool.h"
#include "memmap/range.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;
using support::Call;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr memmap_self kOther{MEMMAP_NO_WORKER, 0, MEMMAP_NO_WORKER, 0};

struct StallTest : testing::Test {
  StallTest() {
    env.on_stall = [this](const memmap_stall& stall) { reports.push_back(stall); };
  }
  // Calls wait() as another thread; once it has complained, fail() as a third one.
  template <typename Wait, typename Fail>
  void stall(Wait wait, Fail fail) {
    const memmap_self holder = std::exchange(env.self, kOther);
    env.on_park = [&](uint32_t*) {
      if (!reports.empty()) fail();
    };
    EXPECT_EQ(wait(), 42);
    env.on_park = nullptr;
    env.self = holder;
  }

  TestEnv env;
  TestTopology topology{1, 1, 2};
  TestPool pool{env, topology, 0, 64 * kSection};
  std::vector<memmap_stall> reports;
  bool held = false;
};

struct RequestStallTest : StallTest {
  void hold_and_wait(uint64_t held_pfn, uint64_t pfn, uint64_t nr_pages, memmap_domain* domain) {
    span.on_call = [=, this](const Call& call) {
      if (call.pfn == kSection - kSubsection) return 42;
      if (call.pfn != held_pfn || std::exchange(held, true)) return 0;
      stall([&] { return memmap_flush_range(domain, pfn, nr_pages); },
            [&] { EXPECT_EQ(memmap_flush_range(domain, kSection - 1, 1), 42); });
      return 0;
    };
  }

  Span span{MEMMAP_DEVICE, 0, kSection};
};

TEST_F(RequestStallTest, AWorkerWithThosePagesThatAreWanted) {
  memmap_domain_options options{};
  options.name = "pmem0";
  TestDomain domain(pool, options);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  hold_and_wait(0, 3 * kSubsection, 2 * kSubsection, &domain.d);
  pool.step(1);
  pool.run_all();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].worker, 1u);
  EXPECT_STREQ(reports[0].stage, "write");
  EXPECT_EQ(reports[0].pfn, 3 * kSubsection) << "of eight units two are wanted";
  EXPECT_EQ(reports[0].nr_pages, 2 * kSubsection);
  EXPECT_GE(reports[0].waited_ns, uint64_t{100'000'000});
}

TEST_F(RequestStallTest, ACallerByWhatIsMissing) {
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush_range(&domain.d, 0, kSubsection), MEMMAP_OK);
  hold_and_wait(kSubsection, 0, 3 * kSubsection, &domain.d);
  EXPECT_EQ(memmap_flush_range(&domain.d, kSubsection, 1), MEMMAP_OK);
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].worker, MEMMAP_NO_WORKER);
  EXPECT_STREQ(reports[0].stage, "unknown");
  EXPECT_EQ(reports[0].pfn, kSubsection);
  EXPECT_EQ(reports[0].nr_pages, kSubsection) << "the waiter did the third one itself";
}

struct RangeStallTest : StallTest {
  int run(uint64_t n) {
    if (n == 99) return 42;
    if (n != 10 || std::exchange(held, true)) return 0;
    stall([this] { return memmap_range_flush(domain, &range, 10, 1); },
          [this] { EXPECT_EQ(memmap_range_flush(domain, &range, 99, 1), 42); });
    return 0;
  }
  void submit(memmap_domain* to) {
    domain = to;
    range.count = 100;
    range.context = this;
    range.run = [](void* self, uint64_t n, uint64_t) { return static_cast<RangeStallTest*>(self)->run(n); };
    range.storage_bytes = memmap_range_bytes(&range);
    storage = Bytes(range.storage_bytes);
    range.storage = storage.at();
    ASSERT_EQ(memmap_range_async(&range, domain), MEMMAP_OK);
  }

  memmap_domain* domain = nullptr;
  memmap_range range{};
  Bytes storage;
};

TEST_F(RangeStallTest, AWorkerInARangeJob) {
  TestDomain own(pool);
  submit(&own.d);
  while (!held) pool.step(0);
  pool.run_all();
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].worker, 0u);
  EXPECT_EQ(reports[0].pfn, 10u);
  EXPECT_EQ(reports[0].nr_pages, 1u);
}

TEST_F(RangeStallTest, ACallerInARangeJob) {
  TestDomain own(pool);
  submit(&own.d);
  EXPECT_EQ(memmap_range_flush(&own.d, &range, 10, 1), MEMMAP_OK);
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].worker, MEMMAP_NO_WORKER);
  EXPECT_EQ(reports[0].pfn, 10u);
  EXPECT_EQ(reports[0].nr_pages, 1u);
}

// What a worker holds in a call from inside its hook: here a unit of a child domain, which the hook joins.
TEST_F(RangeStallTest, AWorkerInsideItsHook) {
  struct Join {
    RangeStallTest& test;
    TestDomain& parent;
    static int run(void* self) {
      const Join& own = *static_cast<Join*>(self);
      memmap_domain_options options{};
      options.parent = &own.parent.d;
      TestDomain child(own.test.pool, options);
      own.test.submit(&child.d);
      EXPECT_EQ(memmap_flush(&child.d), 42);
      return 0;
    }
  };
  memmap_task task{};
  TestDomain parent(pool);
  Join join{*this, parent};
  task.run = Join::run;
  task.context = &join;
  ASSERT_EQ(memmap_task_async(&task, &parent.d), MEMMAP_OK);
  pool.step(1);
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].worker, 1u);
  EXPECT_EQ(reports[0].pfn, 10u);
  EXPECT_EQ(reports[0].nr_pages, 1u);
  EXPECT_STREQ(reports[0].stage, "write");
  EXPECT_EQ(pool.get()->nested[1].depth.load(relaxed), 0u);
  EXPECT_EQ(pool.get()->nested[1].holdings[0].job.load(relaxed), nullptr);
  pool.run_all();
}

// Tasks of which each submits the next one, which is small, so that they nest; the deepest one submits the range job.
struct NestedStallTest : RangeStallTest {
  void nest(size_t nr_tasks) {
    tasks = std::vector<memmap_task>(nr_tasks);
    range.unit_ns = 1;
    TestDomain first(small), other(small);
    others = &other.d;
    ASSERT_EQ(memmap_task_async(next(1'000'000), &first.d), MEMMAP_OK);
    EXPECT_EQ(nr_begun, 1u) << "is left to the worker";
    small.run(0);
    EXPECT_EQ(small.get()->nested[0].depth.load(relaxed), 0u);
  }
  memmap_task* next(uint32_t run_ns) {
    memmap_task& task = tasks[nr_begun++];
    task.run = [](void* self) { return static_cast<NestedStallTest*>(self)->go_on(), 0; };
    task.context = this;
    task.run_ns = run_ns;
    return &task;
  }
  void go_on() {
    if (nr_begun == tasks.size()) return submit(others);
    EXPECT_EQ(memmap_task_async(next(1), others), MEMMAP_OK);
  }

  TestPool small{env, topology, 0, kSection, [](memmap_pool_config& config) { config.wake_ns = 1000; }};
  std::vector<memmap_task> tasks;
  memmap_domain* others = nullptr;
  size_t nr_begun = 0;
};

TEST_F(NestedStallTest, FourCallsDeepAWorkerIsFound) {
  nest(4);
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].worker, 0u);
  EXPECT_EQ(reports[0].pfn, 10u);
}

TEST_F(NestedStallTest, DeeperItIsAnybody) {
  nest(5);
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports[0].worker, MEMMAP_NO_WORKER);
  EXPECT_EQ(reports[0].pfn, 10u);
}

// Who is inside may hold no pages any more, as a cancel in an undo hook.
TEST_F(StallTest, ACloseThatWaitsUntilACallerLeaves) {
  memmap_domain_options options{};
  options.name = "pmem0";
  TestDomain domain(pool, options);
  sched::Domain& own = inside(domain.d);
  ASSERT_NE(own.slot->pin(own.generation), nullptr);
  env.on_park = [&](uint32_t*) {
    if (reports.size() == 2) own.slot->unpin(env.env, pool.get()->engine.drained, false);
  };
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_STREQ(reports[0].domain, "pmem0");
  EXPECT_STREQ(reports[0].stage, "inside");
  EXPECT_EQ(reports[0].worker, MEMMAP_NO_WORKER);
  EXPECT_GE(reports[0].waited_ns, pool.get()->engine.stall_ns);
  EXPECT_GE(reports[1].waited_ns, 2 * pool.get()->engine.stall_ns);
}

}  // namespace
}  // namespace memmap::pages
