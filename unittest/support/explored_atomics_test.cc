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
}

TEST(ExploredAtomics, FindsAnAccessToMemoryThatWasGivenUp) {
  const auto build = [](Scenario& scenario, bool take_it_again) {
    auto* const word = scenario.make<Atomic<int>>();
    auto* const given_up = scenario.make<Atomic<int>>();
    scenario.spawn("owner", [=] {
      give_up(word, sizeof *word);
      if (take_it_again) take_again(word);
      given_up->store(1, release);
    });
    scenario.spawn("late", [=] {
      if (given_up->load(acquire) != 0) word->load(seq_cst);
    });
  };
  const ExploreResult result = explore({}, [&](Scenario& s) { build(s, false); });
  EXPECT_NE(result.report.find("late accesses memory that was given up"), std::string::npos) << result.report;
  EXPECT_TRUE(explore({}, [&](Scenario& s) { build(s, true); }).exhausted);
}

// An access that came before, but nothing says so: it might still be on its way.
TEST(ExploredAtomics, FindsAnAccessThatIsNotOrderedBeforeTheMemoryIsGivenUp) {
  const auto build = [](Scenario& scenario, Order publish) {
    auto* const word = scenario.make<Atomic<int>>();
    auto* const left = scenario.make<Atomic<int>>();
    scenario.spawn("user", [=] {
      word->load(relaxed);
      left->store(1, publish);
    });
    scenario.spawn("owner", [=] {
      if (left->load(acquire) != 0) give_up(word, sizeof *word);
    });
  };
  for (const Memory memory : {Memory::interleaved, Memory::weak}) {
    ExploreOptions options;
    options.memory = memory;
    const ExploreResult result = explore(options, [&](Scenario& s) { build(s, relaxed); });
    EXPECT_NE(result.report.find("user accessed memory, and nothing orders that before owner gave it up"),
              std::string::npos)
        << result.report;
    EXPECT_TRUE(explore(options, [&](Scenario& s) { build(s, release); }).exhausted);
  }
}

}  // namespace
}  // namespace memmap::explore
