// SPDX-License-Identifier: GPL-2.0-only OR MIT
// All ways to initialise memory on a small stage, on one node and on pretended ones: each must leave every record as
// the reference has it, and the checks must find faults.
#include "simulator/events/engine_column.h"

#include <gtest/gtest.h>

#include "simulator/events/linux_column.h"
#include "simulator/events/record_check.h"
#include "simulator/events/strict_pass.h"
#include "simulator/stage/setting.h"

namespace memmap::simulator {
namespace {

class ColumnTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  ColumnTest() {
    Options options;
    options.memory_bytes = uint64_t{128} << 20;  // each node has pages to defer
    options.nr_nodes = GetParam();
    options.nr_workers = 2;
    const Progress progress(true);
    auto setting = make_setting(options, progress);
    EXPECT_TRUE(setting.ok()) << setting.status();
    if (setting.ok()) setting_ = *std::move(setting);
  }

  const Stage& stage() const { return setting_->stage; }
  uint64_t present_pages() const {
    return stage().boot_pages() + Stage::present_pages(stage().big()) + Stage::present_pages(stage().small());
  }

  Column play_engine(Domains domains, const WrapRequest& wrap = {}) {
    stage().prepare();
    auto column = engine_column(stage(), setting_->machine, {domains, setting_->nr_workers, 1, wrap});
    EXPECT_TRUE(column.ok()) << column.status();
    return column.ok() ? *std::move(column) : Column();
  }

  // Holes inside of sections are verified too, as reserved pages.
  void expect_all_verified(Column& column) {
    check_records(stage(), column);
    EXPECT_EQ(column.violations.total(), 0) << ::testing::PrintToString(column.violations.places);
    EXPECT_GE(column.records_verified, present_pages());
  }

  std::unique_ptr<Setting> setting_;
};

TEST_P(ColumnTest, TheLinuxWayIsRight) {
  ASSERT_NE(setting_, nullptr);
  stage().prepare();
  Column column = linux_column(stage(), setting_->machine, 1);
  expect_all_verified(column);
  EXPECT_EQ(column.goes_on_ns, column.big_ns);
}

TEST_P(ColumnTest, OneDomainIsRight) {
  ASSERT_NE(setting_, nullptr);
  Column column = play_engine(Domains::one);
  expect_all_verified(column);
  EXPECT_LE(column.goes_on_ns, column.big_ns);
}

TEST_P(ColumnTest, ADomainEachIsRightAndGrows) {
  ASSERT_NE(setting_, nullptr);
  Column column = play_engine(Domains::each_event);
  expect_all_verified(column);
  EXPECT_GE(column.growths, 1);
}

TEST_P(ColumnTest, EachRecordIsWrittenOnceAndWholeBeforeItsHandOver) {
  ASSERT_NE(setting_, nullptr);
  for (const auto kind : {StrictPass::Kind::count_writes, StrictPass::Kind::compare_before_ready}) {
    StrictPass strict(kind, Plant::none);
    Column column = play_engine(Domains::each_event, [&strict](memmap_request& request) { strict.wrap(request); });
    expect_all_verified(column);
    EXPECT_EQ(strict.violations().total(), 0);
    EXPECT_EQ(strict.nr_records(), present_pages());
  }
}

TEST_P(ColumnTest, PlantedFaultsAreFound) {
  ASSERT_NE(setting_, nullptr);
  Column column = play_engine(Domains::each_event);
  plant_fault(stage(), Plant::flip);
  check_records(stage(), column);
  EXPECT_EQ(column.violations.wrong, 1);
  EXPECT_EQ(column.violations.outside, 0);
  plant_fault(stage(), Plant::outside);
  check_records(stage(), column);
  EXPECT_EQ(column.violations.outside, 1);
}

INSTANTIATE_TEST_SUITE_P(Nodes, ColumnTest, ::testing::Values(1, 3));

}  // namespace
}  // namespace memmap::simulator
