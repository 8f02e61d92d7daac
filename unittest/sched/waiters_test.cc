// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Waiters: who is woken for what; eight in slots with a range each, any further ones in the crowd.
#include "sched/waiters.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "support/test_pool.h"

namespace memmap::sched {
namespace {

using support::TestEnv;

struct WaitersTest : testing::Test {
  WaitersTest() {
    env.on_wake = [this](uint32_t* word) { woken.insert(word); };
  }
  // Whether a retire of the range wakes this one; its event moves with it.
  bool wakes(Waiting& waiting, UnitRange retired, bool over = false) {
    woken.clear();
    const uint32_t before = waiting.event().load(relaxed);
    waiters.wake(env.env, retired, over, false);
    const bool was_woken = woken.count(waiting.event().address()) != 0;
    EXPECT_EQ(waiting.event().load(relaxed) != before, was_woken) << "an event moves exactly when it is woken";
    return was_woken;
  }

  TestEnv env;
  Waiters waiters;
  std::set<uint32_t*> woken;
  Job job, other;
};

TEST_F(WaitersTest, NobodyThereNobodyWoken) {
  waiters.wake(env.env, {&job, 0, 64}, true, false);
  waiters.wake(env.env, Waiters::kEverybody, true, false);
  EXPECT_EQ(env.unparks, 0u);
}

TEST_F(WaitersTest, ARangeIsWokenForWhatOverlapsIt) {
  Waiting waiting(waiters, {&job, 64, 130});
  EXPECT_FALSE(wakes(waiting, {&job, 0, 64}));
  EXPECT_TRUE(wakes(waiting, {&job, 64, 128}));
  EXPECT_TRUE(wakes(waiting, {&job, 128, 192}));
  EXPECT_FALSE(wakes(waiting, {&job, 192, 256}));
  EXPECT_TRUE(wakes(waiting, {&job, 0, 65}));
  EXPECT_TRUE(wakes(waiting, {&job, 129, 130}));
  EXPECT_FALSE(wakes(waiting, {&job, 130, 131}));
  EXPECT_FALSE(wakes(waiting, {&other, 64, 128}));
  EXPECT_FALSE(wakes(waiting, {&other, 64, 128}, true));
}

TEST_F(WaitersTest, WholeJobsAreWokenWhenOneIsOver) {
  Waiting waiting(waiters, {nullptr, 0, 0});
  EXPECT_FALSE(wakes(waiting, {&job, 0, 64}));
  EXPECT_TRUE(wakes(waiting, {&job, 0, 64}, true));
  EXPECT_TRUE(wakes(waiting, {&other, 0, 64}, true));
}

TEST_F(WaitersTest, EverybodyIsEverybody) {
  Waiting range(waiters, {&job, 5, 6}), whole(waiters, {nullptr, 0, 0});
  EXPECT_TRUE(wakes(range, Waiters::kEverybody, true));
  EXPECT_TRUE(wakes(whole, Waiters::kEverybody, true));
  EXPECT_EQ(woken.size(), 2u);
}

TEST_F(WaitersTest, TwelveWaitersOnlyTheCrowdIsWokenForNothing) {
  std::vector<std::unique_ptr<Waiting>> all;
  for (uint64_t i = 0; i < 12; ++i)
    all.push_back(std::make_unique<Waiting>(waiters, UnitRange{&job, i * 64, i * 64 + 64}));
  std::set<uint32_t*> events;
  for (const auto& waiting : all) events.insert(waiting->event().address());
  EXPECT_EQ(events.size(), 9u) << "eight of their own, and the crowd's";
  for (uint64_t i = 0; i < 12; ++i) {
    woken.clear();
    waiters.wake(env.env, {&job, i * 64, i * 64 + 64}, false, false);
    EXPECT_TRUE(woken.count(all[i]->event().address())) << i;
    EXPECT_EQ(woken.size(), i < 8 ? 2u : 1u) << "the one it concerns, and the crowd; " << i;
  }
  all.erase(all.begin() + 8, all.end());  // the crowd goes
  woken.clear();
  waiters.wake(env.env, {&job, 11 * 64, 12 * 64}, true, false);
  EXPECT_TRUE(woken.empty());
}

TEST_F(WaitersTest, ASlotThatWasLeftIsTakenAgain) {
  std::vector<std::unique_ptr<Waiting>> all;
  for (uint64_t i = 0; i < 8; ++i) all.push_back(std::make_unique<Waiting>(waiters, UnitRange{&job, i, i + 1}));
  uint32_t* const third = all[3]->event().address();
  all[3].reset();
  woken.clear();
  waiters.wake(env.env, {&job, 3, 4}, false, false);
  EXPECT_TRUE(woken.empty()) << "nobody waits for unit 3 any more";
  Waiting next(waiters, {&other, 9, 10});
  EXPECT_EQ(next.event().address(), third);
  EXPECT_TRUE(wakes(next, {&other, 0, 64}));
  EXPECT_FALSE(wakes(next, {&job, 3, 4}));
}

TEST_F(WaitersTest, AllGoneLeavesNothingBehind) {
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Waiting>> all;
    for (int i = 0; i < 20; ++i) all.push_back(std::make_unique<Waiting>(waiters, UnitRange{nullptr, 0, 0}));
    woken.clear();
    waiters.wake(env.env, Waiters::kEverybody, true, false);
    EXPECT_EQ(woken.size(), 9u);
  }
  env.unparks = 0;
  waiters.wake(env.env, Waiters::kEverybody, true, false);
  EXPECT_EQ(env.unparks, 0u);
}

TEST_F(WaitersTest, WhoMayNotWakeWakesLater) {
  Waiting waiting(waiters, {&job, 0, 64});
  waiters.wake(env.env, {&job, 0, 64}, false, true);
  EXPECT_EQ(env.unparks, 0u);
  EXPECT_EQ(env.wakes_later, 1u);
}

}  // namespace
}  // namespace memmap::sched
