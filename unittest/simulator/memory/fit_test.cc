// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/memory/fit.h"

#include <gtest/gtest.h>

#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kSectionRecords = 2 << 20;  // bytes

// Sections: 0 mixed, 1..9 free (zone 1), 10..39 nothing, 40 mixed (a reserved piece), 41..60 free (zone 2).
MemoryMap machine() {
  MemoryMap map;
  map.source = "machine";
  map.ram = {{256, 10 * kSectionPages - 256, {0, 1}}, {40 * kSectionPages, 21 * kSectionPages, {0, 2}}};
  map.reserved = {{4096, 100}, {40 * kSectionPages + 7, 1000}};
  return map;
}

MemoryMap fitted(const FitOptions& options) {
  const absl::StatusOr<MemoryMap> map = fit(machine(), options);
  EXPECT_TRUE(map.ok()) << map.status();
  EXPECT_TRUE(validate(*map).ok()) << validate(*map);
  return *map;
}

TEST(Fit, SmallerKeepsTheShape) {
  const MemoryMap map = fitted({.record_bytes = 32 * kSectionRecords});
  ASSERT_EQ(map.ram.size(), 2u);
  EXPECT_EQ(map.ram[0].start_pfn, 256u);
  EXPECT_EQ(map.ram[0].end_pfn(),
            (2 + 12 * 9 / 29) * kSectionPages);  // 0, one, and 9 of 29 parts of the 12 that are left
  EXPECT_EQ(map.ram[1].start_pfn, map.ram[0].end_pfn() + 8 * kSectionPages) << "a hole of eight sections";
  EXPECT_EQ(map.ram[1].nr_pages, (2 + 12 * 20 / 29) * kSectionPages);
  EXPECT_EQ(map.ram[1].place.zone, 2u);
  ASSERT_EQ(map.reserved.size(), 2u);
  EXPECT_EQ(map.reserved[0].pfn, 4096u);
  EXPECT_EQ(map.reserved[1].pfn, map.ram[1].start_pfn + 7);
  EXPECT_EQ(map.reserved[1].nr_pages, 1000u);
}

TEST(Fit, LargerToo) {
  const MemoryMap map = fitted({.record_bytes = 1024 * kSectionRecords});
  ASSERT_EQ(map.ram.size(), 2u);
  EXPECT_NEAR(double(map.ram_pages()), 512.0 * kSectionPages, 2.0 * kSectionPages);
  EXPECT_NEAR(double(map.ram[1].nr_pages) / double(map.ram[0].nr_pages), 20.0 / 9, 0.1);
}

TEST(Fit, RecordsStayWithinTheBudget) {
  for (const uint64_t sections : {8u, 9u, 31u, 32u, 33u, 63u, 64u, 65u, 500u, 5000u}) {
    const MemoryMap map = fitted({.record_bytes = sections * kSectionRecords + 12345});
    const uint64_t bytes = (map.ram_pages() + map.device_pages()) * 64;
    EXPECT_LE(bytes, sections * kSectionRecords);
    EXPECT_GE(bytes, (sections - 4) * kSectionRecords);
  }
}

TEST(Fit, AppendsABigAndASmallDevice) {
  const MemoryMap map = fitted({.record_bytes = 128 * kSectionRecords});
  ASSERT_EQ(map.devices.size(), 2u);
  EXPECT_EQ(map.devices[0].name, "pmem0");
  EXPECT_EQ(map.devices[0].nr_pages, 62 * kSectionPages);
  EXPECT_EQ(map.devices[0].altmap.free, 0u);
  EXPECT_GT(map.devices[0].start_pfn, map.ram.back().end_pfn());
  EXPECT_EQ(map.devices[1].name, "pmem1");
  EXPECT_EQ(map.devices[1].nr_pages, 2 * kSectionPages);
  EXPECT_EQ(map.source.substr(0, 15), "machine, RAM x ");
}

TEST(Fit, AltmapHoldsTheDevicesRecords) {
  const MemoryMap map = fitted({.record_bytes = 128 * kSectionRecords, .pmem0_altmap = true});
  const Device& device = map.devices[0];
  EXPECT_EQ(device.altmap.reserve, 2u);
  EXPECT_GE(device.altmap.free * 4096, device.nr_pages * 64);
  EXPECT_EQ(device.first_free_pfn() % 512, 0u);
  EXPECT_LT(device.altmap.free * 4096, device.nr_pages * 64 + (2 << 20));
}

TEST(Fit, RamStaysOnItsNodes) {
  MemoryMap two_nodes = machine();
  two_nodes.ram[1].place.nid = 7;
  two_nodes.has_nodes = true;
  two_nodes.notes = {"a note"};
  const absl::StatusOr<MemoryMap> map = fit(two_nodes, {.record_bytes = 64 * kSectionRecords});
  ASSERT_TRUE(map.ok()) << map.status();
  ASSERT_EQ(map->ram.size(), 2u);
  EXPECT_EQ(map->ram[0].place.nid, 0u);
  EXPECT_EQ(map->ram[1].place.nid, 7u);
  EXPECT_TRUE(map->has_nodes);
  EXPECT_EQ(map->notes.size(), 1u);
}

