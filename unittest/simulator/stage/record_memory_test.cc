// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/record_memory.h"

#include <gtest/gtest.h>

#include <limits>

namespace memmap::simulator {
namespace {

constexpr uint64_t kMib = uint64_t{1} << 20;

absl::StatusOr<RecordMemory> reserve(uint64_t nr_bytes) {
  static const absl::StatusOr<Machine> machine = load_machine(0);
  return RecordMemory::reserve(*machine, {nr_bytes});
}

TEST(RecordMemoryTest, CarvesPagesUntilNothingIsLeft) {
  absl::StatusOr<RecordMemory> memory = reserve(4 * kMib);
  ASSERT_TRUE(memory.ok());
  EXPECT_EQ(memory->make_present(std::numeric_limits<double>::infinity(), [](double) {}), 1);
  std::byte* const first = memory->carve(0, 100);
  std::byte* const second = memory->carve(0, 4 * kMib - 4096);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(second, first + 4096);
  second[4 * kMib - 4097] = std::byte{1};
  EXPECT_EQ(memory->carve(0, 1), nullptr);
}

TEST(RecordMemoryTest, StopsWhenTimeIsUpButNotBeforeTheLeast) {
  constexpr uint64_t kBytes = 2 * RecordMemory::kLeast;
  absl::StatusOr<RecordMemory> memory = reserve(kBytes);
  ASSERT_TRUE(memory.ok());
  double last = -1;
  const double present = memory->make_present(0, [&last](double part) {
    EXPECT_GT(part, last);
    last = part;
  });
  EXPECT_EQ(present, 0.5);
}

}  // namespace
}  // namespace memmap::simulator
