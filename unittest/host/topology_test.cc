// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Reading machines: synthetic ones, files (testdata/: made with lstopo, hwloc-annotate and an editor), this one, bad
// input.
#include "host/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace memmap::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Topology load_file(const std::string& name) {
  auto topology = load_xml("unittest/host/testdata/" + name);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return topology.ok() ? *topology : Topology{};
}

Topology make(const std::string& description) {
  auto topology = load_synthetic(description);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return topology.ok() ? *topology : Topology{};
}

std::vector<uint32_t> nids(const Topology& topology) {
  std::vector<uint32_t> ids;
  for (const Node& node : topology.nodes) ids.push_back(node.nid);
  return ids;
}

TEST(SyntheticTest, NodesCpusAndBytes) {
  const Topology topology = make("pack:2 [numa(memory=3GiB)] l3:1 core:2 pu:2");
  EXPECT_THAT(nids(topology), ElementsAre(0, 1));
  EXPECT_EQ(topology.nodes[0].bytes, uint64_t{3} << 30);
  EXPECT_THAT(topology.nodes[1].local_cpus, ElementsAre(4, 5, 6, 7));
  ASSERT_EQ(topology.cpus.size(), 8u);
  EXPECT_EQ(topology.cpus[5].home_nid, 1u);
  EXPECT_EQ(topology.cpus[4].core, topology.cpus[5].core);
  EXPECT_NE(topology.cpus[5].core, topology.cpus[6].core);
  EXPECT_EQ(topology.cpus[4].l3, topology.cpus[7].l3);
  EXPECT_FALSE(topology.this_machine);
}

TEST(SyntheticTest, DistancesHaveADefault) {
  const Topology topology = make("pack:2 [numa] core:2 pu:1");
  EXPECT_THAT(topology.distances, IsEmpty());
  EXPECT_EQ(topology.distance(0, 0), kDistanceLocal);
  EXPECT_EQ(topology.distance(0, 1), kDistanceRemote);
  EXPECT_EQ(topology.distance(0, 77), kDistanceRemote) << "an unknown node is remote";
  EXPECT_THAT(topology.accesses, IsEmpty());
}

TEST(XmlTest, AsymmetricDistancesKeepTheirDirection) {
  const Topology topology = load_file("four-nodes-asymmetric.xml");
  ASSERT_EQ(topology.nodes.size(), 4u);
  EXPECT_EQ(topology.distance(0, 1), 30u);
  EXPECT_EQ(topology.distance(1, 0), 15u);
  EXPECT_EQ(topology.distance(2, 2), 10u);
}

TEST(XmlTest, HbmSharesItsCpusWithDram) {
  const Topology topology = load_file("hbm-shared-cpuset.xml");
  ASSERT_EQ(topology.nodes.size(), 4u);
  EXPECT_EQ(topology.nodes[0].local_cpus, topology.nodes[1].local_cpus);
  EXPECT_TRUE(topology.nodes[0].has_cpus);
  EXPECT_FALSE(topology.nodes[1].has_cpus);
  EXPECT_EQ(topology.nodes[1].subtype, "HBM");
  for (const Cpu& cpu : topology.cpus) EXPECT_EQ(cpu.home_nid, cpu.os_id < 8 ? 0u : 2u);
}

TEST(XmlTest, SparseIdsAndNodesAtTheRoot) {
  const Topology topology = load_file("sparse-ids-cpuless.xml");
  EXPECT_THAT(nids(topology), ElementsAre(0, 8, 252, 253, 255));
  EXPECT_THAT(topology.find_node(253)->local_cpus, IsEmpty());
  EXPECT_EQ(topology.find_node(252)->local_cpus.size(), 4u) << "the root's";
  for (uint32_t nid : {252u, 253u, 255u}) EXPECT_FALSE(topology.find_node(nid)->has_cpus) << nid;
  EXPECT_EQ(topology.find_node(7), nullptr);
  EXPECT_EQ(topology.find_cpu(65)->home_nid, 8u);
  EXPECT_EQ(topology.find_cpu(2), nullptr);
  EXPECT_EQ(topology.distance(8, 252), 80u);
  EXPECT_EQ(topology.distance(0, 252), 30u);
}

