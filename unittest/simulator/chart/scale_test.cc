// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Where values stand, and which numbers an axis shows.
#include "simulator/chart/scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace memmap::chart {
namespace {

TEST(Scale, IsInPercentAndKeepsInside) {
  const Scale linear(10, 20, false);
  EXPECT_DOUBLE_EQ(linear.at(15), 50);
  EXPECT_DOUBLE_EQ(linear.at(5), 0);
  EXPECT_DOUBLE_EQ(linear.at(25), 100);
  EXPECT_DOUBLE_EQ(linear.value(50), 15);
  const Scale logarithmic(1, 10'000, true);
  EXPECT_DOUBLE_EQ(logarithmic.at(100), 50);
  EXPECT_DOUBLE_EQ(logarithmic.at(0), 0);
  EXPECT_NEAR(logarithmic.value(75), 1000, 1e-9);
}

TEST(Scale, WithoutAnyWidthStandsAtTheBegin) {
  const Scale point(3, 3, true);
  EXPECT_DOUBLE_EQ(point.at(3), 0);
  EXPECT_EQ(point.ticks(5), std::vector<double>{3});
  const double infinite = std::numeric_limits<double>::infinity();
  for (const bool logarithmic : {false, true}) {
    EXPECT_EQ(Scale(3, infinite, logarithmic).ticks(5), std::vector<double>{3});
    EXPECT_EQ(Scale(3, std::nan(""), logarithmic).ticks(5), std::vector<double>{3});
  }
}

TEST(Scale, TicksAreRoundNumbers) {
  EXPECT_EQ(Scale(0, 568, false).ticks(4), (std::vector<double>{0, 200, 400}));
  EXPECT_EQ(Scale(0, 1, false).ticks(5), (std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1}));
  EXPECT_EQ(Scale(3, 24, true).ticks(6), (std::vector<double>{5, 10, 20}));
  EXPECT_EQ(Scale(10, 1000, true).ticks(6), (std::vector<double>{10, 100, 1000}));
  EXPECT_EQ(Scale(1, 1e10, true).ticks(6).size(), 6u);
}

TEST(Scale, TimesHaveTheirUnits) {
  EXPECT_EQ(tick_ns(0), "0");
  EXPECT_EQ(tick_ns(50), "50 ns");
  EXPECT_EQ(tick_ns(1000), "1 µs");
  EXPECT_EQ(tick_ns(2.5e6), "2.5 ms");
  EXPECT_EQ(tick_ns(1.2e11), "120 s");
}

TEST(Scale, TextAtTheEndsStaysInside) {
  EXPECT_STREQ(anchor_at(0), "start");
  EXPECT_STREQ(anchor_at(50), "middle");
  EXPECT_STREQ(anchor_at(100), "end");
}

}  // namespace
}  // namespace memmap::chart
