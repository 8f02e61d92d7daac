// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/figure.h"

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

TEST(FigureTest, AVerdictIsStrictAboutWhatExcusesAMiss) {
  Figure figure;
  figure.value = 1.2;
  figure.interval = {1.1, 1.3};
  EXPECT_EQ(verdict_of(figure), Verdict::none);
  figure.target = 1.2;
  EXPECT_EQ(verdict_of(figure), Verdict::met);
  figure.target = 1.25;
  EXPECT_EQ(verdict_of(figure), Verdict::undecided);
  figure.target = 2;
  EXPECT_EQ(verdict_of(figure), Verdict::missed);
  figure.bound = 1.31;  // nobody could, and we are not to be told from that
  EXPECT_EQ(verdict_of(figure), Verdict::limited);
  figure.bound = 1.4;  // nobody could, but we could do better
  EXPECT_EQ(verdict_of(figure), Verdict::missed);
  figure.bound = 0.8;  // beaten, so it bounds nothing
  EXPECT_EQ(verdict_of(figure), Verdict::missed);
  figure.bound = 2.1;
  EXPECT_EQ(verdict_of(figure), Verdict::missed);
  figure.better = Figure::Better::lower;
  figure.target = 0.6;
  figure.bound = 1.09;
  EXPECT_EQ(verdict_of(figure), Verdict::limited);
  figure.bound = 0.55;
  EXPECT_EQ(verdict_of(figure), Verdict::missed);
  EXPECT_STREQ(name_of(Verdict::limited), "at the limit");
}

}  // namespace
}  // namespace memmap::simulator
