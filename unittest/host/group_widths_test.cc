// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Widths of a pool whose workers are all this thread, at times that the tests say: who is woken for a width, and who
// rests.
#include "host/group_widths.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "host/process_env.h"
#include "host/topology.h"
#include "memmap/pool.h"
#include "memmap/range.h"
#include "support/conformance.h"

namespace memmap::host {
namespace {

constexpr uint64_t kMsOfLooks = 1'000'000;

// One group of eight workers, of which two begin, and more to do than they get done.
struct GroupWidthsTest : testing::Test {
  GroupWidthsTest() {
    tables = *EngineTopology::create(*load_synthetic("numa:1 core:8 pu:1"));
    env.self = [](void* test) { return &static_cast<GroupWidthsTest*>(test)->self; };
    env.unpark = env.wake_later = [](void* test, uint32_t*) { ++static_cast<GroupWidthsTest*>(test)->nr_wakes; };
    memmap_pool_config config{};
    config.env = &env;
    config.topology = tables->table();
    config.nr_pages = 1 << 15;
    config.spin_ns = 1;
    pool_storage = std::make_unique<conformance::Storage>(memmap_pool_bytes(&config));
    EXPECT_EQ(memmap_pool_init(&pool, &config, pool_storage->memory.get(), pool_storage->nr_bytes), MEMMAP_OK);
    widths = std::make_unique<GroupWidths>(pool, *tables->table());
    memmap_domain_open(&domain, pool, nullptr);
    memmap_range range{};
    range.count = 1 << 20;
    range.run = [](void*, uint64_t, uint64_t) { return 0; };
    range.storage_bytes = memmap_range_bytes(&range);
    storage = std::make_unique<conformance::Storage>(range.storage_bytes);
    range.storage = storage->memory.get();
    EXPECT_EQ(memmap_range_async(&range, &domain), MEMMAP_OK);
    for (uint32_t worker = 0; worker < 8; ++worker) step(worker);
  }
  ~GroupWidthsTest() override {
    memmap_cancel(&domain);
    for (uint32_t worker = 0; worker < 8; ++worker) sched::worker_leave(pool->engine, worker);
    memmap_domain_close(&domain);
  }

  void step(uint32_t worker) {
    self.worker = worker;
    EXPECT_TRUE(memmap_worker_step(pool, worker));
    self.worker = MEMMAP_NO_WORKER;
  }
  // As the tasks of a lender do.
  bool rest(uint32_t worker) {
    uint32_t seen = 0;
    return widths->rest(worker, &seen);
  }
  // Those at work do a grain a millisecond; true: somebody is told to rest.
  bool work_for_a_ms(const std::vector<uint32_t>& at_work) {
    now_ns += kMsOfLooks;
    bool beyond = false;
    for (const uint32_t worker : at_work) {
      widths->begin(worker, now_ns - kMsOfLooks);
      beyond |= widths->worked(worker, now_ns);
    }
    return beyond;
  }
  uint32_t width() const { return pool->engine.groups[0].width.load(relaxed); }

  std::unique_ptr<EngineTopology> tables;
  memmap_env env = process_env(this);
  memmap_self self{MEMMAP_NO_WORKER, 0, MEMMAP_NO_WORKER, 0};
  std::unique_ptr<conformance::Storage> pool_storage, storage;
  memmap_pool* pool = nullptr;
  memmap_domain domain{};
  std::unique_ptr<GroupWidths> widths;
  uint64_t now_ns = 1'000 * kMsOfLooks;
  uint32_t nr_wakes = 0;
};

TEST_F(GroupWidthsTest, WhoIsBeyondTheWidthRestsThoughThereIsWork) {
  EXPECT_TRUE(work_for_a_ms({0}));
  for (uint32_t worker = 2; worker < 8; ++worker) EXPECT_TRUE(rest(worker)) << worker;
  EXPECT_FALSE(rest(1)) << "two are the width";
  EXPECT_FALSE(work_for_a_ms({0, 1}));
  EXPECT_EQ(nr_wakes, 0u);
}

TEST_F(GroupWidthsTest, WhoLeavesIsReplacedByOneThatRests) {
  for (uint32_t worker = 2; worker < 8; ++worker) EXPECT_TRUE(rest(worker));
  widths->leave(1);
  EXPECT_EQ(nr_wakes, 1u);
  memmap_worker_return(pool, 2);  // it was that one
  EXPECT_FALSE(rest(2)) << "worker 1 is gone";
  EXPECT_FALSE(rest(0));
}

// News are for those who stay awake; a leave of what was full is some, too, and keeps nobody from its rest.
TEST_F(GroupWidthsTest, NewsKeepOneAwakeAndNotAll) {
  pool->engine.news.fetch_add(1, relaxed);
  for (uint32_t worker = 2; worker < 8; ++worker) EXPECT_TRUE(rest(worker)) << worker;
  EXPECT_FALSE(rest(1));
}

TEST_F(GroupWidthsTest, AWakeForAWidthThatChangesAndForNoOther) {
  for (uint32_t worker = 2; worker < 8; ++worker) EXPECT_TRUE(rest(worker));
  widths->leave(1);  // which wakes one
  ASSERT_EQ(nr_wakes, 1u);
  memmap_worker_return(pool, 2);
  sched::worker_leave(pool->engine, 2);
  EXPECT_NE(memmap_worker_rest(pool, 2), nullptr);  // one less than the width is awake
  for (int ms = 0; ms < 100; ++ms) work_for_a_ms({0});
  EXPECT_EQ(width(), 2u);
  EXPECT_EQ(nr_wakes, 1u) << "a hundred looks changed nothing";
}

TEST_F(GroupWidthsTest, AWiderTryWakesOne) {
  for (uint32_t worker = 2; worker < 8; ++worker) EXPECT_TRUE(rest(worker));
  for (int ms = 0; ms < 100 && width() == 2; ++ms) work_for_a_ms({0, 1});
  EXPECT_EQ(width(), 3u);
  EXPECT_EQ(nr_wakes, 1u) << "who wakes others";
}

// A group of two has nothing to find out.
TEST(GroupWidths, OfTwoStayAsTheyAre) {
  const auto tables = *EngineTopology::create(*load_synthetic("numa:1 core:2 pu:1"));
  GroupWidths widths(nullptr, *tables->table());
  for (uint64_t now_ns = 1; now_ns < 100 * kMsOfLooks; now_ns += kMsOfLooks) EXPECT_FALSE(widths.worked(0, now_ns));
}

}  // namespace
}  // namespace memmap::host
