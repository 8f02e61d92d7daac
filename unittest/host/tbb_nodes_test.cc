// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/tbb_nodes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "host/limits.h"
#include "support/sanitizers.h"

namespace memmap::host {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Topology two_nodes() { return *load_synthetic("numa:2 core:2 pu:1"); }  // CPUs 0, 1 and 2, 3

absl::StatusOr<std::vector<int>> ids_of(const Topology& topology, const std::vector<TbbNode>& nodes) {
  return tbb_node_of_groups(topology, [&nodes] { return nodes; });
}

std::string error(const Topology& topology, const std::vector<TbbNode>& nodes) {
  return std::string(ids_of(topology, nodes).status().message());
}

TEST(TbbNodesTest, AreFoundByTheirCpusNotByTheirNumbers) {
  const auto ids = ids_of(two_nodes(), {{0, {2, 3}}, {1, {0, 1}}});
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_THAT(*ids, ElementsAre(1, 0));
}

TEST(TbbNodesTest, WithoutTheBindingLibraryTwoNodesAreAnError) {
  EXPECT_THAT(error(two_nodes(), {{kAnyTbbNode, {0, 1, 2, 3}}}),
              HasSubstr("cannot tell this machine's 2 NUMA nodes apart: its node -1 has CPUs of 2 of them"));
  EXPECT_THAT(error(two_nodes(), {{0, {0, 1, 2, 3}}}), HasSubstr("its node 0 has CPUs of 2 of them"));
}

TEST(TbbNodesTest, ANodeThatTbbDoesNotHaveIsAnError) {
  EXPECT_THAT(error(two_nodes(), {{0, {0, 1}}}), HasSubstr("no NUMA node with the CPUs of node 1; it has 1 nodes"));
  EXPECT_THAT(error(two_nodes(), {}), HasSubstr("CPUs of node 0"));
}

TEST(TbbNodesTest, OneNodeNeedsNoBinding) {
  const auto ids = ids_of(*load_synthetic("numa:1 core:2 pu:1"), {{kAnyTbbNode, {0, 1}}});
  ASSERT_TRUE(ids.ok());
  EXPECT_THAT(*ids, Each(kAnyTbbNode));
}

// A cpuset that leaves one node: oneTBB's threads stay there by themselves.
TEST(TbbNodesTest, CpusThatAreNotAllowedDoNotCount) {
  Topology topology = two_nodes();
  topology.cpus[2].allowed = topology.cpus[3].allowed = false;
  const auto ids = ids_of(topology, {{kAnyTbbNode, {0, 1}}});
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_THAT(*ids, Each(kAnyTbbNode));
}

TEST(TbbNodesTest, ThisMachinesNodesHaveTheCpusOfThisProcess) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "it does not let oneTBB load libtbbbind, with RTLD_DEEPBIND";
  const std::vector<uint32_t> before = affinity_cpus();
  std::set<uint32_t> cpus;
  for (const TbbNode& node : ask_tbb_nodes()) {
    EXPECT_NE(node.id, kAnyTbbNode) << "libtbbbind is not there";
    cpus.insert(node.cpus.begin(), node.cpus.end());
  }
  EXPECT_EQ(std::vector<uint32_t>(cpus.begin(), cpus.end()), before);
  EXPECT_EQ(affinity_cpus(), before) << "as it was";
}

}  // namespace
}  // namespace memmap::host
