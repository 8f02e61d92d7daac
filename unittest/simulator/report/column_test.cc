// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/column.h"

#include <gtest/gtest.h>

namespace memmap::simulator {
namespace {

TEST(ViolationsTest, CountsAndKeepsTheFirstPlaces) {
  Violations violations;
  violations.found(&Violations::wrong, 0, "nothing");
  EXPECT_EQ(violations.total(), 0);
  EXPECT_TRUE(violations.places.empty());
  for (int n = 0; n < 20; ++n) violations.found(&Violations::twice, 2, "place " + std::to_string(n));
  EXPECT_EQ(violations.twice, 40);
  EXPECT_EQ(violations.places.size(), 8);
  EXPECT_EQ(violations.places.back(), "place 7");
}

TEST(ViolationsTest, AddsEachKind) {
  Violations one{.wrong = 1,
                 .missed = 2,
                 .twice = 4,
                 .outside = 8,
                 .early = 16,
                 .ready = 32,
                 .buddy = 64,
                 .calls = 128,
                 .places = {"here"}};
  Violations sum;
  sum.add(one);
  sum.add(one);
  EXPECT_EQ(sum.wrong, 2);
  EXPECT_EQ(sum.calls, 256);
  EXPECT_EQ(sum.total(), 2 * 255);
  EXPECT_EQ(sum.places.size(), 2);
}

}  // namespace
}  // namespace memmap::simulator
