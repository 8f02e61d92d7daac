// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_shim/tables.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace memmap {
namespace {

constexpr uint32_t kNone = MEMMAP_TABLES_NO_NODE;

int on_a_line(int from, int to) { return 10 + 10 * std::abs(from - to); }
int all_equal(int from, int to) { return from == to ? 10 : 20; }

class Tables : public ::testing::Test {
 protected:
  void fill(std::vector<uint32_t> workers_of, int (*distance)(int, int) = on_a_line) {
    workers_of.resize(MEMMAP_SHIM_NODES, kNone);
    memmap_tables_fill(tables_.get(), workers_of.data(), distance);
  }
  std::vector<uint16_t> homes(uint32_t nid) const {
    return {tables_->home + tables_->home_begin[nid], tables_->home + tables_->home_begin[nid + 1]};
  }
  std::vector<uint16_t> ranks(uint32_t group) const {
    const uint16_t* const row = tables_->steal_rank + group * topology().nr_groups;
    return {row, row + topology().nr_groups};
  }
  const memmap_topology& topology() const { return tables_->topology; }

  using U16s = std::vector<uint16_t>;
  std::unique_ptr<memmap_tables> tables_ = std::make_unique<memmap_tables>();
};

TEST_F(Tables, OneGroupForEachNodeWithWorkers) {
  fill({2, kNone, 3, 0});
  EXPECT_EQ(topology().nr_workers, 5u);
  EXPECT_EQ(topology().nr_groups, 2u);
  EXPECT_EQ(topology().nr_nids, 4u);
  EXPECT_EQ(U16s(topology().group_of_worker, topology().group_of_worker + 5), (U16s{0, 0, 1, 1, 1}));
  EXPECT_EQ(homes(0), U16s{0});
  EXPECT_EQ(homes(1), U16s{}) << "no such node";
  EXPECT_EQ(homes(2), U16s{1});
  EXPECT_EQ(homes(3), U16s{1}) << "no CPUs: its nearest";
  EXPECT_EQ(memmap_tables_workers_at(tables_.get(), 0), 2u);
  EXPECT_EQ(memmap_tables_workers_at(tables_.get(), 1), 0u);
  EXPECT_EQ(memmap_tables_workers_at(tables_.get(), 3), 3u);
  EXPECT_EQ(memmap_tables_group(tables_.get(), 2), 1u);
  EXPECT_EQ(memmap_tables_group(tables_.get(), 3), 1u);
  EXPECT_EQ(memmap_tables_group(tables_.get(), 1), 0u);
  EXPECT_EQ(memmap_tables_group(tables_.get(), -1), 0u);
}

TEST_F(Tables, AllThatAreEquallyNearServeANodeWithoutCpus) {
  fill({1, 1, 0}, all_equal);
  EXPECT_EQ(homes(2), (U16s{0, 1}));
  EXPECT_TRUE(memmap_tables_at_home(tables_.get(), 0, 2));
  EXPECT_TRUE(memmap_tables_at_home(tables_.get(), 1, 2));
  EXPECT_FALSE(memmap_tables_at_home(tables_.get(), 1, 0));
  EXPECT_FALSE(memmap_tables_at_home(tables_.get(), 0, 63));
  EXPECT_FALSE(memmap_tables_at_home(tables_.get(), 64, 0));
}

TEST_F(Tables, NearerBeforeFartherAndNotAllTheSameOne) {
  fill({1, 1, 1, 1});
  EXPECT_EQ(ranks(0), (U16s{0, 1, 2, 3}));
  EXPECT_EQ(ranks(3), (U16s{3, 2, 1, 0}));
  fill({1, 1, 1, 1}, all_equal);
  EXPECT_EQ(ranks(0), (U16s{0, 1, 2, 3}));
  EXPECT_EQ(ranks(2), (U16s{2, 3, 0, 1}));
}

TEST_F(Tables, NobodyWorks) {
  fill({0, kNone, 0});
  EXPECT_EQ(topology().nr_workers, 0u);
  EXPECT_EQ(topology().nr_groups, 1u);
  EXPECT_EQ(homes(0), U16s{0});
  EXPECT_EQ(homes(2), U16s{0});
}

TEST_F(Tables, Bounds) {
  fill(std::vector<uint32_t>(MEMMAP_SHIM_NODES, 1000));
  EXPECT_EQ(topology().nr_workers, uint32_t{MEMMAP_TABLES_WORKERS});
  EXPECT_EQ(topology().nr_groups, MEMMAP_TABLES_WORKERS / MEMMAP_TABLES_PER_NODE);
  EXPECT_EQ(homes(63), (U16s{7})) << "its own workers were left out";
}

TEST_F(Tables, Misplaced) {
  fill({1, 1, 1});
  memmap_tables_misplace(tables_.get());
  EXPECT_EQ(homes(0), U16s{1});
  EXPECT_EQ(homes(2), U16s{0});
  EXPECT_TRUE(memmap_tables_at_home(tables_.get(), 2, 2)) << "what is right stays right";
}

}  // namespace
}  // namespace memmap
