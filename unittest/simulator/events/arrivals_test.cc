// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/arrivals.h"

#include <gtest/gtest.h>

namespace memmap::simulator {
namespace {

TEST(ArrivalsTest, FaultsWaitUntilTheEndAndLaterOnesLess) {
  const Samples waits = waits_until(10'000'000, 7);
  ASSERT_GT(waits.size(), 50);
  ASSERT_LT(waits.size(), 200);
  double before = 10'000'000;
  for (const double wait : waits) {
    EXPECT_LE(wait, before);
    EXPECT_GT(wait, 0);
    before = wait;
  }
}

TEST(ArrivalsTest, TheSeedDecides) {
  EXPECT_EQ(waits_until(10'000'000, 7), waits_until(10'000'000, 7));
  EXPECT_NE(waits_until(10'000'000, 7), waits_until(10'000'000, 8));
  EXPECT_TRUE(waits_until(0, 7).empty());
}

}  // namespace
}  // namespace memmap::simulator
