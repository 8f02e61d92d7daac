// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/statistics.h"

#include <gtest/gtest.h>

#include <numeric>

namespace memmap::simulator {
namespace {

// first, first + 1, ... n numbers, the large ones first.
Samples descending(size_t n, double first = 1) {
  Samples samples(n);
  std::iota(samples.rbegin(), samples.rend(), first);
  return samples;
}

TEST(StatisticsTest, PercentileIsTheNearestRank) {
  EXPECT_EQ(percentile(descending(100), 50), 50);
  EXPECT_EQ(percentile(descending(100), 99), 99);
  EXPECT_EQ(percentile(descending(100), 100), 100);
  EXPECT_EQ(percentile(descending(100), 0), 1);
  EXPECT_EQ(percentile(descending(7), 99), 7);
  EXPECT_EQ(percentile({42}, 50), 42);
  EXPECT_EQ(percentile({}, 50), 0);
}

TEST(StatisticsTest, MedianOfEvenManyIsInTheMiddle) {
  EXPECT_EQ(median(descending(7)), 4);
  EXPECT_EQ(median(descending(8)), 4.5);
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({}), 0);
}

// Ranks from tables of the sign test's interval at 95 %: 6: 1..6, 9: 2..8, 20: 6..15, 31: 10..22, 50: 18..33.
TEST(StatisticsTest, MedianIntervalHasTheRanksOfTheSignTest) {
  struct Case {
    size_t n;
    double low;
    double high;
  };
  for (const Case expected : {Case{1, 1, 1},
                              {2, 1, 2},
                              {5, 1, 5},
                              {6, 1, 6},
                              {8, 1, 8},
                              {9, 2, 8},
                              {20, 6, 15},
                              {31, 10, 22},
                              {50, 18, 33}}) {
    const Interval interval = median_interval(descending(expected.n));
    EXPECT_EQ(interval.low, expected.low) << expected.n;
    EXPECT_EQ(interval.high, expected.high) << expected.n;
  }
  EXPECT_EQ(median_interval({}).high, 0);
}

TEST(StatisticsTest, RatiosArePairwise) {
  EXPECT_EQ(ratios({2, 9, 5}, {4, 3}), (Samples{0.5, 3}));
  EXPECT_TRUE(ratios({}, {1}).empty());
}

TEST(StatisticsTest, BootstrapIsAroundTheEstimateAndFromItsSeedOnly) {
  const Samples ours = descending(1000, 2001);    // p99 2990
  const Samples theirs = descending(1000, 1001);  // p99 1990
  const Interval interval = percentile_ratio_interval(ours, theirs, 99, 7);
  EXPECT_LE(interval.low, 2990.0 / 1990.0);
  EXPECT_GE(interval.high, 2990.0 / 1990.0);
  EXPECT_LT(interval.low, interval.high);
  EXPECT_GT(interval.low, 1.48);
  EXPECT_LT(interval.high, 1.52);
  const Interval again = percentile_ratio_interval(ours, theirs, 99, 7);
  EXPECT_EQ(interval.low, again.low);
  EXPECT_EQ(interval.high, again.high);
  EXPECT_EQ(percentile_ratio_interval({}, theirs, 99, 7).high, 0);
}

TEST(StatisticsTest, PercentileIntervalOfEqualSamplesIsAPoint) {
  const Interval interval = percentile_interval(Samples(50, 3.0), 99, 1);
  EXPECT_EQ(interval.low, 3);
  EXPECT_EQ(interval.high, 3);
  EXPECT_EQ(percentile_interval({}, 99, 1).high, 0);
}

}  // namespace
}  // namespace memmap::simulator
