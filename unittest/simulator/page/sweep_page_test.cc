// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A sweep as a page: a curve for each policy, a dot for each step, the bound below them.
#include "simulator/page/sweep_page.h"

#include <gtest/gtest.h>

#include "simulator/scenario/library.h"
#include "support/text.h"

namespace memmap::virtual_time {
namespace {

using support::count;

TEST(SweepPage, DrawsACurveForEachPolicyAndTheBound) {
  const Scenario scenario = *load_scenario("vm-2vcpu");
  const Policy policies[] = {Policy::padata, Policy::own};
  Sweep sweep = *parse_sweep("size:2GiB..8GiB");
  sweep.steps = 3;
  const std::string page = sweep_page(sweep, run_sweep(scenario, policies, sweep, "test"));
  const size_t pictures = count(page, "<figure class=\"chart\">");
  EXPECT_GE(pictures, 2u);
  EXPECT_EQ(count(page, "<polyline class=\"curve own\""), pictures);
  EXPECT_EQ(count(page, "class=\"dot padata\""), 3 * pictures);
  EXPECT_EQ(count(page, "<polyline class=\"curve the_bound\""), 1u);
  EXPECT_NE(page.find(" GiB</text>"), std::string::npos);
}

TEST(SweepPage, WithoutAStepThereIsNothingToDraw) {
  EXPECT_NE(sweep_page(Sweep{}, {}).find("nothing to draw"), std::string::npos);
}

}  // namespace
}  // namespace memmap::virtual_time
