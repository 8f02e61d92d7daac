// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Home nodes, locality groups and initiators of machines made by hand: no hwloc in here.
#include "host/locality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memmap::host {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<uint32_t> range(uint32_t begin, uint32_t end) {
  std::vector<uint32_t> ids;
  for (uint32_t id = begin; id < end; ++id) ids.push_back(id);
  return ids;
}

Node make_node(uint32_t nid, std::vector<uint32_t> cpus, const char* subtype = "") {
  Node node;
  node.nid = nid;
  node.local_cpus = std::move(cpus);
  node.subtype = subtype;
  return node;
}

// CPUs 0 .. nr_cpus, `cpus_per_l3` behind each L3 (0: no L3).
Topology make_machine(std::vector<Node> nodes, uint32_t nr_cpus, uint32_t cpus_per_l3 = 0) {
  Topology topology;
  topology.nodes = std::move(nodes);
  for (uint32_t id = 0; id < nr_cpus; ++id) {
    Cpu cpu;
    cpu.os_id = cpu.core = id;
    if (cpus_per_l3 != 0) cpu.l3 = id / cpus_per_l3;
    topology.cpus.push_back(cpu);
  }
  derive_locality(topology);
  return topology;
}

std::vector<bool> all(const Topology& topology) { return std::vector<bool>(topology.groups.size(), true); }

TEST(GroupTest, OneEachNode) {
  const Topology topology = make_machine({make_node(0, range(0, 4)), make_node(1, range(4, 8))}, 8, 4);
  ASSERT_EQ(topology.groups.size(), 2u);
  EXPECT_THAT(topology.groups[1].cpus, ElementsAre(4, 5, 6, 7));
  EXPECT_EQ(topology.groups[1].nid, 1u);
  EXPECT_EQ(topology.cpus[5].group, 1u);
}

TEST(GroupTest, SplitByL3) {
  const Topology topology = make_machine({make_node(0, range(0, 8))}, 8, 4);
  ASSERT_EQ(topology.groups.size(), 2u);
  EXPECT_EQ(topology.groups[0].nid, 0u);
  EXPECT_EQ(topology.groups[1].nid, 0u);
  EXPECT_THAT(topology.groups[1].cpus, ElementsAre(4, 5, 6, 7));
}

TEST(GroupTest, AtMost64CpusInEqualParts) {
  const Topology topology = make_machine({make_node(0, range(0, 130))}, 130);
  ASSERT_EQ(topology.groups.size(), 3u);
  for (const LocalityGroup& group : topology.groups) EXPECT_NEAR(double(group.cpus.size()), 43.3, 1);
  EXPECT_EQ(make_machine({make_node(0, range(0, 64))}, 64).groups.size(), 1u);
}

TEST(GroupTest, CpusOfAnOfflineNodeFormTheirOwn) {
  const Topology topology = make_machine({make_node(1, range(2, 4))}, 4);
  ASSERT_EQ(topology.groups.size(), 2u);
  EXPECT_EQ(topology.groups[0].nid, 1u);
  EXPECT_EQ(topology.groups[1].nid, kNone);
  EXPECT_THAT(topology.groups[1].cpus, ElementsAre(0, 1));
}

TEST(HomeTest, TheSmallestCpusetThenOrdinaryMemoryThenTheLowestId) {
  // Node 0: pmem of the whole package; 1, 2: its halves' DRAM. Node 3: HBM of 1's CPUs. Node 4: as 2, higher id.
  const Topology topology =
      make_machine({make_node(0, range(0, 4), "NVM"), make_node(1, range(0, 2)), make_node(2, range(2, 4)),
                    make_node(3, range(0, 2), "HBM"), make_node(4, range(2, 4))},
                   4);
  EXPECT_EQ(topology.cpus[0].home_nid, 1u);
  EXPECT_EQ(topology.cpus[2].home_nid, 2u);
  EXPECT_FALSE(topology.find_node(0)->has_cpus);
  EXPECT_FALSE(topology.find_node(3)->has_cpus);
  EXPECT_FALSE(topology.find_node(4)->has_cpus);
}

TEST(InitiatorTest, OwnGroupsInOrder) {
  const Topology topology = make_machine({make_node(0, range(0, 4)), make_node(3, range(4, 8))}, 8, 2);
  EXPECT_THAT(initiator_groups(topology, 0, all(topology)), ElementsAre(0, 1));
  EXPECT_THAT(initiator_groups(topology, 3, all(topology)), ElementsAre(2, 3));
}

TEST(InitiatorTest, AnAttachedNodeBelongsToTheCpusItIsAttachedTo) {
  const Topology topology =
      make_machine({make_node(0, range(0, 2)), make_node(1, range(2, 4)), make_node(2, range(2, 4), "NVM")}, 4);
  EXPECT_THAT(initiator_groups(topology, 2, all(topology)), ElementsAre(1));
}

Topology with_far_node() {
  Topology topology = make_machine(
      {make_node(0, range(0, 2)), make_node(1, range(2, 4)), make_node(2, range(4, 6)), make_node(9, {})}, 6);
  topology.distances = {10, 20, 20, 40,   // from 0
                        20, 10, 20, 30,   // from 1
                        20, 20, 10, 30,   // from 2
                        10, 99, 99, 10};  // back: must not count
  return topology;
}

TEST(InitiatorTest, NearestWhereNothingElseIsTold) {
  EXPECT_THAT(initiator_groups(with_far_node(), 9, {true, true, true}), UnorderedElementsAre(1, 2));
  EXPECT_THAT(initiator_groups(with_far_node(), 9, {true, false, false}), ElementsAre(0));
  EXPECT_THAT(initiator_groups(with_far_node(), 9, {false, false, false}), IsEmpty());
}

TEST(InitiatorTest, TheAttributeGoesBeforeTheDistance) {
  Topology topology = with_far_node();
  topology.accesses = {{9, {0, 1}, 500, 0}, {9, {2, 3}, 400, 100}, {1, {4, 5}, 900, 1}};
  EXPECT_THAT(initiator_groups(topology, 9, all(topology)), ElementsAre(0));
  EXPECT_THAT(initiator_groups(topology, 9, {false, true, true}), ElementsAre(1)) << "next best";
  topology.accesses = {{9, {0, 1}, 0, 300}, {9, {4, 5}, 0, 200}};
  EXPECT_THAT(initiator_groups(topology, 9, all(topology)), ElementsAre(2)) << "latency where no bandwidth is told";
}

TEST(InitiatorTest, ANodeWithoutAnEligibleGroupGoesToItsNeighbour) {
  const Topology topology = with_far_node();
  EXPECT_THAT(initiator_groups(topology, 0, {false, true, true}), UnorderedElementsAre(1, 2));
}

TEST(InitiatorTest, EqualCandidatesAreBoundedAndDifferFromNodeToNode) {
  std::vector<Node> nodes;
  for (uint32_t nid = 0; nid < 40; ++nid) nodes.push_back(make_node(nid, range(2 * nid, 2 * nid + 2)));
  nodes.push_back(make_node(100, {}));
  nodes.push_back(make_node(101, {}));
  const Topology topology = make_machine(std::move(nodes), 80);
  const auto first = initiator_groups(topology, 100, all(topology));
  const auto second = initiator_groups(topology, 101, all(topology));
  EXPECT_EQ(first.size(), kInitiatorGroupsMax);
  EXPECT_NE(first.front(), second.front());
}

}  // namespace
}  // namespace memmap::host
