// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The engine's tables: what every machine must satisfy, then single decisions.
#include "host/engine_topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "host/locality.h"

namespace memmap::host {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Topology load(const std::string& source) {
  const bool file = source.find(".xml") != std::string::npos;
  auto topology = file ? load_xml("unittest/host/testdata/" + source) : load_synthetic(source);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return topology.ok() ? *topology : Topology{};
}

std::unique_ptr<EngineTopology> tables(const Topology& topology, uint32_t nr_workers = kAllCpus) {
  auto made = EngineTopology::create(topology, nr_workers);
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? std::move(*made) : nullptr;
}

std::vector<uint16_t> homes(const memmap_topology& table, uint32_t nid) {
  return {table.home + table.home_begin[nid], table.home + table.home_begin[nid + 1]};
}

// Victims of group g, nearest first.
std::vector<uint32_t> victims(const memmap_topology& table, uint32_t g) {
  std::vector<uint32_t> order(table.nr_groups);
  for (uint32_t h = 0; h < table.nr_groups; ++h) order[table.steal_rank[g * table.nr_groups + h]] = h;
  return order;
}

class EveryMachineTest : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryMachineTest, TablesAreWellFormed) {
  const Topology topology = load(GetParam());
  for (uint32_t nr_workers : {kAllCpus, 3u, 1u, 0u}) {
    const auto made = tables(topology, nr_workers);
    const memmap_topology& table = *made->table();
    ASSERT_GE(table.nr_groups, 1u);
    EXPECT_EQ(table.nr_nids, topology.nodes.back().nid + 1);
    std::set<uint32_t> cpus;
    for (uint32_t w = 0; w < table.nr_workers; ++w) {
      const Cpu* cpu = topology.find_cpu(made->cpu_of_worker(w));
      ASSERT_NE(cpu, nullptr);
      EXPECT_TRUE(cpu->allowed);
      EXPECT_EQ(table.group_of_worker[w], cpu->group);
      EXPECT_EQ(made->worker_of_cpu(cpu->os_id), w);
      EXPECT_TRUE(cpus.insert(cpu->os_id).second) << "two workers on one CPU";
    }
    for (uint32_t g = 0; g < table.nr_groups; ++g) {
      std::set<uint16_t> ranks(table.steal_rank + g * table.nr_groups, table.steal_rank + (g + 1) * table.nr_groups);
      EXPECT_EQ(ranks.size(), table.nr_groups) << "ranks are a permutation";
      EXPECT_EQ(table.steal_rank[g * table.nr_groups + g], 0);
      EXPECT_LE(topology.groups[g].cpus.size(), kGroupCpusMax);
      EXPECT_GE(table.width[g], 2);
    }
    for (uint32_t nid = 0; nid < table.nr_nids; ++nid) {
      EXPECT_EQ(homes(table, nid).empty(), topology.find_node(nid) == nullptr) << "node " << nid;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Machines, EveryMachineTest,
                         ::testing::Values("pu:1", "pack:1 core:2 pu:1", "pack:2 [numa] l3:3 core:3 pu:2",
                                           "core:200 pu:1", "pack:40 [numa] core:1 pu:1",
                                           "pack:8 [numa] [numa] core:28 pu:2", "four-nodes-asymmetric.xml",
                                           "hbm-shared-cpuset.xml", "sparse-ids-cpuless.xml", "disallowed.xml"));

TEST(StealTest, FollowsTheDirectionOfAsymmetricDistances) {
  const auto made = tables(load("four-nodes-asymmetric.xml"));
  EXPECT_THAT(victims(*made->table(), 0), ElementsAre(0, 2, 3, 1));
  EXPECT_THAT(victims(*made->table(), 1), ElementsAre(1, 0, 2, 3));
}

TEST(StealTest, PartsOfAnL3BeforeTheNodeBeforeTheRest) {
  const Topology topology = load("pack:2 [numa] l3:2 core:100 pu:1");  // an L3 of 100 CPUs is two groups
  ASSERT_EQ(topology.groups.size(), 8u);
  const auto made = tables(topology);
  for (uint32_t g = 0; g < 8; ++g) {
    const auto order = victims(*made->table(), g);
    EXPECT_EQ(order[1], g ^ 1) << "the other half of its L3";
    EXPECT_EQ(order[2] / 4, g / 4) << "the other L3 of its node";
    EXPECT_EQ(order[3] / 4, g / 4);
    EXPECT_NE(order[4] / 4, g / 4);
  }
}

TEST(StealTest, EqualVictimsAreSpread) {
  const auto made = tables(load("pack:8 [numa] core:2 pu:1"));
  std::set<uint32_t> first;
  for (uint32_t g = 0; g < 8; ++g) first.insert(victims(*made->table(), g)[1]);
  EXPECT_EQ(first.size(), 8u) << "every group is somebody's first victim";
}

TEST(HomeTest, CpulessNodes) {
  const auto made = tables(load("sparse-ids-cpuless.xml"));
  const memmap_topology& table = *made->table();
  EXPECT_THAT(homes(table, 0), ElementsAre(0));
  EXPECT_THAT(homes(table, 8), ElementsAre(1));
  EXPECT_THAT(homes(table, 252), ElementsAre(0)) << "nearest by distance";
  EXPECT_EQ(homes(table, 253).size(), 2u) << "equally far";
  EXPECT_THAT(homes(table, 255), ElementsAre(1)) << "best bandwidth, though not nearest";
  EXPECT_THAT(homes(table, 100), IsEmpty()) << "no node";
}

TEST(HomeTest, HbmGoesToTheCpusOfItsDram) {
  const auto made = tables(load("hbm-shared-cpuset.xml"));
  EXPECT_THAT(homes(*made->table(), 1), ::testing::UnorderedElementsAre(0, 1));
  EXPECT_THAT(homes(*made->table(), 3), ::testing::UnorderedElementsAre(2, 3));
}

TEST(HomeTest, OnlyGroupsWithWorkersWork) {
  const auto made = tables(load("disallowed.xml"));
  EXPECT_EQ(made->nr_workers(), 3u);
  EXPECT_THAT(homes(*made->table(), 2), ElementsAre(0)) << "its own CPUs are disallowed, node 0 is nearest";
  const auto none = tables(load("disallowed.xml"), 0);
  EXPECT_THAT(homes(*none->table(), 2), ElementsAre(2)) << "without workers everybody is at home";
}

TEST(WorkerTest, FewerThanCpusAreSpreadOverGroupsAndCores) {
  const auto made = tables(load("pack:2 [numa] core:2 pu:2"), 4);
  std::vector<uint32_t> cpus;
  for (uint32_t w = 0; w < made->nr_workers(); ++w) cpus.push_back(made->cpu_of_worker(w));
  EXPECT_THAT(cpus, ElementsAre(0, 2, 4, 6)) << "one each core";
  EXPECT_EQ(made->worker_of_cpu(1), MEMMAP_NO_WORKER);
  EXPECT_EQ(made->worker_of_cpu(4000), MEMMAP_NO_WORKER);
  EXPECT_EQ(made->group_of_cpu(7), 1u);
  EXPECT_EQ(made->group_of_cpu(4000), 0u);
}

TEST(WidthTest, AQuarterAtLeastTwo) {
  EXPECT_EQ(tables(load("pu:1"))->table()->width[0], 2);
  EXPECT_EQ(tables(load("core:9 pu:1"))->table()->width[0], 3);
  EXPECT_EQ(tables(load("core:64 pu:1"))->table()->width[0], 16);
}

TEST(RefusalTest, AnEmptyOrTooLargeTopology) {
  EXPECT_FALSE(EngineTopology::create(Topology{}).ok());
  Topology wide = load("pack:2 [numa] core:1 pu:1");
  wide.nodes.back().nid = 70000;
  EXPECT_THAT(std::string(EngineTopology::create(wide).status().message()), ::testing::HasSubstr("70000"));
}

}  // namespace
}  // namespace memmap::host
