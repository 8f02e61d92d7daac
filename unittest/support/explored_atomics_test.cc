// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Where explored accesses arrive: ordinary outside of an exploration, noticed on memory that was given up inside.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "base/atomic.h"
#include "support/explored_memory.h"
#include "support/explorer.h"

namespace memmap::explore {
namespace {

TEST(ExploredAtomics, AccessesOutsideAreOrdinary) {
  Atomic<uint8_t> byte{250};
  EXPECT_EQ(byte.fetch_add(10, seq_cst), 250);
  EXPECT_EQ(byte.load(relaxed), 4);
  uint8_t expected = 3;
  EXPECT_FALSE(byte.compare_exchange(expected, 9, acq_rel));
  EXPECT_EQ(expected, 4);
  EXPECT_TRUE(byte.compare_exchange(expected, 9, acq_rel));
  EXPECT_EQ(byte.exchange(1, relaxed), 9);
}

TEST(ExploredAtomics, FindsAnAccessToMemoryThatWasGivenUp) {
  const auto build = [](Scenario& scenario, bool take_it_again) {
    auto* const word = scenario.make<Atomic<int>>();
    scenario.spawn("owner", [=] {
      word->store(1, seq_cst);
      give_up(word, sizeof *word);
      if (take_it_again) take_again(word);
    });
    scenario.spawn("late", [=] { word->load(seq_cst); });
  };
  const ExploreResult result = explore({}, [&](Scenario& s) { build(s, false); });
  EXPECT_NE(result.report.find("late accesses memory that was given up"), std::string::npos) << result.report;
  EXPECT_TRUE(explore({}, [&](Scenario& s) { build(s, true); }).exhausted);
}

}  // namespace
}  // namespace memmap::explore