TEST(XmlTest, MemoryAttributesByInitiator) {
  const Topology topology = load_file("sparse-ids-cpuless.xml");
  ASSERT_EQ(topology.accesses.size(), 2u);
  EXPECT_EQ(topology.accesses[0].nid, 255u);
  EXPECT_THAT(topology.accesses[0].initiator_cpus, ElementsAre(0, 1));
  EXPECT_EQ(topology.accesses[0].bandwidth_mib_per_s, 20000u);
  EXPECT_EQ(topology.accesses[0].latency_ns, 0u) << "not told";
  EXPECT_THAT(topology.accesses[1].initiator_cpus, ElementsAre(64, 65));
  EXPECT_EQ(topology.accesses[1].bandwidth_mib_per_s, 50000u);
  EXPECT_EQ(topology.accesses[1].latency_ns, 300u);
}

TEST(XmlTest, DisallowedCpusAndNodesStayAndAreMarked) {
  const Topology topology = load_file("disallowed.xml");
  ASSERT_EQ(topology.nodes.size(), 4u);
  ASSERT_EQ(topology.cpus.size(), 8u);
  for (const Cpu& cpu : topology.cpus) EXPECT_EQ(cpu.allowed, cpu.os_id <= 2) << cpu.os_id;
  for (const Node& node : topology.nodes) EXPECT_EQ(node.allowed, node.nid <= 1) << node.nid;
  EXPECT_EQ(topology.distance(0, 3), 22u) << "the matrix keeps its disallowed columns";
}

TEST(XmlTest, IsNeverThisMachine) {
  for (const char* name : {"four-nodes-asymmetric.xml", "disallowed.xml"}) EXPECT_FALSE(load_file(name).this_machine);
}

TEST(ThisMachineTest, HasAllowedCpusWithHomes) {
  const auto topology = load_this_machine();
  ASSERT_TRUE(topology.ok()) << topology.status();
  EXPECT_TRUE(topology->this_machine);
  uint32_t nr_allowed = 0;
  for (const Cpu& cpu : topology->cpus) nr_allowed += cpu.allowed;
  EXPECT_GE(nr_allowed, 1u);
  EXPECT_GT(topology->nodes[0].bytes, 0u);
}

std::string complaint(const std::string& path) { return std::string(load_xml(path).status().message()); }

TEST(BadInputTest, SaysWhatAndWhere) {
  const std::string directory = ::testing::TempDir();
  std::ofstream(directory + "/empty.xml").close();
  std::ofstream(directory + "/text.xml") << "core:2 pu:2\n";
  std::ofstream(directory + "/cut.xml")
      << "<?xml version=\"1.0\"?>\n<topology version=\"2.0\">\n  <object type=\"Machine\"";
  EXPECT_THAT(complaint(directory + "/none.xml"), HasSubstr("none.xml: cannot be opened"));
  EXPECT_THAT(complaint(directory + "/empty.xml"), HasSubstr("empty.xml:1: empty"));
  EXPECT_THAT(complaint(directory), HasSubstr("not a file"));
  EXPECT_THAT(complaint(directory + "/text.xml"), HasSubstr("text.xml: not readable as an hwloc XML file"));
  EXPECT_THAT(complaint(directory + "/cut.xml"), HasSubstr("cut.xml: not readable as an hwloc XML file"));
}

TEST(BadInputTest, SyntheticDescription) {
  for (const char* description : {"", "pack:x", "nonsense", "pack:2 pu:0", "node:99999999 pu:1", "pack:128 core:65"}) {
    const auto topology = load_synthetic(description);
    ASSERT_FALSE(topology.ok()) << description;
    EXPECT_THAT(std::string(topology.status().message()), HasSubstr("synthetic description"));
  }
}

}  // namespace
}  // namespace memmap::host
