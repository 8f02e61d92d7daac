// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Curves stand where their points are, and each has its place in the key.
#include "simulator/chart/curve_chart.h"

#include <gtest/gtest.h>

#include "support/text.h"

namespace memmap::chart {
namespace {

using support::has;

CurveChart chart() {
  CurveChart made{"Left", "over time", {Scale(0, 100, false), tick_ns}, {Scale(0, 10, false), tick_ns}, {}};
  made.curves = {{"one", "own", {{0, 10}, {50, 5}, {100, 0}}}, {"a & b", "padata", {{0, 10}}, true}};
  return made;
}

TEST(CurveChart, PointsAreInTheInnerPicture) {
  const std::string card = card_of(chart());
  EXPECT_TRUE(has(card, "class=\"curve own\" points=\"0.0,0.0 500.0,140.0 1000.0,280.0 \"")) << card;
  EXPECT_TRUE(has(card, "class=\"dot padata\" cx=\"0.00%\" cy=\"0.0\"")) << card;
  EXPECT_FALSE(has(card, "class=\"dot own\"")) << card;
}

TEST(CurveChart, TheKeyHasAllNames) {
  const std::string card = card_of(chart());
  EXPECT_TRUE(has(card, "</svg>one</li>") && has(card, "</svg>a &amp; b</li>")) << card;
}

TEST(CurveChart, TheSameCurveIsDrawnOnce) {
  std::vector<Curve> curves;
  add_curve(curves, {"one", "padata", {{0, 1}, {1, 0}}});
  add_curve(curves, {"another", "serial", {{0, 1}, {1, 1}}});
  add_curve(curves, {"the same", "own", {{0, 1}, {1, 0}}});
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[0].name, "one; the same");
  EXPECT_EQ(curves[0].style, "own");
}

TEST(CurveChart, TheBoundIsUpright) {
  CurveChart bounded = chart();
  EXPECT_FALSE(has(card_of(bounded), "class=\"bound\""));
  bounded.bound_x = 25;
  EXPECT_TRUE(has(card_of(bounded), "class=\"bound\" x1=\"25.00%\" x2=\"25.00%\""));
}

}  // namespace
}  // namespace memmap::chart
