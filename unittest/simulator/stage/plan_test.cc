// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/plan.h"

#include <gtest/gtest.h>

#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kGib = uint64_t{1} << 30;

// Holes inside a zone have records too.
uint64_t record_bytes(const MemoryMap& map) {
  uint64_t nr_pages = map.device_pages();
  for (const ZoneSpan& span : zone_spans(map)) nr_pages += span.nr_pages;
  return nr_pages * kRecordBytes;
}

TEST(PlanTest, KeepsWithinTheBudgetAtEachSize) {
  const MemoryMap pc = synthetic_map(24 * kGib);
  for (const uint64_t bytes : {kGib / 16, kGib / 4, kGib, 11 * kGib}) {
    const absl::StatusOr<MemoryMap> map = plan_events(pc, bytes, 1);
    ASSERT_TRUE(map.ok()) << map.status();
    EXPECT_LE(record_bytes(*map), bytes);
    EXPECT_GT(record_bytes(*map), bytes / 2);
    EXPECT_TRUE(validate(*map).ok());
  }
}

// Of RAM in four pieces half is holes, which the budget has to hold as well.
TEST(PlanTest, HolesInsideAZoneCount) {
  MemoryMap holes;
  holes.source = "holes";
  for (uint64_t n = 0; n < 4; ++n)
    holes.ram.push_back({(32 + 16 * n) * kSectionPages, 8 * kSectionPages, {0, kZoneNormal}});
  for (const uint64_t sections : {64u, 100u, 200u}) {
    const absl::StatusOr<MemoryMap> map = plan_events(holes, sections * kSectionRecordBytes, 1);
    ASSERT_TRUE(map.ok()) << map.status();
    EXPECT_LE(record_bytes(*map), sections * kSectionRecordBytes);
  }
}

TEST(PlanTest, HasABootAndABigAndASmallDevice) {
  const absl::StatusOr<MemoryMap> map = plan_events(synthetic_map(24 * kGib), 8 * kGib, 1);
  ASSERT_TRUE(map.ok());
  ASSERT_EQ(map->devices.size(), 2);
  const Device& big = map->devices[0];
  const Device& small = map->devices[1];
  EXPECT_EQ(small.nr_pages, 4 * kGib / kPageBytes);
  EXPECT_EQ(small.altmap.free, 0);
  EXPECT_GT(big.altmap.reserve, 0);
  EXPECT_GE(big.altmap.reserve + big.altmap.free, big.nr_pages * kRecordBytes / kPageBytes);
  EXPECT_EQ(big.first_free_pfn() % kSubsectionPages, 0);
  EXPECT_GT(big.nr_pages, 4 * map->ram_pages());
  EXPECT_NEAR(double(map->ram_pages()), double(8 * kGib / kRecordBytes) / 6, double(kSectionPages) * 4);
}

TEST(PlanTest, IsSmallWhereMemoryIs) {
  const absl::StatusOr<MemoryMap> map = plan_events(synthetic_map(kGib), 64 << 20, 1);
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(map->devices[1].nr_pages, 2 * kSectionPages);
}

TEST(PlanTest, SaysWhatIsMissing) {
  const absl::StatusOr<MemoryMap> map = plan_events(synthetic_map(kGib), 4 << 20, 1);
  ASSERT_FALSE(map.ok());
  EXPECT_TRUE(absl::IsResourceExhausted(map.status()));
  EXPECT_NE(map.status().message().find("expected"), map.status().message().npos);
}

// Nodes 3 and 8 have RAM; of three devices the two larger ones count, on nodes 5 and 8.
TEST(PlanTest, KeepsTheNodesOfTheMap) {
  MemoryMap map;
  map.source = "machine";
  map.has_nodes = true;
  map.ram = {{256, 65536 - 256, {3, 1}}, {1 << 20, 1 << 20, {3, 2}}, {1 << 21, 1 << 20, {8, 2}}};
  map.devices = {
      {"pmem0", 1 << 22, 512, 3, {0, 0}}, {"pmem1", 1 << 23, 1024, 8, {0, 0}}, {"dax2", 1 << 24, 4096, 5, {}}};
  const absl::StatusOr<MemoryMap> events = plan_events(map, kGib / 8, 0);
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_EQ(events->ram.front().place.nid, 0);
  EXPECT_EQ(events->ram.back().place.nid, 2);
  EXPECT_EQ(events->devices[0].nid, 1);
  EXPECT_EQ(events->devices[1].nid, 2);
  ASSERT_EQ(events->notes.size(), 1);
  EXPECT_EQ(events->notes[0],
            "pmem0 stands for the 0.02 GiB at 0x1000000000 on node 5, pmem1 stands for the 0.00 GiB at 0x800000000 on "
            "node 8; devices left out: 1");
}

TEST(PlanTest, WithoutDevicesTheyAreMadeUp) {
  MemoryMap map;
  map.has_nodes = true;
  map.ram = {{1 << 20, 1 << 20, {0, 2}}, {1 << 21, 1 << 20, {1, 2}}};
  const absl::StatusOr<MemoryMap> events = plan_events(map, kGib / 8, 0);
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_EQ(events->devices[0].nid, 0);
  EXPECT_EQ(events->devices[1].nid, 1);
  EXPECT_TRUE(events->notes.empty());
}

TEST(PlanTest, NodesHaveRoomForAllTheirArrays) {
  const absl::StatusOr<MemoryMap> map = plan_events(synthetic_map(24 * kGib), kGib, 4);
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(map->nr_nodes(), 4);
  const std::vector<uint64_t> bytes = bytes_of_nodes(*map, 4);
  uint64_t sum = 0;
  for (const uint64_t node : bytes) {
    EXPECT_GT(node, 0);
    sum += node;
  }
  EXPECT_GE(sum, record_bytes(*map));
  EXPECT_LT(sum, record_bytes(*map) + kGib / 16);
}

}  // namespace
}  // namespace memmap::simulator
