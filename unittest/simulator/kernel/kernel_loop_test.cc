// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/kernel_loop.h"

#include <gtest/gtest.h>

#include "simulator/poisoned_memmap.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kDevicePagemap = 0xFFFF888012345600;

TEST(KernelLoop, DeviceWithItsOwnMemmap) {
  constexpr uint64_t kSpanPfn = 32768 - 1024;
  constexpr uint64_t kSpanPages = 1024 + 32768 + 512;
  constexpr memmap_altmap kAltmap{2, 1022};
  PoisonedMemmap records(kSpanPfn, kSpanPages);
  Pageblocks pageblocks(kSpanPfn, kSpanPages);
  init_altmap(records.memmap(), kSpanPfn, kAltmap, 1);
  init_zone_device(records.memmap(), pageblocks, kSpanPfn + 1024, kSpanPages - 1024, 1, kDevicePagemap);
  EXPECT_EQ(records.nr_wrong(kSpanPfn, 2, {}), 0u) << "an altmap's reserve was written";
  EXPECT_EQ(records.nr_wrong(kSpanPfn + 2, 1022, {Content::reserved, 1, 4}), 0u);
  EXPECT_EQ(records.nr_wrong(kSpanPfn + 1024, kSpanPages - 1024, {Content::device, 1, 4, kDevicePagemap}), 0u);
  EXPECT_EQ(records.nr_guards_written(), 0u);
  for (uint64_t pfn = kSpanPfn; pfn < kSpanPfn + kSpanPages; pfn += 512) {
    EXPECT_EQ(pageblocks.get(pfn), pfn < kSpanPfn + 1024 ? Migratetype::unmovable : Migratetype::movable);
  }
}

TEST(KernelLoop, NoAltmapNoRecords) {
  PoisonedMemmap records(0, 512);
  init_altmap(records.memmap(), 0, {0, 0}, 0);
  EXPECT_EQ(records.nr_wrong(0, 512, {}), 0u);
}

}  // namespace
}  // namespace memmap::simulator
