// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Pages left: what was asked for, less what was written, less what went away; a workload's writes do not count.
#include "simulator/page/pages_left.h"

#include <gtest/gtest.h>

namespace memmap::virtual_time {
namespace {

Outcome outcome() {
  Outcome made;
  made.policy = Policy::own;
  made.end_ns = 2'000'000;
  made.events = {{"a", 0, 1000, 0, 1'000'000, 0, 0, 0}, {"b", 500'000, 600, 0, 0, 0, 700'000, 100}};
  made.uses.resize(1);
  made.uses[0].written.add(0, 1'000'000, 1500 + 50);
  made.traffic.add(0, 1'000'000, 50);
  return made;
}

TEST(PagesLeft, CountsFromWhenTheyWereAskedFor) {
  const Outcome made = outcome();
  EXPECT_NEAR(pages_left(made, 0), 1000, 1);
  EXPECT_NEAR(pages_left(made, 499'999), 250, 5);
  EXPECT_NEAR(pages_left(made, 500'000), 850, 5);
  EXPECT_NEAR(pages_left(made, 1'100'000), 100, 5) << "those that nobody writes any more";
  EXPECT_NEAR(pages_left(made, 1'200'000), 0, 5) << "gone";
}

TEST(PagesLeft, PoliciesThatDoTheSameShareACurve) {
  Comparison comparison;
  comparison.bound.total_ns = 500'000;
  comparison.outcomes = {outcome(), outcome(), outcome()};
  comparison.outcomes[1].policy = Policy::padata;
  comparison.outcomes[2].policy = Policy::serial;
  comparison.outcomes[2].uses[0].written.add(1'000'000, 2'000'000, 100);
  comparison.outcomes[2].events[0].records += 100;
  const chart::CurveChart chart = pages_left_chart(comparison);
  ASSERT_EQ(chart.curves.size(), 2u);
  EXPECT_EQ(chart.curves[0].name, "this engine; padata, 5.8");
  EXPECT_EQ(chart.curves[0].style, "padata");
  EXPECT_EQ(chart.bound_x, 500'000);
}

TEST(PagesLeft, ARunThatDidNotEndHasNoCurve) {
  Comparison comparison;
  comparison.outcomes = {outcome()};
  comparison.outcomes[0].error = "interrupted";
  EXPECT_TRUE(pages_left_chart(comparison).curves.empty());
}

}  // namespace
}  // namespace memmap::virtual_time
