// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A gtest fixture that explores a scenario under one kind of memory: exhaustively up to a bound, then at random
// without.
//
//     class Slot : public explore::EachMemory {};
//     TEST_P(Slot, CloseAgainstAScan) {
//       explore_each({.interleaved = 3, .weak = 2}, [](Scenario& scenario) { ... });
//     }
//     EACH_MEMORY(Slot);
#pragma once

#include <gtest/gtest.h>

#include "support/explorer.h"

namespace memmap::explore {

// Preemptions in an execution; one less where a sanitizer makes everything slow, and then not all executions.
struct Bounds {
  uint32_t interleaved = 2;
  uint32_t weak = 2;         // and with store buffers
  double max_seconds = 600;  // of each memory; a busy machine is no failure
};

class EachMemory : public ::testing::TestWithParam<Memory> {
 protected:
  void explore_each(Bounds bounds, const std::function<void(Scenario&)>& build);
};

std::string name_of(const ::testing::TestParamInfo<Memory>& memory);

#define EACH_MEMORY(fixture)                                                                                 \
  INSTANTIATE_TEST_SUITE_P(                                                                                  \
      Memory, fixture,                                                                                       \
      ::testing::Values(explore::Memory::interleaved, explore::Memory::store_buffer, explore::Memory::weak), \
      explore::name_of)

}  // namespace memmap::explore
