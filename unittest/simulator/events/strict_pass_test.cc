// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The hooks are called here as an engine would call them, well or badly.
#include "simulator/events/strict_pass.h"

#include <gtest/gtest.h>

#include <vector>

#include "simulator/kernel/record.h"
#include "simulator/reference/reference.h"

namespace memmap::simulator {
namespace {

using Kind = StrictPass::Kind;

constexpr uint64_t kStart = 1000;
constexpr uint64_t kPages = 100;

class StrictPassTest : public ::testing::Test {
 protected:
  StrictPassTest() : records_(kPages) {
    request_.start_pfn = kStart;
    request_.nr_pages = kPages;
    request_.zone = 2;
    request_.kind = MEMMAP_BOOT_FREED;
    request_.records = records_.data();
    request_.hooks.ready = [](void* calls, uint64_t, uint64_t) { return ++*static_cast<int*>(calls) * 0; };
    request_.hooks.context = &ready_calls_;
  }

  int write(uint64_t pfn, uint64_t n) { return request_.hooks.write(request_.hooks.context, pfn, n); }
  int ready(uint64_t pfn, uint64_t n) { return request_.hooks.ready(request_.hooks.context, pfn, n); }

  std::vector<Record> records_;
  int ready_calls_ = 0;
  memmap_request request_{};
};

TEST_F(StrictPassTest, EachPageOnceIsWell) {
  StrictPass strict(Kind::count_writes, Plant::none);
  strict.wrap(request_);
  EXPECT_EQ(write(kStart, 60), 0);
  EXPECT_EQ(write(kStart + 60, 40), 0);
  EXPECT_EQ(ready(kStart, 100), 0);
  EXPECT_EQ(ready_calls_, 1);
  EXPECT_EQ(strict.violations().total(), 0);
  EXPECT_EQ(strict.nr_records(), kPages);
}

TEST_F(StrictPassTest, FindsTwiceMissedAndOutside) {
  StrictPass strict(Kind::count_writes, Plant::none);
  const memmap_piece piece = {kStart, 50};
  request_.pieces = &piece;
  request_.nr_pieces = 1;
  strict.wrap(request_);
  write(kStart, 49);
  write(kStart + 7, 2);
  write(kStart + 50, 3);
  const Violations found = strict.violations();
  EXPECT_EQ(found.twice, 2);
  EXPECT_EQ(found.missed, 1);
  EXPECT_EQ(found.outside, 3);
}

TEST_F(StrictPassTest, APlantedFaultIsFound) {
  for (const Plant plant : {Plant::skip, Plant::twice}) {
    const memmap_request original = request_;
    StrictPass strict(Kind::count_writes, plant);
    strict.wrap(request_);
    write(kStart, 60);
    write(kStart + 60, 40);
    EXPECT_EQ(strict.violations().total(), 1);
    request_ = original;
  }
}

TEST_F(StrictPassTest, FindsPagesThatAreHandedOverTooEarly) {
  StrictPass strict(Kind::compare_before_ready, Plant::none);
  strict.wrap(request_);
  EXPECT_EQ(request_.hooks.write, nullptr);
  for (Record& record : records_) {
    record = expected_record({Content::freed, 0, 2, 0}, reinterpret_cast<uint64_t>(&record));
  }
  ready(kStart, 50);
  EXPECT_EQ(strict.violations().early, 0);
  records_[70].refcount = 1;
  ready(kStart + 50, 50);
  EXPECT_EQ(strict.violations().early, 1);
  EXPECT_EQ(ready_calls_, 2);
}

}  // namespace
}  // namespace memmap::simulator
