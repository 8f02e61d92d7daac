// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/stage.h"

#include <gtest/gtest.h>

#include "simulator/kernel/geometry.h"
#include "simulator/stage/setting.h"

namespace memmap::simulator {
namespace {

std::unique_ptr<Setting> setting_of(const std::string& memory_map, uint32_t nr_nodes = 0, uint64_t mib = 64) {
  Options options;
  options.memory_bytes = mib << 20;
  options.nr_nodes = nr_nodes;
  options.memory_map = "unittest/simulator/inputs/testdata/" + memory_map;
  auto setting = make_setting(options, Progress(true));
  EXPECT_TRUE(setting.ok()) << setting.status();
  return setting.ok() ? *std::move(setting) : nullptr;
}

std::vector<uint32_t> nids_of(const Stage& stage) {
  std::vector<uint32_t> nids;
  for (const BootSpan& span : stage.boot()) {
    if (nids.empty() || nids.back() != span.zone.place.nid) nids.push_back(span.zone.place.nid);
  }
  return nids;
}

TEST(Stage, HasTheNodesOfTheMap) {
  const auto setting = setting_of("dmesg/cxl.log");
  ASSERT_NE(setting, nullptr);
  EXPECT_TRUE(setting->machine.pretended);
  EXPECT_EQ(nids_of(setting->stage), (std::vector<uint32_t>{0}));
  EXPECT_EQ(setting->stage.big().device.nid, 1u);  // the largest, of equal ones the first
  EXPECT_EQ(setting->stage.small().device.nid, 2u);
}

TEST(Stage, NodesMayBeSparse) {
  const auto setting = setting_of("dmesg/windows.log");
  ASSERT_NE(setting, nullptr);
  EXPECT_EQ(nids_of(setting->stage), (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(setting->stage.big().device.nid, 3u);
  EXPECT_EQ(setting->stage.small().device.nid, 1u);
}

TEST(Stage, NodesThatWereAskedForHoldInstead) {
  const auto setting = setting_of("dmesg/server.log", 3);
  ASSERT_NE(setting, nullptr);
  EXPECT_EQ(nids_of(setting->stage), (std::vector<uint32_t>{0, 1, 2}));
}

// As on a machine whose Normal zone begins a page behind 4 GiB.
TEST(Stage, EarlyPartEndsAtASection) {
  const auto setting = setting_of("dmesg/odd_zone.log", 0, 128);
  ASSERT_NE(setting, nullptr);
  bool odd = false;
  for (const BootSpan& span : setting->stage.boot()) {
    odd |= span.zone.start_pfn % kSectionPages != 0 && span.zone.deferred;
    const uint64_t end = span.zone.start_pfn + span.zone.nr_pages;
    EXPECT_TRUE(span.early_end == end || span.early_end % kSectionPages == 0) << span.early_end;
  }
  EXPECT_TRUE(odd);
  EXPECT_LT(setting->stage.early_pages(), setting->stage.boot_pages());
}

}  // namespace
}  // namespace memmap::simulator
