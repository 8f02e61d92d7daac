// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The fiber environment by itself: switching, parking, virtual time, the same seed the same schedule, and its ends.
#include "host/fibers.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace memmap::host {
namespace {

class Fibers : public ::testing::Test {
 protected:
  SeededChooser chooser_{1};
  FiberWorld world_{chooser_};
  const memmap_env* env_ = &world_.env();
};

TEST_F(Fibers, RunsEverybodyToTheEnd) {
  int sum = 0;
  for (int i = 1; i <= 10; ++i)
    world_.spawn("f", 0, [&, i] {
      world_.yield();
      sum += i;
    });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(sum, 55);
  EXPECT_EQ(world_.current(), FiberWorld::kNone);
}

std::string schedule_of(uint64_t seed) {
  SeededChooser chooser(seed);
  FiberWorld world(chooser);
  std::string schedule;
  for (const char name : {'a', 'b', 'c'})
    world.spawn(std::string(1, name), 0, [&, name] {
      for (int i = 0; i < 20; ++i) {
        schedule += name;
        world.preempt();
      }
    });
  EXPECT_EQ(world.run(), "");
  return schedule;
}

TEST(FiberSchedule, IsTheSeed) {
  EXPECT_EQ(schedule_of(7), schedule_of(7));
  EXPECT_NE(schedule_of(7), schedule_of(8));
  // The same on every machine and with every standard library.
  EXPECT_EQ(schedule_of(7).substr(0, 20), "baabacabcbaaaaabbcbb");
}

TEST_F(Fibers, ParkWaitsForUnparkOnly) {
  uint32_t word = 0;
  std::string order;
  world_.spawn("sleeper", 0, [&] {
    env_->park(env_->context, &word, 1, 0);  // not the value: returns at once
    order += 's';
    while (word == 0) env_->park(env_->context, &word, 0, 0);
    order += 'S';
  });
  world_.spawn("waker", 0, [&] {
    while (order.empty()) world_.yield();
    for (int i = 0; i < 10; ++i) world_.yield();
    order += 'w';
    word = 1;
    env_->unpark(env_->context, &word);
  });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(order, "swS");
}

TEST_F(Fibers, UnparkWakesAllWhoAreParkedThere) {
  uint32_t word = 0, other = 0;
  int awake = 0;
  for (int i = 0; i < 5; ++i)
    world_.spawn("sleeper", 0, [&] {
      env_->park(env_->context, &word, 0, 0);
      ++awake;
    });
  world_.spawn("waker", 0, [&] {
    world_.sleep(10);
    env_->unpark(env_->context, &other);
    world_.sleep(10);
    EXPECT_EQ(awake, 0);
    env_->unpark(env_->context, &word);
  });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(awake, 5);
}

TEST_F(Fibers, TimePassesOnlyWhereSomebodyWaitsForIt) {
  uint32_t word = 0;
  world_.set_cost([](const memmap_self& self, uint32_t nid, uint64_t pages) { return pages * 2 + nid + self.group; });
  world_.spawn("spender", 40, [&] {
    for (int i = 0; i < 1000; ++i) world_.preempt();
    EXPECT_EQ(env_->clock_ns(env_->context), 0u);
    env_->spend(env_->context, 3, 500);
    EXPECT_EQ(env_->clock_ns(env_->context), 1043u);
  });
  world_.spawn("sleeper", 0, [&] {
    env_->park(env_->context, &word, 0, 700);
    EXPECT_EQ(env_->clock_ns(env_->context), 700u);
    env_->park(env_->context, &word, 0, 700);  // at the same time as the spender spends
    EXPECT_EQ(env_->clock_ns(env_->context), 1400u);
  });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(world_.clock_ns(), 1400u);
}

TEST_F(Fibers, AnEarlyWakeLeavesNoTimerBehind) {
  uint32_t word = 0;
  world_.spawn("sleeper", 0, [&] {
    env_->park(env_->context, &word, 0, 100);
    EXPECT_EQ(world_.clock_ns(), 10u);
    env_->park(env_->context, &word, 0, 500);  // the first time-out, at 100, is not ours any more
    EXPECT_EQ(world_.clock_ns(), 510u);
  });
  world_.spawn("waker", 0, [&] {
    world_.sleep(10);
    env_->unpark(env_->context, &word);
  });
  EXPECT_EQ(world_.run(), "");
}

TEST_F(Fibers, ASpinEndsAlthoughNobodyElseRuns) {
  world_.spawn("spinner", 0, [&] {
    while (env_->clock_ns(env_->context) < 20000) env_->relax(env_->context);
  });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(world_.clock_ns(), 20000u);
}

TEST_F(Fibers, EachHasItsOwnSelf) {
  EXPECT_EQ(env_->self(env_->context)->worker, MEMMAP_NO_WORKER);
  world_.spawn("caller", 3, [&] {
    EXPECT_EQ(env_->self(env_->context)->worker, MEMMAP_NO_WORKER);
    EXPECT_EQ(env_->self(env_->context)->group, 3u);
    memmap_self* const own = env_->self(env_->context);
    own->depth = 1;
    world_.sleep(10);
    EXPECT_EQ(env_->self(env_->context), own);
  });
  world_.spawn_worker("worker", 5, 9, [&] {
    world_.sleep(5);
    EXPECT_EQ(env_->self(env_->context)->worker, 9u);
    EXPECT_EQ(env_->self(env_->context)->group, 5u);
    EXPECT_EQ(env_->self(env_->context)->depth, 0u);
  });
  EXPECT_EQ(world_.run(), "");
}

TEST_F(Fibers, WorkersAreToldWhenTheLastCallerHasEnded) {
  uint32_t stop = 0;
  std::string order;
  world_.spawn_worker("worker", 0, 0, [&] {
    while (stop == 0) env_->park(env_->context, &stop, 0, 0);
    order += 'w';
  });
  world_.when_callers_ended([&] {
    order += '!';
    stop = 1;
    env_->unpark(env_->context, &stop);
  });
  for (int i = 1; i < 4; ++i)
    world_.spawn("caller", 0, [&, i] {
      world_.sleep(uint64_t(i));
      order += 'c';
    });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(order, "ccc!w");
}

TEST_F(Fibers, AFiberMaySpawnAnother) {
  bool ran = false;
  world_.spawn("parent", 0, [&] { world_.spawn("child", 0, [&] { ran = true; }); });
  EXPECT_EQ(world_.run(), "");
  EXPECT_TRUE(ran);
}

TEST_F(Fibers, ADeadlockSaysWhoIsParkedOnWhat) {
  uint32_t word = 42;
  world_.spawn("left", 0, [&] { env_->park(env_->context, &word, 42, 0); });
  world_.spawn("right", 0, [] {});
  const std::string why = world_.run();
  EXPECT_EQ(why.find("deadlock: left is parked on 0x"), 0u) << why;
  EXPECT_NE(why.find("= 42;"), std::string::npos) << why;
  EXPECT_EQ(why.find("right"), std::string::npos) << why;
}

TEST_F(Fibers, WithoutTimeoutsALostWakeUpIsADeadlock) {
  uint32_t word = 0;
  world_.set_timeouts(false);
  world_.spawn("sleeper", 0, [&] { env_->park(env_->context, &word, 0, 1000); });
  EXPECT_NE(world_.run(), "");
}

TEST_F(Fibers, AFatalErrorEndsTheRun) {
  bool went_on = false;
  world_.spawn("f", 0, [&] {
    env_->fatal(env_->context, "seven is not prime");
    went_on = true;
  });
  EXPECT_EQ(world_.run(), "fatal: seven is not prime");
  EXPECT_FALSE(went_on);
}

TEST_F(Fibers, StacksAreUsedAgainAlsoWhereFibersWereAbandoned) {
  uint32_t word = 0;
  for (int round = 0; round < 100; ++round) {
    int ended = 0;
    for (int i = 0; i < 4; ++i)
      world_.spawn("f", 0, [&, i] {
        volatile char frame[4096];
        frame[0] = 1;
        frame[4095] = 1;
        if (round % 2 == 0 && i == 3) env_->park(env_->context, &word, 0, 0);
        world_.yield();
        ended += frame[0];
      });
    EXPECT_EQ(world_.run() == "", round % 2 == 1);
    EXPECT_EQ(ended, round % 2 == 0 ? 3 : 4);
    world_.reset();
    EXPECT_EQ(world_.clock_ns(), 0u);
  }
}

TEST_F(Fibers, SwitchesFastEnoughToExplore) {
  uint64_t switches = 0;
  for (int i = 0; i < 4; ++i)
    world_.spawn("f", 0, [&] {
      for (int k = 0; k < 50000; ++k, ++switches) world_.preempt();
    });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(switches, 200000u);
}

int overflow(int depth) {
  volatile char frame[1024];
  frame[0] = char(depth);
  return depth == 0 ? frame[0] : overflow(depth - 1) + frame[0];
}

TEST_F(Fibers, AStackOverflowFaults) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        world_.spawn("deep", 0, [] { overflow(1 << 20); });
        world_.run();
      },
      "");
}

