// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/reference/write_counter.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace memmap::simulator {
namespace {

const memmap_piece kPieces[] = {{100, 50}, {200, 100}};

TEST(WriteCounter, EachOnceIsFine) {
  WriteCounter counter(100, 200, nullptr, nullptr);
  EXPECT_EQ(WriteCounter::write(&counter, 100, 50), 0);
  EXPECT_EQ(WriteCounter::write(&counter, 200, 100), 0);
  const WriteCounts counts = counter.count(kPieces);
  EXPECT_TRUE(counts.ok());
  EXPECT_EQ(counts.once, 150u);
}

TEST(WriteCounter, CountsTwiceMissedAndOutside) {
  WriteCounter counter(100, 200, nullptr, nullptr);
  WriteCounter::write(&counter, 100, 60);  // 150..159 are no piece's
  WriteCounter::write(&counter, 200, 90);  // 290..299 stay unwritten
  WriteCounter::write(&counter, 210, 5);   // again
  WriteCounter::write(&counter, 98, 2);    // in front of the span
  WriteCounter::write(&counter, 300, 3);   // behind it
  const WriteCounts counts = counter.count(kPieces);
  EXPECT_FALSE(counts.ok());
  EXPECT_EQ(counts.once, 135u);
  EXPECT_EQ(counts.twice, 5u);
  EXPECT_EQ(counts.missed, 10u);
  EXPECT_EQ(counts.outside, 10u + 2 + 3);
}

TEST(WriteCounter, DoesNotForgetAfter256Writes) {
  WriteCounter counter(0, 1, nullptr, nullptr);
  for (int n = 0; n < 256 + 1; ++n) WriteCounter::write(&counter, 0, 1);
  const memmap_piece piece{0, 1};
  EXPECT_EQ(counter.count({&piece, 1}).twice, 1u);
}

TEST(WriteCounter, PassesOnToTheInnerHookAndItsError) {
  struct Call {
    uint64_t pfn = 0, nr_pages = 0;
  } call;
  memmap_hook* const inner = [](void* context, uint64_t pfn, uint64_t nr_pages) {
    *static_cast<Call*>(context) = {pfn, nr_pages};
    return -5;
  };
  WriteCounter counter(0, 64, inner, &call);
  EXPECT_EQ(WriteCounter::write(&counter, 7, 9), -5);
  EXPECT_EQ(call.pfn, 7u);
  EXPECT_EQ(call.nr_pages, 9u);
}

TEST(WriteCounter, LosesNothingBetweenThreads) {
  WriteCounter counter(0, 1000, nullptr, nullptr);
  std::vector<std::thread> threads;
  for (uint64_t n = 0; n < 4; ++n) {
    threads.emplace_back([&counter, n] {
      for (uint64_t pfn = n; pfn < 1000; pfn += 4) WriteCounter::write(&counter, pfn, 1);
      WriteCounter::write(&counter, 500, 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const memmap_piece piece{0, 1000};
  const WriteCounts counts = counter.count({&piece, 1});
  EXPECT_EQ(counts.once, 999u);
  EXPECT_EQ(counts.twice, 1u);
}

}  // namespace
}  // namespace memmap::simulator
