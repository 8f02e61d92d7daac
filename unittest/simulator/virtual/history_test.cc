// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Amounts over time: nothing is lost where bins grow, and each stands where it happened.
#include "simulator/virtual/history.h"

#include <gtest/gtest.h>

#include <numeric>

namespace memmap::virtual_time {
namespace {

double sum(const History& history) { return std::accumulate(history.bins().begin(), history.bins().end(), 0.0); }

TEST(History, SpreadsAnAmountEvenly) {
  History history;
  history.add(0, 4 * history.bin_ns(), 8);
  EXPECT_EQ(history.bins().size(), 4u);
  for (const double bin : history.bins()) EXPECT_NEAR(bin, 2, 1e-9);
  EXPECT_NEAR(history.until(history.bin_ns() * 3 / 2), 3, 1e-9);
  EXPECT_NEAR(history.rate(history.bin_ns(), 3 * history.bin_ns()), 2.0 / double(history.bin_ns()), 1e-12);
}

TEST(History, GrowsWithoutLosingAnything) {
  History history;
  for (uint64_t n = 0; n < 1000; ++n) history.add(n * 10'000, n * 10'000 + 7'000, 1);
  history.add(70'000'000'000, 70'000'000'100, 5);
  EXPECT_NEAR(sum(history), 1005, 1e-6);
  EXPECT_LE(history.bins().size(), History::kBins);
  EXPECT_NEAR(history.until(69'000'000'000), 1000, 1e-6);
  EXPECT_NEAR(history.until(80'000'000'000), 1005, 1e-6);
}

TEST(History, WhatTakesNoTimeIsThereToo) {
  History history;
  history.add(5'000, 5'000, 3);
  EXPECT_NEAR(sum(history), 3, 1e-9);
  EXPECT_EQ(history.until(0), 0);
  EXPECT_EQ(history.rate(7, 7), 0);
}

}  // namespace
}  // namespace memmap::virtual_time
