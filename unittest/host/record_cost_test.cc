// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/record_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "memmap/pool.h"
#include "memmap/request.h"
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

// What programs beside the engine take a grain to be, for its reports and its rivals.
TEST(RecordCostTest, TheSizeOfAGrainIsTheEngines) {
  for (const bool no_workers : {false, true}) {
    memmap_runtime_options options{};
    options.no_workers = no_workers;
    memmap_pool* const pool = memmap_runtime_start(&options, nullptr);
    ASSERT_NE(pool, nullptr);
    const uint32_t nr_workers = pool->engine.topology->nr_workers;
    const uint64_t many = uint64_t{64} * kLargeGrainPages * std::max(nr_workers, 1u);
    for (const uint64_t nr_pages : {uint64_t{512}, many - 1, many, 2 * many}) {
      memmap_request request{};
      request.kind = MEMMAP_DEVICE;
      request.nr_pages = nr_pages;
      while (!pool->knows(request.nid)) request.records_nid = ++request.nid;
      request.hooks.write = [](void*, uint64_t, uint64_t) { return 0; };
      std::vector<uint64_t> storage(memmap_request_bytes(&request) / 8 + 8);
      request.storage = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(storage.data()) + 63) & ~uintptr_t{63});
      request.storage_bytes = memmap_request_bytes(&request);
      pages::Request* made = nullptr;
      ASSERT_EQ(pages::make_request(request, *pool, &made), MEMMAP_OK);
      EXPECT_EQ(uint64_t{made->grain_units} << made->unit_shift, grain_pages_of(nr_pages, nr_workers)) << nr_pages;
    }
    EXPECT_EQ(memmap_runtime_stop(pool), MEMMAP_OK);
  }
}

}  // namespace
}  // namespace memmap::host
