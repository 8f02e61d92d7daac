// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/kernel_page.h"

#include <gtest/gtest.h>

#include "simulator/poisoned_memmap.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kDevicePfn = 5000;
constexpr uint64_t kDevicePages = 1500;
constexpr uint64_t kPagemap = 0xFFFF888012345600;

class KernelPage : public testing::Test {
 protected:
  // The written part is as expected, nothing around it was touched.
  void expect_part(const ExpectedPage& page) {
    EXPECT_EQ(records.nr_wrong(kDevicePfn + 10, 1000, page), 0u);
    EXPECT_EQ(records.nr_wrong(kDevicePfn, 10, {}), 0u);
    EXPECT_EQ(records.nr_wrong(kDevicePfn + 1010, kDevicePages - 1010, {}), 0u);
    EXPECT_EQ(records.nr_guards_written(), 0u);
  }

  PoisonedMemmap records{kDevicePfn, kDevicePages};
};

TEST_F(KernelPage, WritesRam) {
  init_pages(&records[kDevicePfn + 10], 1000, {3, 2});
  expect_part({Content::ram, 3, 2});
}

TEST_F(KernelPage, WritesReservedPages) {
  init_reserved_pages(&records[kDevicePfn + 10], 1000, {1023, 4});
  expect_part({Content::reserved, 1023, 4});
}

TEST_F(KernelPage, WritesDevicePages) {
  init_zone_device_pages(&records[kDevicePfn + 10], 1000, 7, kPagemap);
  expect_part({Content::device, 7, 4, kPagemap});
}

TEST_F(KernelPage, NoPagesMeansNoStore) {
  init_pages(&records[kDevicePfn], 0, {0, 0});
  init_reserved_pages(&records[kDevicePfn], 0, {0, 0});
  init_zone_device_pages(&records[kDevicePfn], 0, 0, kPagemap);
  EXPECT_EQ(records.nr_wrong(kDevicePfn, kDevicePages, {}), 0u);
}

}  // namespace
}  // namespace memmap::simulator
