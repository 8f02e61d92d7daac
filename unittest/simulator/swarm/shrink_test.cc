// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A case that fails is made smaller, fails in the same way, and does so each time.
#include "simulator/swarm/shrink.h"

#include <gtest/gtest.h>

namespace memmap::swarm {
namespace {

// The first seed in which the plant is found.
uint64_t first_that_fails(Runner& runner, Plant plant, Verdict* verdict) {
  for (uint64_t seed = 1; seed < 1000; ++seed) {
    Marks marks;
    *verdict = runner.run(draw(seed), plant, marks);
    if (!verdict->violation.empty()) return seed;
  }
  return 0;
}

void expect_shrunk(Plant plant, uint64_t at_most) {
  Runner runner;
  Verdict verdict;
  const uint64_t seed = first_that_fails(runner, plant, &verdict);
  ASSERT_NE(seed, 0u);
  const Case c = draw(seed);
  const Shrunk shrunk = shrink(runner, c, verdict, plant);
  EXPECT_LE(size_of(shrunk.smallest), size_of(c));
  EXPECT_LE(size_of(shrunk.smallest), at_most) << describe(shrunk.smallest);
  EXPECT_EQ(shrunk.verdict.invariant(), verdict.invariant());
  Marks marks;
  EXPECT_EQ(runner.run(shrunk.smallest, plant, marks).violation, shrunk.verdict.violation) << "it is replayed";
  EXPECT_EQ(runner.run(shrunk.smallest, Plant::none, marks).violation, "") << "the plant is what fails";
  const Shrunk again = shrink(runner, c, verdict, plant);
  EXPECT_EQ(describe(again.smallest), describe(shrunk.smallest));
  EXPECT_EQ(again.nr_runs, shrunk.nr_runs);
}

TEST(Shrink, APageThatIsLeftOut) { expect_shrunk(Plant::skipped_page, 60); }
TEST(Shrink, AWakeThatIsLost) { expect_shrunk(Plant::lost_wake, 120); }

TEST(Shrink, ItEndsWhereItMust) {
  Runner runner;
  Verdict verdict;
  const uint64_t seed = first_that_fails(runner, Plant::twice, &verdict);
  const Shrunk shrunk = shrink(runner, draw(seed), verdict, Plant::twice, 5);
  EXPECT_LE(shrunk.nr_runs, 5u);
  EXPECT_EQ(shrunk.verdict.invariant(), verdict.invariant());
}

TEST(Describe, SaysAllParts) {
  const std::string words = describe(draw(42));
  for (const char* part :
       {"seed 42, schedule", "machine: node", "faults, of 1024:", "domain 0:", "span 0:", "caller 0"})
    EXPECT_NE(words.find(part), std::string::npos) << part << "\n" << words;
}

}  // namespace
}  // namespace memmap::swarm