// Resumes the fibers of `due` at their times, and notes when it was asked to.
struct Alarms : Pace {
  explicit Alarms(FiberWorld& w) : world(w) {}
  uint64_t due_ns() const override { return due.empty() ? UINT64_MAX : due.front().first; }
  void advance(uint64_t now_ns) override {
    EXPECT_EQ(now_ns, world.clock_ns());
    const uint32_t fiber = due.front().second;
    due.erase(due.begin());
    if (fiber != FiberWorld::kNone) world.resume(fiber);
  }
  FiberWorld& world;
  std::vector<std::pair<uint64_t, uint32_t>> due;
};

TEST_F(Fibers, APaceMovesTheClockBetweenTimers) {
  Alarms alarms(world_);
  world_.set_pace(&alarms);
  std::vector<uint64_t> seen;
  const uint32_t suspended = world_.spawn("suspended", 0, [&] {
    world_.suspend();
    seen.push_back(world_.clock_ns());
  });
  world_.spawn("sleeper", 0, [&] {
    for (int i = 0; i < 3; ++i) world_.sleep(10), seen.push_back(world_.clock_ns());
  });
  alarms.due = {{5, FiberWorld::kNone}, {15, suspended}};
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(seen, (std::vector<uint64_t>{10, 15, 20, 30}));
}

