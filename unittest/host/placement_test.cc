// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Memory on a node, here and where the kernel or a container refuses parts of it.
#include "host/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "host/refused_calls.h"

namespace memmap::host {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr size_t kMiB = size_t{1} << 20;

Placement make_placement(bool huge_pages, bool populate) {
  Placement placement;
  placement.huge_pages = huge_pages;
  placement.populate = populate;
  return placement;
}

PlacedMemory map(size_t nr_bytes, const Placement& placement) {
  auto memory = PlacedMemory::map(nr_bytes, placement);
  EXPECT_TRUE(memory.ok()) << memory.status();
  return memory.ok() ? *std::move(memory) : PlacedMemory();
}

size_t present_pages(const PlacedMemory& memory) {
  std::vector<unsigned char> present(memory.nr_bytes() / 4096);
  EXPECT_EQ(mincore(memory.address(), memory.nr_bytes(), present.data()), 0) << strerror(errno);
  size_t count = 0;
  for (unsigned char page : present) count += page & 1;
  return count;
}

bool is_mapped(const void* address) {
  unsigned char present = 0;
  return mincore(const_cast<void*>(address), 4096, &present) == 0;
}

TEST(PlacementTest, IsZeroedAndWritable) {
  const PlacedMemory memory = map(10000, {});
  EXPECT_EQ(memory.nr_bytes(), 12288u);
  char* const bytes = static_cast<char*>(memory.address());
  EXPECT_EQ(bytes[9999], 0);
  bytes[9999] = 1;
  EXPECT_THAT(memory.shortfall(), IsEmpty());
}

TEST(PlacementTest, PopulatedMeansPresent) {
  EXPECT_EQ(present_pages(map(3 * kMiB, make_placement(false, true))), 768u);
  EXPECT_EQ(present_pages(map(3 * kMiB, make_placement(false, false))), 0u);
}

TEST(PlacementTest, HugePagesAreAligned) {
  for (int i = 0; i < 3; ++i) {
    const PlacedMemory memory = map(5 * kMiB + 1, make_placement(true, true));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.address()) % (2 * kMiB), 0u);
    EXPECT_EQ(present_pages(memory), memory.nr_bytes() / 4096);
  }
  EXPECT_THAT(map(4096, make_placement(true, false)).shortfall(), IsEmpty()) << "too small for them: not a shortfall";
}

TEST(PlacementTest, ReservedAddressSpaceMayExceedMemory) {
  Placement placement;
  placement.no_reserve = true;
  const auto physical_pages = static_cast<size_t>(sysconf(_SC_PHYS_PAGES));
  const PlacedMemory memory = map(2 * physical_pages * 4096, placement);
  ASSERT_NE(memory.address(), nullptr);
  static_cast<char*>(memory.address())[physical_pages * 4096] = 1;
}

TEST(PlacementTest, MovesAndReleases) {
  PlacedMemory first = map(4096, {});
  void* const address = first.address();
  PlacedMemory second = std::move(first);
  EXPECT_EQ(second.address(), address);
  second = map(4096, {});
  EXPECT_NE(second.address(), address);
  void* const released = second.release();
  second = PlacedMemory();
  EXPECT_TRUE(is_mapped(released));
  PlacedMemory::unmap(released, 100);
  EXPECT_FALSE(is_mapped(released));
}

TEST(PlacementTest, ImpossibleSizes) {
  EXPECT_FALSE(PlacedMemory::map(0, {}).ok());
  EXPECT_FALSE(PlacedMemory::map(SIZE_MAX, {}).ok());
  EXPECT_THAT(std::string(PlacedMemory::map(size_t{1} << 60, {}).status().message()), HasSubstr("mmap of"));
}

TEST(PlacementTest, AnUnknownNodeIsAShortfall) {
  Placement placement = make_placement(false, true);
  placement.nid = 900;
  const PlacedMemory memory = map(4096, placement);
  EXPECT_THAT(memory.shortfall(), HasSubstr("not placed on node 900"));
  EXPECT_EQ(present_pages(memory), 1u) << "but there is memory";
}

Placement on_node_0() {
  Placement placement = make_placement(true, true);
  placement.nid = 0;
  return placement;
}

TEST(RefusalTest, WithoutMbind) {
  for (int error : {EPERM, ENOSYS}) {
    in_child([error] {
      forbid(SYS_mbind, error);
      const PlacedMemory memory = map(3 * kMiB, on_node_0());
      EXPECT_THAT(memory.shortfall(), HasSubstr("not placed on node 0 (mbind: " + std::string(strerror(error)) + ")"));
      EXPECT_EQ(present_pages(memory), 768u);
    });
  }
}

TEST(RefusalTest, WithoutMovePages) {
  in_child([] {
    forbid(SYS_move_pages, EPERM);
    const PlacedMemory memory = map(3 * kMiB, on_node_0());
    EXPECT_THAT(memory.shortfall(), HasSubstr("node 0"));
  });
}

TEST(RefusalTest, WithoutPopulateThePagesAreTouched) {
  in_child([] {
    forbid_third(SYS_madvise, 23, EINVAL);
    EXPECT_EQ(present_pages(map(3 * kMiB, make_placement(false, true))), 768u);
  });
}

TEST(RefusalTest, PopulateThatFailsIsAnError) {
  in_child([] {
    forbid_third(SYS_madvise, 23, ENOMEM);
    const auto memory = PlacedMemory::map(kMiB, make_placement(false, true));
    EXPECT_THAT(std::string(memory.status().message()), HasSubstr("populating 1048576 bytes"));
  });
}

TEST(RefusalTest, WithoutHugePages) {
  in_child([] {
    forbid_third(SYS_madvise, MADV_HUGEPAGE, EINVAL);
    EXPECT_THAT(map(3 * kMiB, make_placement(true, false)).shortfall(), HasSubstr("no huge pages"));
  });
}

}  // namespace
}  // namespace memmap::host
