// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/free_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace memmap::simulator {
namespace {

class CgroupTest : public ::testing::Test {
 protected:
  ~CgroupTest() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }

  const std::string root_ = ::testing::TempDir() + "cgroups_of_memory";
};

TEST(FreeMemoryTest, ReadsMemAvailable) {
  EXPECT_EQ(*parse_available("MemTotal:  9 kB\nMemAvailable:   23509112 kB\n", "meminfo"), uint64_t{23509112} << 10);
}

TEST(FreeMemoryTest, NamesFileAndLine) {
  EXPECT_EQ(parse_available("MemTotal: 9 kB\n", "meminfo").status().message(),
            "meminfo: found no line \"MemAvailable\", expected one");
  EXPECT_EQ(parse_available("MemTotal: 9 kB\nMemAvailable: x kB", "meminfo").status().message(),
            "meminfo:2: found \"MemAvailable: x kB\", expected \"MemAvailable: NUMBER kB\"");
  EXPECT_FALSE(parse_available("MemAvailable: 18446744073709551615 kB", "meminfo").ok());
}

TEST(FreeMemoryTest, KnowsThisMachine) { EXPECT_GT(*free_memory_bytes(), 0); }

TEST_F(CgroupTest, TakesTheTightestAncestor) {
  write("/a/memory.max", "1000\n");
  write("/a/memory.current", "400\n");
  write("/a/b/memory.max", "max\n");
  write("/a/b/memory.current", "10\n");
  EXPECT_EQ(cgroup_bytes_left("0::/a/b\n", root_), 600);
  write("/a/b/memory.max", "500\n");
  EXPECT_EQ(cgroup_bytes_left("0::/a/b\n", root_), 490);
}

TEST_F(CgroupTest, NothingIsLeftAboveTheLimit) {
  write("/memory.max", "1000\n");
  write("/memory.current", "4000\n");
  EXPECT_EQ(cgroup_bytes_left("0::/\n", root_), 0);
}

TEST_F(CgroupTest, ReadsVersionOne) {
  write("/memory/x/memory.limit_in_bytes", "5000\n");
  write("/memory/x/memory.usage_in_bytes", "1000\n");
  EXPECT_EQ(cgroup_bytes_left("4:memory:/x\n3:cpu:/x\n", root_), 4000);
}

TEST_F(CgroupTest, WithoutALimitThereIsNone) {
  EXPECT_EQ(cgroup_bytes_left("0::/a\n4:memory:/x\n", root_), std::nullopt);
  EXPECT_EQ(cgroup_bytes_left("", root_), std::nullopt);
  EXPECT_EQ(cgroup_bytes_left("garbage", root_), std::nullopt);
}

}  // namespace
}  // namespace memmap::simulator
