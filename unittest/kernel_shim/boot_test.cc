// SPDX-License-Identifier: GPL-2.0-only
// Boot through the kernel's names, on the user-space twin.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "kernel_shim/twin.h"

namespace memmap {
namespace {

constexpr phys_addr_t kPage = 4096;

class Boot : public ::testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override {
    const auto add = [this](int nid, unsigned long from, unsigned long to) {
      const unsigned long base = (unsigned long)nid * TWIN_NODE_PAGES;
      ranges_.push_back({nid, (base + from) * kPage, (base + to) * kPage});
    };
    for (const int nid : {0, 1}) {
      add(nid, 3, PAGES_PER_SECTION - 100);  // ends before the deferred pages begin
      add(nid, PAGES_PER_SECTION - 50, PAGES_PER_SECTION + 700);
      add(nid, PAGES_PER_SECTION + 800, PAGES_PER_SECTION + 900);  // two free ranges and a hole in one block
      add(nid, PAGES_PER_SECTION + 901, 3 * PAGES_PER_SECTION);
      add(nid, 3 * PAGES_PER_SECTION + 5000, TWIN_NODE_PAGES);
    }
    ranges_[0].start += 1;  // half a page is no page
    start({PAGES_PER_SECTION, TWIN_NODE_PAGES + PAGES_PER_SECTION});
  }
  void start(const std::array<unsigned long, 2>& first) {
    first_ = first;
    twin_start(GetParam(), ranges_.data(), int(ranges_.size()));
    for (const int nid : {0, 1}) {
      NODE_DATA(nid)->first_deferred_pfn = first[size_t(nid)];
      twin_lend_boot(nid, 20);
    }
  }
  void TearDown() override { twin_stop(); }

  // Written and freed exactly once where it should be, untouched elsewhere.
  unsigned long wrong_pages() {
    std::vector<int> ours(TWIN_NODES * TWIN_NODE_PAGES, -1);  // whose
    for (const fake_range& range : ranges_)
      for (phys_addr_t pfn = (range.start + kPage - 1) / kPage; pfn < range.end / kPage; ++pfn)
        if (pfn >= first_[size_t(range.nid)]) ours[pfn] = range.nid;
    unsigned long wrong = 0;
    for (unsigned long pfn = 0; pfn < ours.size(); ++pfn) {
      memmap_record expected;
      memmap_record_boot(&expected, ZONE_NORMAL, ours[pfn] < 0 ? 0 : ours[pfn]);
      expected.word[1] = expected.word[2] = reinterpret_cast<uintptr_t>(&pfn_to_page(pfn)->lru);
      if (ours[pfn] < 0) std::memset(expected.word, 0xA5, sizeof(expected.word));
      wrong += std::memcmp(pfn_to_page(pfn), expected.word, sizeof(expected.word)) != 0;
      wrong += fake_times_freed(pfn) != int{ours[pfn] >= 0};
    }
    return wrong;
  }

  std::vector<fake_range> ranges_;
  std::array<unsigned long, 2> first_{};
};

TEST_P(Boot, DeferredFreePagesAreWrittenAndFreedOnce) {
  memmap_boot_finish();
  EXPECT_EQ(wrong_pages(), 0u);
  EXPECT_EQ(fake_freed_too_early(), 0u);
  EXPECT_EQ(fake_migratetype(PAGES_PER_SECTION), MIGRATE_MOVABLE);
  EXPECT_EQ(fake_migratetype(PAGES_PER_SECTION - 1), -1) << "not deferred";
  EXPECT_EQ(NODE_DATA(1)->first_deferred_pfn, ULONG_MAX);
  memmap_boot_finish();
  EXPECT_EQ(wrong_pages(), 0u) << "the second time there is nothing to do";
  EXPECT_EQ(std::string(fake_last_message()), "");
}

TEST_P(Boot, GrowsWhileWorkersRun) {
  zone* const zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
  EXPECT_FALSE(deferred_grow_zone(zone, 0)) << "before it began there is nothing to take from";
  ASSERT_EQ(deferred_init_memmap(NODE_DATA(0)), MEMMAP_OK);
  std::vector<std::thread> growers;
  for (int i = 0; i < 3; ++i)
    growers.emplace_back([zone] {
      while (deferred_grow_zone(zone, 3)) {
      }
    });
  for (std::thread& grower : growers) grower.join();
  EXPECT_FALSE(deferred_grow_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], 0)) << "only the last zone";
  memmap_boot_finish();
  EXPECT_EQ(wrong_pages(), 0u);
  EXPECT_EQ(fake_freed_too_early(), 0u);
}

