// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/figures/stores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>

#include "simulator/kernel/geometry.h"
#include "simulator/stage/machine.h"

namespace memmap::simulator {
namespace {

class StoresTest : public ::testing::Test {
 protected:
  StoresTest() : memory_(static_cast<std::byte*>(::operator new (kBytes, std::align_val_t{64}))) {}
  ~StoresTest() override { ::operator delete (memory_, std::align_val_t{64}); }

  std::span<std::byte> memory() const { return {memory_, kBytes}; }

  static constexpr size_t kBytes = 2 * kSectionRecordBytes;
  std::byte* const memory_;
};

TEST_F(StoresTest, EachKindStoresEverywhere) {
  for (const StoreKind& kind : store_kinds()) {
    std::fill_n(memory_, kBytes, std::byte{1});
    kind.write(memory_ + 64, kBytes - 128);
    EXPECT_EQ(std::count(memory_, memory_ + kBytes, std::byte{1}), 128) << kind.name;
    EXPECT_EQ(memory_[63], std::byte{1}) << kind.name;
  }
}

TEST_F(StoresTest, TheLimitIsOfAKindOnTheseCpus) {
  const absl::StatusOr<Machine> machine = load_machine(0);
  ASSERT_TRUE(machine.ok());
  const StoreLimit limit = measure_store_limit(memory(), machine->cpus, 2);
  EXPECT_GT(limit.record_ns, 0);
  EXPECT_EQ(limit.cpus, machine->cpus);
  EXPECT_NE(limit.describe().find(limit.kind.name), std::string::npos);
  EXPECT_LE(measure_best_limit(memory(), machine->cpus, 1).cpus.size(), machine->cpus.size());
}

}  // namespace
}  // namespace memmap::simulator
