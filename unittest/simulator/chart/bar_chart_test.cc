// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Bars are as long as their values say, on a scale that shows all of them.
#include "simulator/chart/bar_chart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "simulator/chart/scale.h"
#include "support/text.h"

namespace memmap::chart {
namespace {

using support::has;

TEST(BarChart, IsInProportionWhereValuesAreAlike) {
  const std::string svg =
      svg_of({"title", "us", {{"a", 5, {5, 5}, Bar::Of::ours}, {"b", 10, {9, 10}, Bar::Of::theirs}}});
  EXPECT_TRUE(has(svg, "class=\"ours\" x=\"0\" y=\"18\" width=\"50.00%\"")) << svg;
  EXPECT_TRUE(has(svg, "x1=\"90.00%\" x2=\"100.00%\"")) << svg;
  EXPECT_FALSE(has(svg, "class=\"bound\"")) << svg;
}

TEST(BarChart, IsLogarithmicWhereTheyDifferMuch) {
  Chart chart{"title", "us", {{"a", 1e6, {1e6, 1e6}, Bar::Of::ours, "one"}, {"b", 1e8, {}, Bar::Of::theirs}}};
  chart.tick = tick_ns;
  const std::string svg = svg_of(chart);
  EXPECT_TRUE(has(svg, "class=\"grid\" x1=\"50.00%\"")) << svg;
  EXPECT_TRUE(has(svg, ">10 ms<") && has(svg, ">one<")) << svg;
}

TEST(BarChart, ABoundIsALineThroughEachBar) {
  Chart chart{"title", "us", {{"a", 5, {5, 5}, Bar::Of::ours}, {"b", 10, {10, 10}, Bar::Of::limit}}, 2};
  const std::string svg = svg_of(chart);
  EXPECT_TRUE(has(svg, "class=\"bound\" x1=\"20.00%\" x2=\"20.00%\" y1=\"16\"")) << svg;
  EXPECT_TRUE(has(svg, "y1=\"54\"")) << svg;
}

TEST(BarChart, WhatIsNoNumberLeavesTheOthersAsTheyAre) {
  const double none = std::nan(""), infinite = std::numeric_limits<double>::infinity();
  const std::string svg = svg_of({"title",
                                  "us",
                                  {{"a", 5, {5, 5}, Bar::Of::ours},
                                   {"b", 10, {9, infinite}, Bar::Of::theirs},
                                   {"c", none, {none, none}, Bar::Of::theirs},
                                   {"d", infinite, {infinite, infinite}, Bar::Of::theirs}},
                                  none});
  EXPECT_TRUE(has(svg, "class=\"ours\" x=\"0\" y=\"18\" width=\"50.00%\"")) << svg;
  EXPECT_FALSE(has(svg, "nan%")) << svg;
}

TEST(BarChart, NothingIsNothing) { EXPECT_EQ(svg_of(Chart{"title", "us", {}}), ""); }

TEST(BarChart, NamesAreText) {
  const std::string card = card_of(Chart{"a < b", "us", {{"x & y", 1, {1, 1}, Bar::Of::ours}}});
  EXPECT_TRUE(has(card, "<h3>a &lt; b <span") && has(card, ">x &amp; y<")) << card;
}

}  // namespace
}  // namespace memmap::chart
