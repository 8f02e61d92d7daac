// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/options/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace memmap::simulator {
namespace {

constexpr std::array<absl::string_view, 4> kNames = {"run", "sweep", "compare", "swarm"};

TEST(NearestTest, FindsWhatNeedsTheFewestChanges) {
  EXPECT_EQ(nearest("run", kNames), "run");
  EXPECT_EQ(nearest("rnu", kNames), "run");
  EXPECT_EQ(nearest("swep", kNames), "sweep");
  EXPECT_EQ(nearest("swarms", kNames), "swarm");
  EXPECT_EQ(nearest("compere", kNames), "compare");
}

TEST(NearestTest, OfEquallyNearOnesTakesTheFirst) { EXPECT_EQ(nearest("", kNames), "run"); }

TEST(NearestTest, AHintIsTheNearestNameOrAllOfThem) {
  EXPECT_EQ(hint("rnu", kNames), "one of run, sweep, compare, swarm");
  EXPECT_EQ(hint("rum", kNames), "run?");
  EXPECT_EQ(hint("compere", kNames), "compare?");
  EXPECT_EQ(hint("frobnicate", kNames), "one of run, sweep, compare, swarm");
}

}  // namespace
}  // namespace memmap::simulator