// As much as 52 bits can address, with a hole of half of it.
TEST(Fit, SizeOfTheMapCostsNothing) {
  MemoryMap map;
  map.ram = {{0, uint64_t{1} << 38, {0, 2}}, {(uint64_t{1} << 40) - 10, 10, {1, 2}}};
  const absl::StatusOr<MemoryMap> small = fit(map, {.record_bytes = 64 * kSectionRecords});
  ASSERT_TRUE(small.ok()) << small.status();
  ASSERT_EQ(small->ram.size(), 2u);
  EXPECT_EQ(small->ram[0].nr_pages, 31 * kSectionPages);
  EXPECT_EQ(small->ram[1].start_pfn, (31 + 8 + 1) * kSectionPages - 10);
}

TEST(Fit, WholeSectionsThatAreReservedAreKept) {
  MemoryMap map;
  map.ram = {{0, 20 * kSectionPages, {0, 2}}};
  map.reserved = {{2 * kSectionPages, 3 * kSectionPages}};
  const absl::StatusOr<MemoryMap> small = fit(map, {.record_bytes = 64 * kSectionRecords});
  ASSERT_TRUE(small.ok()) << small.status();
  EXPECT_EQ(small->reserved_pages(), 3 * kSectionPages);
}

TEST(Fit, SaysHowMuchIsNeeded) {
  EXPECT_EQ(fit(machine(), {.record_bytes = 4 * kSectionRecords - 1}).status().message(),
            "records: found room for 8388607 bytes, expected at least 8388608");
  const absl::Status status = fit(machine(), {.record_bytes = 7 * kSectionRecords}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(),
            "machine: found room for 3 sections of RAM, expected at least 4 (2 with holes or reserved pages, 2 runs "
            "without)");
}

TEST(OverNodes, CutsRamIntoContiguousParts) {
  const absl::StatusOr<MemoryMap> map = over_nodes(machine(), 3);
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_TRUE(validate(*map).ok()) << validate(*map);
  EXPECT_EQ(map->ram_pages(), machine().ram_pages());
  EXPECT_EQ(map->reserved_pages(), machine().reserved_pages());
  uint64_t pages[3] = {};
  uint32_t last = 0;
  for (const RamRange& range : map->ram) {
    ASSERT_GE(range.place.nid, last) << "nodes ascend";
    last = range.place.nid;
    pages[last] += range.nr_pages;
  }
  for (const uint64_t nr_pages : pages) EXPECT_NEAR(double(nr_pages), 31.0 / 3 * kSectionPages, kSectionPages);
}

TEST(OverNodes, ReservedPieceAcrossABorderIsCut) {
  MemoryMap map;
  map.ram = {{0, 4 * kSectionPages, {0, 2}}};
  map.reserved = {{2 * kSectionPages - 5, 10}};
  const absl::StatusOr<MemoryMap> cut = over_nodes(map, 2);
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_TRUE(validate(*cut).ok()) << validate(*cut);
  ASSERT_EQ(cut->ram.size(), 2u);
  EXPECT_EQ(cut->ram[1].start_pfn, 2 * kSectionPages);
  ASSERT_EQ(cut->reserved.size(), 2u);
  EXPECT_EQ(cut->reserved[1].nr_pages, 5u);
}

TEST(OverNodes, OneNodeChangesNothing) {
  const absl::StatusOr<MemoryMap> map = over_nodes(machine(), 1);
  ASSERT_TRUE(map.ok());
  ASSERT_EQ(map->ram.size(), machine().ram.size());
  EXPECT_EQ(map->ram[1].nr_pages, machine().ram[1].nr_pages);
  EXPECT_EQ(map->reserved.size(), 2u);
}

TEST(OverNodes, DevicesGoToTheFirstAndTheLastNode) {
  const MemoryMap map = fitted({.record_bytes = 128 * kSectionRecords, .nr_nodes = 4});
  EXPECT_EQ(map.devices[0].nid, 0u);
  EXPECT_EQ(map.devices[1].nid, 3u);
  EXPECT_EQ(map.nr_nodes(), 4u);
}

TEST(OverNodes, NoNodesAndTooManyAreErrors) {
  EXPECT_EQ(over_nodes(machine(), 0).status().message(),
            "machine: found 0 nodes, expected 1 to 31, the sections of its RAM");
  EXPECT_EQ(over_nodes(machine(), 32).status().message(),
            "machine: found 32 nodes, expected 1 to 31, the sections of its RAM");
  EXPECT_TRUE(over_nodes(machine(), 31).ok());
}

}  // namespace
}  // namespace memmap::simulator
