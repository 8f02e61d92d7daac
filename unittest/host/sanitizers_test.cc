// SPDX-License-Identifier: GPL-2.0-only OR MIT
// That tests know which sanitizer they run under. Here, as the headers that src/host includes have misled them.
#include "support/sanitizers.h"

#include <gtest/gtest.h>

// Of the run-time, which is linked where there is one: that asks the linker, not the macros that are asked there.
extern "C" void __asan_init() __attribute__((weak));
extern "C" void __tsan_init() __attribute__((weak));

namespace memmap::support {
namespace {

TEST(Sanitizers, AreThoseLinked) {
  EXPECT_EQ(kAddressSanitizer, __asan_init != nullptr);
  EXPECT_EQ(kThreadSanitizer, __tsan_init != nullptr);
}

}  // namespace
}  // namespace memmap::support
