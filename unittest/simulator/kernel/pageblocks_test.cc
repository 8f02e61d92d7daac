// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/pageblocks.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace memmap::simulator {
namespace {

constexpr uint64_t kFirstPfn = 512 * 21;  // inside a word

TEST(Pageblocks, StartUnmovable) {
  const Pageblocks pageblocks(kFirstPfn, 512 * 40);
  for (uint64_t pfn = kFirstPfn; pfn < kFirstPfn + 512 * 40; pfn += 512) {
    EXPECT_EQ(pageblocks.get(pfn), Migratetype::unmovable);
  }
}

TEST(Pageblocks, SetChangesOneBlockOnly) {
  Pageblocks pageblocks(kFirstPfn, 512 * 40);
  pageblocks.set(kFirstPfn + 512 * 17 + 300, Migratetype::movable);
  for (uint64_t block = 0; block < 40; ++block) {
    EXPECT_EQ(pageblocks.get(kFirstPfn + 512 * block), block == 17 ? Migratetype::movable : Migratetype::unmovable);
  }
  pageblocks.set(kFirstPfn + 512 * 17, Migratetype::unmovable);
  EXPECT_EQ(pageblocks.get(kFirstPfn + 512 * 17), Migratetype::unmovable);
}

TEST(Pageblocks, RangeMeansBlocksThatBeginInIt) {
  Pageblocks pageblocks(kFirstPfn, 512 * 40);
  pageblocks.set_range(kFirstPfn + 1, 512 * 2, Migratetype::movable);  // begins behind block 0's start, ends inside 2
  EXPECT_EQ(pageblocks.get(kFirstPfn), Migratetype::unmovable);
  EXPECT_EQ(pageblocks.get(kFirstPfn + 512), Migratetype::movable);
  EXPECT_EQ(pageblocks.get(kFirstPfn + 1024), Migratetype::movable);
  EXPECT_EQ(pageblocks.get(kFirstPfn + 1536), Migratetype::unmovable);
}

TEST(Pageblocks, NeighboursInAWordDoNotLoseEachOthersBits) {
  Pageblocks pageblocks(0, 512 * 64);
  std::vector<std::thread> threads;
  for (uint64_t n = 0; n < 4; ++n) {
    threads.emplace_back([&pageblocks, n] {
      for (uint64_t round = 0; round < 1001; ++round) {
        for (uint64_t block = n; block < 64; block += 4) pageblocks.set(block * 512, Migratetype(round % 2 + n));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (uint64_t block = 0; block < 64; ++block) EXPECT_EQ(pageblocks.get(block * 512), Migratetype(block % 4));
}

}  // namespace
}  // namespace memmap::simulator
