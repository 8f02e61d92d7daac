// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/buddy.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "simulator/kernel/kernel_page.h"
#include "simulator/poisoned_memmap.h"

namespace memmap::simulator {
namespace {

constexpr Place kPlace{1, 2};
constexpr uint64_t kStart = 10 * 1024;
constexpr uint64_t kPages = 8 * 1024;

// A zone of 8 max-order blocks; its records are poison until a test writes them.
class BuddyTest : public testing::TestWithParam<FreedBy> {
 protected:
  // As the initialiser of this mode leaves them.
  void write(uint64_t pfn, uint64_t nr_pages) {
    init_pages(&records[pfn], nr_pages, kPlace);
    if (GetParam() == FreedBy::freer) return;
    for (uint64_t page = pfn; page < pfn + nr_pages; ++page) records[page].refcount = 0;
  }

  void expect_clean(uint64_t nr_free) {
    EXPECT_EQ(buddy.violations().total(), 0u) << "first at pfn " << buddy.violations().first_pfn;
    EXPECT_EQ(buddy.free_pages(), nr_free);
    EXPECT_TRUE(buddy.consistent());
  }

  PoisonedMemmap records{kStart, kPages};
  Pageblocks pageblocks{kStart, kPages};
  Buddy buddy{records.memmap(), pageblocks, kPlace, GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, BuddyTest, testing::Values(FreedBy::freer, FreedBy::initialiser),
                         [](const auto& mode) { return mode.param == FreedBy::freer ? "freer" : "initialiser"; });

TEST_P(BuddyTest, WholeBlocksGoInAsTheyAre) {
  write(kStart, kPages);
  buddy.free_range(kStart, kPages);
  expect_clean(kPages);
  EXPECT_EQ(buddy.managed_pages(), kPages);
  EXPECT_EQ(buddy.free_blocks(10), 8u);
  EXPECT_EQ(records.nr_wrong(kStart, kPages, {Content::freed, 1, 2}, Phase::handed_over), 0u);
  EXPECT_EQ(records.nr_wrong(kStart, kPages, {Content::freed, 1, 2}, Phase::written), 8u) << "only heads may differ";
  EXPECT_EQ(records[kStart].page_type, 0xFFFFFF7F);
  EXPECT_EQ(records[kStart].private_, 10u);
}

TEST_P(BuddyTest, PageblocksBecomeMovable) {
  write(kStart, kPages);
  buddy.free_range(kStart + 512, 1024);
  for (uint64_t pfn = kStart; pfn < kStart + kPages; pfn += 512) {
    const bool freed = pfn >= kStart + 512 && pfn < kStart + 1536;
    EXPECT_EQ(pageblocks.get(pfn), freed ? Migratetype::movable : Migratetype::unmovable);
  }
}

TEST_P(BuddyTest, RaggedRangeBecomesTheLargestAlignedBlocks) {
  write(kStart, kPages);
  buddy.free_range(kStart + 3, 1021);    // 1 + 4 + 8 + ... + 512
  buddy.free_range(kStart + 1024, 700);  // 512 + 128 + 32 + 16 + 8 + 4
  expect_clean(1721);
  EXPECT_EQ(buddy.managed_pages(), 1721u);
  const uint64_t expected[] = {1, 0, 2, 2, 2, 2, 1, 2, 1, 2, 0};
  for (uint32_t order = 0; order <= 10; ++order) EXPECT_EQ(buddy.free_blocks(order), expected[order]) << order;
  EXPECT_EQ(records.nr_wrong(kStart + 3, 1021, {Content::freed, 1, 2}, Phase::handed_over), 0u);
}

TEST_P(BuddyTest, HalvesMerge) {
  write(kStart, 1024);
  buddy.free_range(kStart, 512);
  EXPECT_EQ(buddy.free_blocks(9), 1u);
  buddy.free_range(kStart + 512, 512);
  EXPECT_EQ(buddy.free_blocks(9), 0u);
  EXPECT_EQ(buddy.free_blocks(10), 1u);
  expect_clean(1024);
}

TEST_P(BuddyTest, FreeingBesideAnUnwrittenHalfIsAViolation) {
  write(kStart, 512);
  buddy.free_range(kStart, 512);  // to merge, the record of kStart + 512 is read: nobody has written it
  EXPECT_GE(buddy.violations().unwritten, 1u);
  EXPECT_EQ(buddy.violations().first_pfn, kStart + 512);
  EXPECT_TRUE(buddy.consistent());
}

TEST_P(BuddyTest, FreeingUnwrittenPagesIsAViolation) {
  write(kStart, 1000);
  buddy.free_block(kStart, 9);
  EXPECT_EQ(buddy.violations().total(), 0u);
  buddy.free_block(kStart + 1024, 10);
  EXPECT_GE(buddy.violations().unwritten, 1u);
  EXPECT_GE(buddy.violations().first_pfn, kStart + 1024);
  EXPECT_EQ(buddy.free_pages(), 512u);
}

TEST_P(BuddyTest, ReservedNeighboursAreReadButNotMerged) {
  write(kStart, 512);
  init_reserved_pages(&records[kStart + 512], 512, kPlace);
  buddy.free_range(kStart, 512);
  expect_clean(512);
  EXPECT_EQ(records.nr_wrong(kStart + 512, 512, {Content::reserved, 1, 2}), 0u);
}

TEST_P(BuddyTest, DoubleFreeIsAViolation) {
  write(kStart, 1024);
  buddy.free_block(kStart, 10);
  buddy.free_block(kStart, 10);
  EXPECT_EQ(buddy.violations().double_free, 1u);
  EXPECT_EQ(buddy.free_pages(), 1024u);
  EXPECT_TRUE(buddy.consistent());
}

TEST_P(BuddyTest, PagesOfAnotherZoneAreAViolation) {
  init_pages(&records[kStart], 1, {1, 1});
  records[kStart].refcount = 0;
  buddy.free_block(kStart, 0);
  EXPECT_EQ(buddy.violations().bad_page, 1u);
  EXPECT_EQ(buddy.free_pages(), 0u);
}

TEST_P(BuddyTest, AllocSplitsAndReleaseMerges) {
  write(kStart, kPages);
  buddy.free_range(kStart, kPages);
  const std::optional<uint64_t> page = buddy.alloc(0);
  ASSERT_TRUE(page);
  EXPECT_EQ(records[*page].refcount, 1);
  for (uint32_t order = 0; order < 10; ++order) EXPECT_EQ(buddy.free_blocks(order), 1u);
  expect_clean(kPages - 1);
  buddy.release(*page, 0);
  EXPECT_EQ(buddy.free_blocks(10), 8u);
  expect_clean(kPages);
  EXPECT_EQ(records.nr_wrong(kStart, kPages, {Content::freed, 1, 2}, Phase::handed_over), 0u);
}

TEST_P(BuddyTest, AllocEndsWithTheMemory) {
  write(kStart, 1024);
  buddy.free_range(kStart, 1024);
  EXPECT_EQ(buddy.alloc(10), kStart);
  EXPECT_EQ(buddy.alloc(0), std::nullopt);
}

TEST_P(BuddyTest, ManyRandomAllocations) {
  write(kStart, kPages);
  buddy.free_range(kStart, kPages);
  std::mt19937_64 random(4711);
  std::vector<std::pair<uint64_t, uint32_t>> taken;
  uint64_t nr_taken = 0;
  for (int step = 0; step < 5000; ++step) {
    const uint32_t order = uint32_t(random() % 11);
    if (random() % 2 == 0) {
      if (const std::optional<uint64_t> pfn = buddy.alloc(order)) {
        taken.emplace_back(*pfn, order);
        nr_taken += uint64_t{1} << order;
      }
    } else if (!taken.empty()) {
      std::swap(taken[random() % taken.size()], taken.back());
      buddy.release(taken.back().first, taken.back().second);
      nr_taken -= uint64_t{1} << taken.back().second;
      taken.pop_back();
    }
    ASSERT_EQ(buddy.free_pages(), kPages - nr_taken);
  }
  for (const auto& [pfn, order] : taken) buddy.release(pfn, order);
  expect_clean(kPages);
  EXPECT_EQ(buddy.free_blocks(10), 8u);
}

TEST_P(BuddyTest, ManyThreadsFreeAtTheSameTime) {
  write(kStart, kPages);
  std::vector<std::thread> threads;
  for (uint64_t n = 0; n < 4; ++n) {
    threads.emplace_back([this, n] { buddy.free_range(kStart + n * kPages / 4, kPages / 4); });
  }
  for (std::thread& thread : threads) thread.join();
  expect_clean(kPages);
  EXPECT_EQ(buddy.managed_pages(), kPages);
}

TEST_P(BuddyTest, ConsistentNoticesABrokenList) {
  write(kStart, kPages);
  buddy.free_range(kStart, kPages);
  records[kStart].private_ = 9;
  EXPECT_FALSE(buddy.consistent());
  records[kStart].private_ = 10;
  records[kStart + 1024].refcount = 1;
  EXPECT_FALSE(buddy.consistent());
}

// Where the initialiser has written the freed image, the freer touches nothing but heads; else it clears every record.
TEST(BuddyModes, FreerClearsReservedAndCount) {
  PoisonedMemmap records(kStart, 1024);
  Pageblocks pageblocks(kStart, 1024);
  Buddy buddy(records.memmap(), pageblocks, kPlace, FreedBy::freer);
  init_reserved_pages(&records[kStart], 1024, kPlace);
  buddy.free_range(kStart, 1024);
  EXPECT_EQ(buddy.violations().total(), 0u);
  EXPECT_EQ(records.nr_wrong(kStart, 1024, {Content::freed, 1, 2}, Phase::handed_over), 0u);
}

TEST(BuddyModes, FreedImageWithACountIsAViolation) {
  PoisonedMemmap records(kStart, 1024);
  Pageblocks pageblocks(kStart, 1024);
  Buddy buddy(records.memmap(), pageblocks, kPlace, FreedBy::initialiser);
  init_pages(&records[kStart], 1024, kPlace);
  buddy.free_range(kStart, 1024);
  EXPECT_EQ(buddy.violations().bad_page, 1u);
  EXPECT_EQ(buddy.free_pages(), 0u);
}

TEST(BuddyModes, FreerRefusesABlockWithABadPage) {
  PoisonedMemmap records(kStart, 1024);
  Pageblocks pageblocks(kStart, 1024);
  Buddy buddy(records.memmap(), pageblocks, kPlace, FreedBy::freer);
  init_pages(&records[kStart], 1024, kPlace);
  records[kStart + 77].mapping = 1;
  buddy.free_range(kStart, 1024);
  EXPECT_EQ(buddy.violations().bad_page, 1u);
  EXPECT_EQ(buddy.violations().first_pfn, kStart + 77);
  EXPECT_EQ(buddy.free_pages(), 0u);
}

}  // namespace
}  // namespace memmap::simulator
