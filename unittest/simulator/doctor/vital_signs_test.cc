// SPDX-License-Identifier: GPL-2.0-only OR MIT
// This machine, examined: figures in ranges that hold on every machine.
#include "simulator/doctor/vital_signs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memmap::simulator {
namespace {

TEST(VitalSignsTest, OfThisMachine) {
  const auto machine = load_machine(0);
  ASSERT_TRUE(machine.ok()) << machine.status();
  const auto signs = examine(*machine);
  ASSERT_TRUE(signs.ok()) << signs.status();
  EXPECT_EQ(signs->quota_error, "");
  EXPECT_GT(signs->free_bytes, 0u);
  EXPECT_FALSE(signs->clock_source.empty());
  EXPECT_GT(signs->clock_ns, 0);
  EXPECT_THAT(signs->tbb_version, testing::StartsWith("20"));
  EXPECT_GT(signs->store_record_ns, 0);
  EXPECT_GT(signs->wake_ns_p50, 0);
  EXPECT_GE(signs->wake_ns_p99, signs->wake_ns_p50);
  EXPECT_GT(signs->running_share, 0);
  EXPECT_LE(signs->running_share, 1);
  EXPECT_THAT(machine->cpus, testing::Contains(signs->least_running_cpu));
}

TEST(MeminfoTest, NumbersByTheirKeys) {
  const std::string text = "MemTotal:       100 kB\nHugePages_Free:        7\nHugepagesize:       2048 kB\nrubbish\n";
  EXPECT_EQ(meminfo_number(text, "HugePages_Free:"), 7u);
  EXPECT_EQ(meminfo_number(text, "Hugepagesize:"), 2048u);
  EXPECT_EQ(meminfo_number(text, "absent:"), 0u);
}

}  // namespace
}  // namespace memmap::simulator
