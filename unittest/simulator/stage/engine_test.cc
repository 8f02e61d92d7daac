// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/engine.h"

#include <gtest/gtest.h>

#include "host/record_cost.h"
#include "memmap/pool.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

absl::StatusOr<std::unique_ptr<Engine>> engine_of(const EngineOptions& options) {
  const auto machine = load_machine(0);
  if (!machine.ok()) return machine.status();
  return Engine::make(*machine, 1, kSectionPages, options);
}

TEST(EngineTest, KnowsWhatARecordTakesHere) {
  const auto engine = engine_of({});
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_EQ((*engine)->pool()->record_ps, host::record_cost_ps());
}

TEST(EngineTest, OrWhatItIsTold) {
  const auto engine = engine_of({.record_ps = 12'345});
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_EQ((*engine)->pool()->record_ps, 12'345u);
}

}  // namespace
}  // namespace memmap::simulator
