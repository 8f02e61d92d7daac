// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A comparison as a page: a bar for each policy in each picture that it has a value for, a card for each run.
#include "simulator/page/comparison_page.h"

#include <gtest/gtest.h>

#include "simulator/scenario/library.h"
#include "support/text.h"

namespace memmap::virtual_time {
namespace {

using support::count;

TEST(ComparisonPage, HasABarForEachPolicyAndACardForEachRun) {
  const Scenario scenario = *load_scenario("vm-2vcpu");
  const Policy policies[] = {Policy::padata, Policy::own_shared, Policy::own};
  const std::string page = comparison_page(compare(scenario, policies, "memmap-sim compare <vm>"));
  const size_t pictures = count(page, "<figure class=\"chart\"><h3>") - 1;  // one of them has curves
  EXPECT_GE(pictures, 3u);
  EXPECT_EQ(count(page, "<rect class=\"ours\""), 2 * pictures);
  EXPECT_EQ(count(page, "<rect class=\"theirs\""), pictures);
  for (const char* id : {"id=\"padata\"", "id=\"own_shared\"", "id=\"own\""}) EXPECT_EQ(count(page, id), 1u) << id;
  EXPECT_EQ(count(page, "<polyline"), 2u) << "this engine's two do the same here";
  EXPECT_EQ(count(page, "<tr class=\"row "), 3u);
  EXPECT_NE(page.find("memmap-sim compare &lt;vm&gt;"), std::string::npos);
}

TEST(ComparisonPage, SaysWhatDidNotEnd) {
  const Scenario scenario = *load_scenario("vm-2vcpu");
  const Policy policies[] = {Policy::own};
  Comparison comparison = compare(scenario, policies, "test");
  comparison.outcomes[0].error = "interrupted";
  const std::string page = comparison_page(comparison);
  EXPECT_NE(page.find("<p class=\"complaint\">this engine: interrupted</p>"), std::string::npos);
  EXPECT_EQ(count(page, "<rect class=\"ours\""), 0u);
}

}  // namespace
}  // namespace memmap::virtual_time
