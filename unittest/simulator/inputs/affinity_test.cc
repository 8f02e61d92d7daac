// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/affinity.h"

#include <gtest/gtest.h>

#include <vector>

#include "simulator/inputs/sample.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kMib = 1 << 20;
// Node, begin, end in MiB.
Rows rows(const std::vector<NodeBytes>& blocks) {
  Rows rows;
  for (const NodeBytes& block : blocks) rows.push_back({block.nid, block.bytes.begin / kMib, block.bytes.end / kMib});
  return rows;
}

NodesOfMemory nodes(const Rows& windows, const Rows& ram) {
  std::vector<Affinity> affinities;
  std::vector<Bytes> ranges;
  for (const auto& row : windows) {
    affinities.push_back({uint32_t(row[0]), {row[1] * kMib, row[2] * kMib}, false, false, "f:1"});
  }
  for (const auto& row : ram) ranges.push_back({row[0] * kMib, row[1] * kMib});
  return nodes_of_memory(affinities, ranges);
}

TEST(Affinity, WindowsMayComeInAnyOrder) {
  const NodesOfMemory found = nodes({{2, 100, 200}, {0, 0, 100}}, {{0, 200}});
  EXPECT_EQ(rows(found.blocks), (Rows{{0, 0, 100}, {2, 100, 200}}));
  EXPECT_TRUE(found.notes.empty());
}

TEST(Affinity, WindowsOfOneNodeAreOneUnlessAnotherNodeIsBetween) {
  EXPECT_EQ(rows(nodes({{0, 0, 10}, {0, 20, 30}, {1, 30, 40}, {0, 40, 50}}, {{0, 50}}).blocks),
            (Rows{{0, 0, 30}, {1, 30, 40}, {0, 40, 50}}));
}

TEST(Affinity, OverlapWithItselfIsNothing) {
  EXPECT_EQ(rows(nodes({{1, 0, 30}, {1, 10, 20}, {1, 0, 30}}, {{0, 30}}).blocks), (Rows{{1, 0, 30}}));
}

TEST(Affinity, OverlapOfTwoNodesLeavesOneNode) {
  const NodesOfMemory found = nodes({{0, 0, 30}, {1, 20, 40}}, {{0, 40}});
  EXPECT_TRUE(found.blocks.empty());
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_EQ(found.notes[0],
            "all RAM is on node 0, as Linux does it where node 0 [mem 0x00000000-0x01dfffff] overlaps with node 1 [mem "
            "0x01400000-0x027fffff]");
}

TEST(Affinity, OverlapWhereNoRamIsDoesNotMatter) {
  EXPECT_EQ(rows(nodes({{0, 0, 40}, {1, 100, 300}, {2, 200, 400}}, {{0, 40}}).blocks), (Rows{{0, 0, 40}}));
}

TEST(Affinity, RamWithoutNode) {
  const NodesOfMemory much = nodes({{0, 0, 30}}, {{0, 31}});
  EXPECT_TRUE(much.blocks.empty());
  ASSERT_EQ(much.notes.size(), 1u);
  EXPECT_EQ(much.notes[0], "all RAM is on node 0, as Linux does it where 1 MiB of RAM are on no node");
  const NodesOfMemory little = nodes_of_memory({{0, {0, 30 * kMib}, false, false, "f:1"}}, {{0, 31 * kMib - 4096}});
  EXPECT_EQ(rows(little.blocks), (Rows{{0, 0, 30}}));
  ASSERT_EQ(little.notes.size(), 1u);
  EXPECT_EQ(little.notes[0], "1020 KiB of RAM are on no node and are left out");
}

TEST(Affinity, WindowsWithoutRamAreForDevices) {
  const NodesOfMemory found = nodes({{3, 500, 600}, {1, 0, 100}}, {{0, 40}});
  EXPECT_EQ(rows(found.blocks), (Rows{{1, 0, 40}}));
  EXPECT_EQ(rows(found.devices), (Rows{{1, 40, 100}, {3, 500, 600}}));
}

TEST(Affinity, NodesThatCannotBeAreLeftOut) {
  const NodesOfMemory found = nodes({{0, 0, 10}, {1024, 10, 20}, {5, 7, 7}}, {{0, 10}});
  EXPECT_EQ(rows(found.blocks), (Rows{{0, 0, 10}}));
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_EQ(found.notes[0], "f:1: node 1024 is left out, as Linux has nodes 0 to 1023");
}

TEST(Affinity, NoWindowsNoNodes) {
  EXPECT_TRUE(nodes({}, {{0, 10}}).blocks.empty());
  EXPECT_TRUE(nodes({{0, 0, 10}}, {}).blocks.empty());
}

}  // namespace
}  // namespace memmap::simulator