TEST_F(Fibers, WhoIsSuspendedForEverIsNamed) {
  world_.spawn("lonely", 0, [&] { world_.suspend(); });
  EXPECT_EQ(world_.run(), "deadlock: lonely is suspended;");
  world_.reset();
  const uint32_t up = world_.spawn("up", 0, [&] { world_.yield(); });
  world_.spawn("early", 0, [&] { world_.resume(up); });
  EXPECT_EQ(world_.run(), "resumed, but not suspended: up");
}

TEST_F(Fibers, ASpendReplacesTheCost) {
  world_.set_spend([&](const memmap_self&, uint32_t nid, uint64_t pages) { world_.sleep(1000 * nid + pages); });
  world_.spawn("spender", 0, [&] { env_->spend(env_->context, 3, 7); });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(world_.clock_ns(), 3007u);
}

TEST_F(Fibers, AWakeTakesItsTimeOnBothSides) {
  world_.set_wake_ns(13, 10);
  uint32_t word = 0;
  uint64_t woken_ns = 0, waker_ns = 0;
  world_.spawn("sleeper", 0, [&] {
    env_->park(env_->context, &word, 0, 0);
    woken_ns = world_.clock_ns();
  });
  world_.spawn("waker", 0, [&] {
    world_.sleep(100);
    env_->unpark(env_->context, &word);
    waker_ns = world_.clock_ns();
    env_->unpark(env_->context, &word);  // nobody there: at once
    EXPECT_EQ(world_.clock_ns(), waker_ns);
  });
  EXPECT_EQ(world_.run(), "");
  EXPECT_EQ(waker_ns, 113u);
  EXPECT_EQ(woken_ns, 123u);
}

// The wake is what ends the park, and not a time-out that comes due while the woken is on its way.
TEST_F(Fibers, ATimeoutDoesNotOvertakeAWake) {
  world_.set_wake_ns(0, 50);
  uint32_t word = 0;
  world_.spawn("sleeper", 0, [&] {
    env_->park(env_->context, &word, 0, 120);
    EXPECT_EQ(world_.clock_ns(), 150u);
  });
  world_.spawn("waker", 0, [&] {
    world_.sleep(100);
    env_->unpark(env_->context, &word);
  });
  EXPECT_EQ(world_.run(), "");
}

}  // namespace
}  // namespace memmap::host
