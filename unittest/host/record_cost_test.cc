// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/record_cost.h"

#include <gtest/gtest.h>

#include "memmap/pool.h"
#include "memmap/runtime.h"

namespace memmap::host {
namespace {

// 64 bytes at 640 GB/s, which no thread of any machine has, and at 64 MB/s.
TEST(RecordCostTest, IsThatOfSomeMachine) {
  EXPECT_GT(record_cost_ps(), 100u);
  EXPECT_LT(record_cost_ps(), 1'000'000u);
}

TEST(RecordCostTest, IsMeasuredOnce) { EXPECT_EQ(record_cost_ps(), record_cost_ps()); }

TEST(RecordCostTest, TheRuntimesPoolKnowsItAndHasLargerGrains) {
  const char* error = nullptr;
  memmap_pool* const pool = memmap_runtime_start(nullptr, &error);
  ASSERT_NE(pool, nullptr) << error;
  EXPECT_EQ(pool->record_ps, record_cost_ps());
  EXPECT_EQ(pool->grain_pages, kGrainPages);
  EXPECT_EQ(pool->large_grain_pages, kLargeGrainPages);
  EXPECT_EQ(memmap_runtime_stop(pool), MEMMAP_OK);
}

}  // namespace
}  // namespace memmap::host