TEST_P(Boot, NoMemoryIsLostWhereTheRequestCannotBeMade) {
  twin_lend_boot(0, 2);          // too few pieces
  memmap_boot_lend(1, nullptr);  // no storage at all
  EXPECT_EQ(deferred_init_memmap(NODE_DATA(0)), MEMMAP_STORAGE);
  EXPECT_EQ(
      std::string(fake_last_message()),
      "memmap_async: node 0: the storage is missing, unaligned, too small, or used and not zeroed; its deferred pages "
      "are initialised by one thread\n");
  memmap_boot_finish();
  EXPECT_EQ(wrong_pages(), 0u);
  EXPECT_EQ(fake_freed_too_early(), 0u);
}

TEST_P(Boot, WrittenAsAlreadyFreed) {
  for (const int nid : {0, 1}) twin_lend_boot(nid, 8)->freed = true;
  memmap_boot_finish();
  EXPECT_EQ(fake_times_freed(PAGES_PER_SECTION + 1023), 1);
  EXPECT_EQ(fake_freed_too_early(), 0u);
  memmap_record record;
  memmap_record_boot_freed(&record, ZONE_NORMAL, 1);
  const page* const page = pfn_to_page(TWIN_NODE_PAGES + PAGES_PER_SECTION + 1024);
  EXPECT_EQ(page->flags, record.word[0]);
  EXPECT_EQ(page->_refcount, 0);
  EXPECT_EQ(page->lru.next, &page->lru);
}

// Node 0, 1, 0, 1 and so on, a section each: each node's spans leave the other's alone, until there are too many.
class Interleaved : public Boot {
 protected:
  void SetUp() override {}
  void interleave(unsigned long pages) {
    for (unsigned long pfn = 0; pfn < 2 * TWIN_NODE_PAGES; pfn += pages)
      ranges_.push_back({int(pfn / pages % 2), pfn * kPage, (pfn + pages - pfn % 3) * kPage});
    start({pages, pages});
    NODE_DATA(0)->node_zones[ZONE_NORMAL].spanned_pages = 2 * TWIN_NODE_PAGES;
    NODE_DATA(0)->node_spanned_pages = 2 * TWIN_NODE_PAGES;
    NODE_DATA(1)->node_zones[ZONE_NORMAL].zone_start_pfn = 0;
    NODE_DATA(1)->node_zones[ZONE_NORMAL].spanned_pages = 2 * TWIN_NODE_PAGES;
  }
};

TEST_P(Interleaved, NobodyIsRefused) {
  interleave(PAGES_PER_SECTION);
  for (const int nid : {0, 1}) EXPECT_EQ(deferred_init_memmap(NODE_DATA(nid)), MEMMAP_OK) << fake_last_message();
  while (deferred_grow_zone(&NODE_DATA(1)->node_zones[ZONE_NORMAL], 3)) {
  }
  memmap_boot_finish();
  EXPECT_EQ(wrong_pages(), 0u);
}

TEST_P(Interleaved, MoreThanThereIsRoomForLosesNoPage) {
  interleave(PAGES_PER_SECTION / 4);
  EXPECT_EQ(deferred_init_memmap(NODE_DATA(0)), MEMMAP_OK);
  EXPECT_EQ(deferred_init_memmap(NODE_DATA(1)), MEMMAP_OVERLAP);
  memmap_boot_finish();
  EXPECT_EQ(wrong_pages(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Workers, Interleaved, ::testing::Values(0, 4));
INSTANTIATE_TEST_SUITE_P(Workers, Boot, ::testing::Values(0, 4));

}  // namespace
}  // namespace memmap
