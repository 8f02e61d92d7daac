// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Machines as the engine sees them: homes and their reasons, thieves and their order, in both formats.
#include "simulator/doctor/machine_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/engine_topology.h"

namespace memmap::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

host::Topology synthetic(const char* description) {
  auto topology = host::load_synthetic(description);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return *std::move(topology);
}

MachineView view_of(const host::Topology& topology, uint32_t nr_workers = host::kAllCpus) {
  auto view = view_machine(topology, nr_workers);
  EXPECT_TRUE(view.ok()) << view.status();
  return *std::move(view);
}

// Nodes in a line: the further apart, the more distant.
host::Topology line_of_nodes() {
  host::Topology topology = synthetic("pack:4 [numa] core:2 pu:1");
  for (uint32_t i = 0; i < 4; ++i) {
    for (uint32_t j = 0; j < 4; ++j) topology.distances.push_back(10 * (1 + (i > j ? i - j : j - i)));
  }
  return topology;
}

TEST(MachineViewTest, ThievesGoToTheNearestFirst) {
  const MachineView view = view_of(line_of_nodes());
  ASSERT_EQ(view.groups.size(), 4u);
  ASSERT_EQ(view.groups[0].victims.size(), 3u);
  EXPECT_EQ(view.groups[0].victims[0].distance, 20u);
  EXPECT_THAT(view.groups[0].victims[0].groups, ElementsAre(1));
  EXPECT_THAT(view.groups[0].victims[2].groups, ElementsAre(3));
  EXPECT_EQ(view.groups[1].victims[0].groups.size(), 2u) << "two neighbours";
  EXPECT_EQ(view.distances, MachineView::Distances::symmetric);
  EXPECT_EQ(view.nr_workers, 8u);
}

TEST(MachineViewTest, DistancesMayBeAsymmetricOrNotTold) {
  host::Topology topology = line_of_nodes();
  topology.distances[1] = 11;
  EXPECT_EQ(view_of(topology).distances, MachineView::Distances::asymmetric);
  topology.distances.clear();
  EXPECT_EQ(view_of(topology).distances, MachineView::Distances::not_told);
}

TEST(MachineViewTest, ANodeWithoutCpusSaysWhoWorksOnItAndWhy) {
  host::Topology topology = synthetic("pack:2 [numa(memory=4GiB)] core:2 pu:1");
  host::Node attached, remote;
  attached.nid = 8;
  attached.subtype = "NVM";
  attached.local_cpus = topology.nodes[1].local_cpus;
  attached.local_cpus.push_back(0);  // wider than a socket: not the home of its CPUs
  remote.nid = 9;
  topology.nodes.push_back(attached);
  topology.nodes.push_back(remote);
  host::derive_locality(topology);
  MachineView view = view_of(topology);
  ASSERT_EQ(view.nodes.size(), 4u);
  EXPECT_EQ(view.nodes[0].why, host::Initiator::own);
  EXPECT_EQ(view.nodes[2].why, host::Initiator::attached);
  EXPECT_EQ(view.nodes[3].why, host::Initiator::nearest);
  EXPECT_EQ(view.nodes[3].homes.size(), 2u);
  topology.accesses.push_back({9, topology.nodes[1].local_cpus, 1000, 0});
  view = view_of(topology);
  EXPECT_EQ(view.nodes[3].why, host::Initiator::attribute);
  EXPECT_THAT(view.nodes[3].homes, ElementsAre(1));
}

TEST(MachineViewTest, GroupsWithoutWorkersAreNobodysHome) {
  const MachineView view = view_of(line_of_nodes(), 1);
  EXPECT_EQ(view.groups[0].nr_workers, 1u);
  EXPECT_EQ(view.groups[3].nr_workers, 0u);
  EXPECT_THAT(view.nodes[3].homes, ElementsAre(0));
  EXPECT_EQ(view.nodes[3].why, host::Initiator::nearest);
}

TEST(MachineViewTest, OneGroupStealsFromNobody) {
  const MachineView view = view_of(synthetic("core:2 pu:1"));
  EXPECT_THAT(view.groups[0].victims, IsEmpty());
  EXPECT_THAT(format_view(view), HasSubstr("nobody; CPUs 0-1"));
}

TEST(MachineViewTest, Formats) {
  const MachineView view = view_of(line_of_nodes());
  const std::string text = format_view(view);
  EXPECT_THAT(text, HasSubstr("CPUs 8, allowed 8; workers 8, groups 4; nodes 4, distances told, symmetric"));
  EXPECT_THAT(text, HasSubstr("1 (20), 2 (30), 3 (40); CPUs 0-1\n"));
  JsonWriter json;
  json.begin_object();
  write_view(json, view);
  json.end_object();
  EXPECT_THAT(json.written(), HasSubstr("\"distance\": 40"));
}

TEST(MachineViewTest, ManyVictimsAreCutShort) {
  const MachineView view = view_of(synthetic("pack:20 [numa] core:1 pu:1"));
  EXPECT_THAT(format_view(view), HasSubstr("1 2 3 4 5 6 7 8 9 10 11 12 (20), and 7 more; CPUs 0\n"));
}

TEST(IdListTest, JoinsNeighbours) {
  EXPECT_EQ(id_list({}), "");
  EXPECT_EQ(id_list({3}), "3");
  EXPECT_EQ(id_list({9, 1, 2, 0, 8, 5}), "0-2,5,8-9");
}

}  // namespace
}  // namespace memmap::simulator
