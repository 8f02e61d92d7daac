// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Workers whose threads come and go: rest and return instead of parking, leave when a CPU is gone.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "memmap/pool.h"
#include "support/test_pool.h"

namespace memmap::sched {
namespace {

using support::Call;
using support::kSection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

struct LentWorkerTest : testing::Test {
  LentWorkerTest() {
    env.on_wake = [this](uint32_t* word) { woken.push_back(word); };
  }
  // Nothing is left to do, so the worker's thread goes.
  uint32_t* rest(uint32_t worker) {
    EXPECT_FALSE(pool.step(worker));
    return memmap_worker_rest(pool.get(), worker);
  }

  TestEnv env;
  TestTopology topology{1, 1, 2};
  TestPool pool{env, topology, 0, 64 * kSection};
  Span span{MEMMAP_DEVICE, 0, 8 * kSection};
  std::vector<uint32_t*> woken;
};

TEST_F(LentWorkerTest, AWakeNamesTheWordOfWhoRests) {
  TestDomain domain(pool);
  uint32_t* const first = rest(0);
  uint32_t* const second = rest(1);
  ASSERT_TRUE(first != nullptr && second != nullptr && first != second);
  const uint32_t before = *first;
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(woken, std::vector<uint32_t*>{first});
  EXPECT_NE(*first, before) << "who missed the call sees it in the word";
  memmap_worker_return(pool.get(), 0);
  EXPECT_TRUE(pool.step(0));
  EXPECT_EQ(woken, (std::vector<uint32_t*>{first, second})) << "it wakes the next one";
  memmap_worker_return(pool.get(), 1);
  pool.run_all();
  EXPECT_EQ(env.parks, 0u);
}

TEST_F(LentWorkerTest, NobodyRestsOverNews) {
  TestDomain domain(pool);
  EXPECT_FALSE(pool.step(0));
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_worker_rest(pool.get(), 0), nullptr) << "work came since it looked";
  EXPECT_EQ(pool.get()->engine.groups[0].all_parked(), 0u);
  EXPECT_EQ(pool.get()->engine.awake.load(relaxed), 2u);
  pool.run_all();
}

TEST_F(LentWorkerTest, WhoReturnsUnaskedIsNotWoken) {
  ASSERT_NE(rest(0), nullptr);
  memmap_worker_return(pool.get(), 0);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(woken.empty());
  pool.run_all();
}

TEST_F(LentWorkerTest, NobodyRestsInAStoppedPool) {
  EXPECT_FALSE(pool.step(0));
  memmap_pool_stop(pool.get());
  EXPECT_EQ(memmap_worker_rest(pool.get(), 0), nullptr);
}

// In the middle of its choice it holds the domain: it must let go, and somebody else goes on.
TEST_F(LentWorkerTest, WhoLeavesHoldsNothingUp) {
  TestDomain domain(pool);
  uint32_t* const second = rest(1);
  memmap_domain* const d = &domain.d;
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(woken, std::vector<uint32_t*>{second});
  memmap_worker_return(pool.get(), 1);
  ASSERT_TRUE(pool.step(0));
  pool.run(1);
  ASSERT_NE(rest(1), nullptr);
  woken.clear();
  Span more(MEMMAP_DEVICE, 8 * kSection, 8 * kSection);
  TestDomain another(pool);
  ASSERT_EQ(another.submit(more.prepare()), MEMMAP_OK);
  EXPECT_EQ(woken, std::vector<uint32_t*>{second});
  memmap_worker_leave(pool.get(), 0);
  EXPECT_EQ(memmap_domain_close(d), MEMMAP_OK) << "no pin is left";
  memmap_worker_return(pool.get(), 1);
  pool.run(1);
  EXPECT_EQ(more.pages(Call::write), 8 * kSection);
  EXPECT_EQ(env.parks, 0u);
}

TEST_F(LentWorkerTest, WhoLeavesWorkBehindWakesAnother) {
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_TRUE(pool.step(0));
  pool.get()->engine.busy.store(0, relaxed);  // the other one looks away for a moment
  uint32_t* const second = rest(1);
  ASSERT_NE(second, nullptr);
  pool.get()->engine.busy.store(1, relaxed);
  woken.clear();
  memmap_worker_leave(pool.get(), 0);
  EXPECT_EQ(woken, std::vector<uint32_t*>{second});
  memmap_worker_return(pool.get(), 1);
  pool.run(1);
  EXPECT_EQ(span.pages(Call::write), 8 * kSection);
}

TEST_F(LentWorkerTest, AStopEndsASearch) {
  TestPool spinning(env, topology, 0, kSection, [](memmap_pool_config& config) { config.spin_ns = 4'000'000'000; });
  env.env.relax = [](void* context) { static_cast<TestEnv*>(context)->on_yield(); };
  env.on_yield = [&] { memmap_pool_stop(spinning.get()); };
  EXPECT_FALSE(spinning.step(0));
  const uint64_t began_ns = env.now_ns;
  EXPECT_FALSE(spinning.idle(0));
  EXPECT_LE(env.now_ns - began_ns, 1'000u);
  EXPECT_EQ(env.parks, 0u);
  env.on_yield = [] {};
}

TEST_F(LentWorkerTest, AWidthThatIsRaisedWakesWhereThereIsWork) {
  uint32_t* const first = rest(0);
  ASSERT_NE(rest(1), nullptr);
  ASSERT_EQ(memmap_pool_set_width(pool.get(), 0, 0), MEMMAP_OK);
  ASSERT_EQ(memmap_pool_set_width(pool.get(), 0, 1), MEMMAP_OK);
  EXPECT_TRUE(woken.empty()) << "nothing is to be done";
  ASSERT_EQ(memmap_pool_set_width(pool.get(), 0, 0), MEMMAP_OK);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(woken.empty()) << "nobody may be woken";
  ASSERT_EQ(memmap_pool_set_width(pool.get(), 0, 1), MEMMAP_OK);
  EXPECT_EQ(woken, std::vector<uint32_t*>{first});
  ASSERT_EQ(memmap_pool_set_width(pool.get(), 0, 1), MEMMAP_OK);
  EXPECT_EQ(woken.size(), 1u) << "one is awake already";
  memmap_worker_return(pool.get(), 0);
  pool.run(0);
  EXPECT_EQ(span.pages(Call::write), 8 * kSection);
}

TEST_F(LentWorkerTest, WhoHasLeftTakesNoPlaceInTheWidth) {
  ASSERT_EQ(memmap_pool_set_width(pool.get(), 0, 1), MEMMAP_OK);
  uint32_t* const second = rest(1);
  ASSERT_NE(second, nullptr);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(woken.empty()) << "one is awake already";
  ASSERT_TRUE(pool.step(0));
  memmap_worker_leave(pool.get(), 0);
  memmap_worker_leave(pool.get(), 0);  // once more is the same
  EXPECT_EQ(woken, std::vector<uint32_t*>{second});
  memmap_worker_return(pool.get(), 1);
  ASSERT_TRUE(pool.step(1));
  ASSERT_TRUE(pool.step(0)) << "it is back";
  pool.run(0);
  EXPECT_EQ(pool.run(1), 0u);
  ASSERT_NE(rest(1), nullptr);
  woken.clear();
  Span more(MEMMAP_DEVICE, 8 * kSection, 8 * kSection);
  TestDomain another(pool);
  ASSERT_EQ(another.submit(more.prepare()), MEMMAP_OK);
  EXPECT_TRUE(woken.empty()) << "its place is taken again";
  pool.run(0);
  memmap_worker_return(pool.get(), 1);
}

}  // namespace
}  // namespace memmap::sched
