// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/figure.h"

#include <gtest/gtest.h>

namespace memmap::simulator {
namespace {

TEST(FigureTest, TheFirstPairDoesNotCount) {
  std::vector<char> order;
  double next = 100;
  const Pairs pairs = measure_pairs(
      2, [&] { return order.push_back('o'), next += 1; }, [&] { return order.push_back('t'), next *= 2; });
  EXPECT_EQ(std::string(order.begin(), order.end()), "ototot");
  EXPECT_EQ(pairs.ours_ns, (Samples{203, 407}));
  EXPECT_EQ(pairs.theirs_ns, (Samples{406, 814}));
}

TEST(FigureTest, ThroughputIsHigherWhereWeTakeLessTime) {
  Figure figure = throughput_figure({{100, 200, 400}, {300, 500, 800}}, 100);
  EXPECT_EQ(figure.value, 2.5);
  EXPECT_EQ(figure.interval.low, 2);
  EXPECT_EQ(figure.interval.high, 3);
  EXPECT_EQ(figure.ours, 2);
  EXPECT_EQ(figure.theirs, 5);
  EXPECT_EQ(figure.samples, 3);
  figure.target = 2.5;
  EXPECT_TRUE(figure.met());
  figure.target = 2.6;
  EXPECT_FALSE(figure.met());
}

TEST(FigureTest, TimesAreBetterWhereTheyAreLower) {
  Figure figure = time_ratio_figure({{1000, 3000}, {2000, 3000}});
  EXPECT_EQ(figure.value, 0.75);
  EXPECT_EQ(figure.ours, 2);
  EXPECT_EQ(figure.theirs, 2.5);
  figure.target = 0.75;
  EXPECT_TRUE(figure.met());
  figure.target = 0.7;
  EXPECT_FALSE(figure.met());
}

TEST(FigureTest, PercentilesAreInMicroseconds) {
  const Figure time = time_figure({1000, 2000, 9000}, 99, 1);
  EXPECT_EQ(time.value, 9);
  const Figure ratio = percentile_ratio_figure({{1000, 2000, 9000}, {3000, 2000}}, 99, 1);
  EXPECT_EQ(ratio.value, 3);
  EXPECT_EQ(ratio.samples, 2);
}

}  // namespace
}  // namespace memmap::simulator
