// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/deferred_init.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "simulator/kernel/geometry.h"
#include "simulator/kernel/kernel_page.h"
#include "simulator/poisoned_memmap.h"

namespace memmap::simulator {
namespace {

constexpr Place kNormal{0, 2};

// One zone with everything that belongs to it.
struct Zone {
  Zone(uint64_t start_pfn, uint64_t nr_pages, Place place, std::vector<memmap_piece> free_ranges)
      : ranges(std::move(free_ranges)),
        records(start_pfn, nr_pages),
        pageblocks(start_pfn, nr_pages),
        buddy(records.memmap(), pageblocks, place, FreedBy::freer),
        place_(place) {
    uint64_t pfn = start_pfn;
    for (const memmap_piece& range : ranges) {
      reserve(pfn, range.pfn);
      pfn = range.pfn + range.nr_pages;
    }
    reserve(pfn, start_pfn + nr_pages);
  }

  void reserve(uint64_t begin, uint64_t end) {
    if (begin < end) init_reserved_pages(&records[begin], end - begin, place_);
  }

  DeferredZone deferred(uint32_t max_threads) { return {records.memmap(), place_, ranges, &buddy, max_threads}; }

  // All free pages are with the buddy, everything else is as it was.
  void expect_done() {
    uint64_t nr_free = 0;
    uint64_t pfn = records.memmap().start_pfn;
    for (const memmap_piece& range : ranges) {
      EXPECT_EQ(records.nr_wrong(pfn, range.pfn - pfn, {Content::reserved, place_.nid, place_.zone}), 0u);
      EXPECT_EQ(
          records.nr_wrong(range.pfn, range.nr_pages, {Content::freed, place_.nid, place_.zone}, Phase::handed_over),
          0u);
      pfn = range.pfn + range.nr_pages;
      nr_free += range.nr_pages;
    }
    EXPECT_EQ(buddy.violations().total(), 0u) << "first at pfn " << buddy.violations().first_pfn;
    EXPECT_EQ(buddy.free_pages(), nr_free);
    EXPECT_EQ(buddy.managed_pages(), nr_free);
    EXPECT_TRUE(buddy.consistent());
    EXPECT_EQ(records.nr_guards_written(), 0u);
  }

  std::vector<memmap_piece> ranges;
  PoisonedMemmap records;
  Pageblocks pageblocks;
  Buddy buddy;

 private:
  const Place place_;
};

std::vector<memmap_piece> ragged() {
  // Two ranges and a hole in one max-order block; single pages; an edge inside a section; a whole section.
  return {{kSectionPages, 100},
          {kSectionPages + 300, 5000},
          {kSectionPages + 5301, 1},
          {kSectionPages + 6144, 1024},
          {2 * kSectionPages - 10, 10 + kSectionPages + 7},
          {4 * kSectionPages, kSectionPages}};
}

class DeferredInit : public testing::TestWithParam<uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Threads, DeferredInit, testing::Values(1, 2, 4));

TEST_P(DeferredInit, OneNode) {
  Zone zone(kSectionPages, 4 * kSectionPages, kNormal, ragged());
  Padata padata(GetParam() - 1);
  deferred_init_node(zone.deferred(GetParam()), padata);
  zone.expect_done();
}

TEST_P(DeferredInit, AllNodesAreDoneAtReturn) {
  std::vector<std::unique_ptr<Zone>> zones;
  std::vector<DeferredZone> deferred;
  for (uint32_t nid = 0; nid < 3; ++nid) {
    zones.push_back(std::make_unique<Zone>(kSectionPages, 4 * kSectionPages, Place{nid, 2}, ragged()));
    deferred.push_back(zones.back()->deferred(GetParam()));
  }
  Padata padata(2);
  deferred_init_all(deferred, padata);
  for (const std::unique_ptr<Zone>& zone : zones) zone->expect_done();
}

TEST(DeferredInitChunk, WritesInsideItsBordersOnly) {
  Zone zone(0, 2 * kSectionPages, kNormal, {{0, 2 * kSectionPages}});
  deferred_init_chunk(zone.deferred(1), kSectionPages, kSectionPages + 2048);
  EXPECT_EQ(zone.records.nr_wrong(0, kSectionPages, {}), 0u);
  EXPECT_EQ(zone.records.nr_wrong(kSectionPages + 2048, kSectionPages - 2048, {}), 0u);
  EXPECT_EQ(zone.buddy.free_blocks(10), 2u);
}

TEST(DeferredInitChunk, WithoutABuddyTheRecordsAreEarlyRam) {
  Zone zone(0, kSectionPages, kNormal, {{0, kSectionPages}});
  DeferredZone deferred = zone.deferred(1);
  deferred.buddy = nullptr;
  deferred_init_chunk(deferred, 0, kSectionPages);
  EXPECT_EQ(zone.records.nr_wrong(0, kSectionPages, {Content::ram, 0, 2}), 0u);
}

TEST(DeferredInitNode, NoRangesNoWork) {
  Zone zone(0, kSectionPages, kNormal, {});
  Padata padata(0);
  deferred_init_node(zone.deferred(4), padata);
  zone.expect_done();
}

}  // namespace
}  // namespace memmap::simulator
