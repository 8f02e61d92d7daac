// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How published timings are judged. What the judgement of each one is, is no test's business: docs/simulator.md has it.
#include "simulator/validation/validation.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace memmap::virtual_time {
namespace {

Verdict verdict(double low_ms, double high_ms, double predicted_ms) {
  Fact fact;
  fact.low_ms = low_ms, fact.high_ms = high_ms;
  return {fact, predicted_ms, false};
}

TEST(Verdicts, AreMax25PercentSpreadOrTicks) {
  EXPECT_TRUE(verdict(100, 100, 124).within());
  EXPECT_FALSE(verdict(100, 100, 126).within());
  EXPECT_TRUE(verdict(100, 200, 220).within()) << "as far from the middle as what was published differs by";
  EXPECT_FALSE(verdict(1000, 5000, 150).within()) << "a wide spread is no licence to be far from all of it";
  EXPECT_TRUE(verdict(2, 2, 9).within());
  EXPECT_TRUE(verdict(2, 2, 9).only_by_ticks());
  EXPECT_FALSE(verdict(100, 100, 110).only_by_ticks());
  EXPECT_FALSE(verdict(2, 2, 11).within());
  EXPECT_NEAR(verdict(100, 200, 180).error(), 0.2, 1e-9);
}

TEST(Facts, AreWellFormed) {
  std::set<std::string> keys;
  for (const Fact& fact : facts()) {
    EXPECT_TRUE(keys.insert(std::string(fact.key)).second) << fact.key;
    EXPECT_EQ(constants_of(fact.machine).machine, fact.machine) << fact.key;
    EXPECT_LE(fact.low_ms, fact.high_ms) << fact.key;
    EXPECT_FALSE(fact.source.empty()) << fact.key;
    EXPECT_TRUE(check(scenario_of(fact, constants_of(fact.machine)).machine).ok()) << fact.key;
  }
}

// A constant that was taken from a row gives that row back: else the model does not mean what its constants say.
TEST(Calibration, GivesItsOwnRowsBack) {
  for (const Fact& fact : facts()) {
    if (!fact.calibration || fact.job == Job::plug) continue;
    const double predicted_ms = predict_ms(fact, constants_of(fact.machine));
    EXPECT_NEAR(predicted_ms, (fact.low_ms + fact.high_ms) / 2, 0.05 * fact.high_ms) << fact.key;
  }
}

TEST(LeaveOneOut, FitsWithoutTheRowItself) {
  for (const Fact& fact : facts()) {
    if (fact.key != "bdx-1" && fact.key != "bdx-16") continue;
    const Constants fitted = fit_without(fact);
    EXPECT_NEAR(fitted.boot_ns, constants_of(fact.machine).boot_ns, 4) << fact.key;
    EXPECT_NEAR(fitted.write_gbs, constants_of(fact.machine).write_gbs, 3) << fact.key;
    EXPECT_NE(fitted.boot_ns, constants_of(fact.machine).boot_ns);
  }
}

}  // namespace
}  // namespace memmap::virtual_time
