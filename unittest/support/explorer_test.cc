// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The explorer finds what it must find, passes what is right, and counts what can be counted.
#include "support/explorer.h"

#include <gtest/gtest.h>

namespace memmap::explore {
namespace {

// ---- counting ----

ExploreResult count(uint32_t fibers, uint32_t accesses, uint32_t preemptions) {
  return explore({.name = "count", .preemptions = preemptions}, [=](Scenario& scenario) {
    auto* const word = scenario.make<Atomic<uint32_t>>();
    for (uint32_t f = 0; f < fibers; ++f)
      scenario.spawn("f" + std::to_string(f), [word, accesses] {
        for (uint32_t i = 0; i < accesses; ++i) word->fetch_add(1, relaxed);
      });
  });
}

TEST(Explorer, RunsEveryInterleavingOnce) {
  EXPECT_EQ(count(2, 2, UINT32_MAX).executions, 6u);     // 4! / (2! 2!)
  EXPECT_EQ(count(2, 5, UINT32_MAX).executions, 252u);   // 10! / (5! 5!)
  EXPECT_EQ(count(3, 3, UINT32_MAX).executions, 1680u);  // 9! / (3! 3! 3!)
  EXPECT_TRUE(count(3, 3, UINT32_MAX).exhausted);
}

TEST(Explorer, CountsPreemptions) {
  EXPECT_EQ(count(2, 2, 0).executions, 2u);
  EXPECT_EQ(count(2, 2, 1).executions, 4u);  // AABB ABBA and their mirrors; ABAB needs two
  EXPECT_EQ(count(2, 2, 2).executions, 6u);
}

TEST(Explorer, IgnoresWhatIsNotContended) {
  const ExploreResult result = explore({.preemptions = UINT32_MAX}, [](Scenario& scenario) {
    struct State {
      Atomic<int> mine[2], constant, shared;
    };
    auto* const state = scenario.make<State>();
    for (int f = 0; f < 2; ++f)
      scenario.spawn("f", [state, f] {
        for (int i = 0; i < 10; ++i) state->mine[f].store(state->constant.load(relaxed), relaxed);
        state->shared.fetch_add(1, relaxed);
        for (int i = 0; i < 10; ++i) state->mine[f].fetch_add(1, relaxed);
      });
  });
  EXPECT_EQ(result.executions, 2u);
  EXPECT_EQ(result.contended_objects, 1u);
}

TEST(Explorer, StopsAtItsLimits) {
  ExploreResult result = explore({.preemptions = UINT32_MAX, .max_executions = 10}, [](Scenario& scenario) {
    auto* const word = scenario.make<Atomic<int>>();
    for (int f = 0; f < 3; ++f)
      scenario.spawn("f", [word] {
        for (int i = 0; i < 20; ++i) word->fetch_add(1, relaxed);
      });
  });
  EXPECT_TRUE(result.ok);
  EXPECT_FALSE(result.exhausted);
  EXPECT_EQ(result.executions_all, 10u);
}

// ---- lost update ----

void increment_twice(Scenario& scenario, bool atomically) {
  auto* const word = scenario.make<Atomic<int>>();
  for (int f = 0; f < 2; ++f)
    scenario.spawn("f", [word, atomically] {
      if (atomically)
        word->fetch_add(1, relaxed);
      else
        word->store(word->load(relaxed) + 1, relaxed);
    });
  scenario.finally([word] { expect(word->load(relaxed) == 2, "both increments count"); });
}

TEST(Explorer, FindsALostUpdate) {
  const ExploreResult result = explore({.name = "increment"}, [](Scenario& s) { increment_twice(s, false); });
  EXPECT_FALSE(result.ok);
  EXPECT_NE(result.report.find("both increments count"), std::string::npos) << result.report;
  EXPECT_TRUE(explore({}, [](Scenario& s) { increment_twice(s, true); }).exhausted);
}

TEST(Explorer, ReplaysAFailure) {
  const auto build = [](Scenario& s) { increment_twice(s, false); };
  const ExploreResult found = explore({}, build);
  const ExploreResult again = explore({.schedule = found.schedule}, build);
  EXPECT_FALSE(again.ok);
  EXPECT_EQ(again.executions_all, 1u);
  EXPECT_TRUE(explore({.schedule = "1:0"}, build).ok);
  const ExploreResult random = explore({.random = true, .seed = 7}, build);
  EXPECT_FALSE(random.ok);
  EXPECT_FALSE(explore({.schedule = random.schedule}, build).ok);
}

// ---- Dekker: two announce, then look for the other ----

void dekker(Scenario& scenario, Order store, Order load) {
  struct State {
    Atomic<int> announced[2];
    int entered = 0;
  };
  auto* const state = scenario.make<State>();
  for (int f = 0; f < 2; ++f)
    scenario.spawn("side" + std::to_string(f), [=] {
      state->announced[f].store(1, store);
      if (state->announced[1 - f].load(load) == 0) ++state->entered;
    });
  scenario.finally([state] { expect(state->entered < 2, "one of two sees the other"); });
}

TEST(Explorer, DekkerNeedsSequentialConsistency) {
  for (const Memory memory : {Memory::store_buffer, Memory::weak}) {
    EXPECT_FALSE(explore({.memory = memory}, [](Scenario& s) { dekker(s, release, acquire); }).ok);
    EXPECT_FALSE(explore({.memory = memory}, [](Scenario& s) { dekker(s, release, seq_cst); }).ok);
    EXPECT_TRUE(explore({.memory = memory}, [](Scenario& s) { dekker(s, seq_cst, seq_cst); }).exhausted);
  }
  EXPECT_TRUE(explore({}, [](Scenario& s) { dekker(s, relaxed, relaxed); }).exhausted) << "interleavings alone";
}

// x86 allows it to be written with a seq_cst store and an acquire load, C++ does not.
TEST(Explorer, StoreBuffersAreStrongerThanWeakMemory) {
  EXPECT_TRUE(explore({.memory = Memory::store_buffer}, [](Scenario& s) { dekker(s, seq_cst, acquire); }).exhausted);
  EXPECT_FALSE(explore({.memory = Memory::weak}, [](Scenario& s) { dekker(s, seq_cst, acquire); }).ok);
}

// ---- message passing: plain data behind a flag ----

void message(Scenario& scenario, Order store, Order load, bool watched = true) {
  struct State {
    Atomic<int> body, flag;
    int plain = 0;
  };
  auto* const state = scenario.make<State>();
  scenario.spawn("writer", [=] {
    if (watched) plain_write(&state->plain, "the plain body");
    state->plain = 1;
    state->body.store(1, relaxed);
    state->flag.store(1, store);
  });
  scenario.spawn("reader", [=] {
    if (state->flag.load(load) == 0) return;
    expect(state->body.load(relaxed) == 1, "the body is there");
    if (watched) plain_read(&state->plain, "the plain body");
  });
}

TEST(Explorer, MessagesNeedReleaseAndAcquire) {
  for (const Memory memory : {Memory::interleaved, Memory::store_buffer, Memory::weak}) {
    EXPECT_TRUE(explore({.memory = memory}, [](Scenario& s) { message(s, release, acquire); }).exhausted);
    EXPECT_FALSE(explore({.memory = memory}, [](Scenario& s) { message(s, relaxed, acquire); }).ok);
    EXPECT_FALSE(explore({.memory = memory}, [](Scenario& s) { message(s, release, relaxed); }).ok);
  }
}

TEST(Explorer, ReportsTheRaceOrTheStaleBody) {
  const std::string race = explore({}, [](Scenario& s) { message(s, release, relaxed); }).report;
  EXPECT_NE(race.find("race on the plain body: reader reads"), std::string::npos) << race;
  const auto unwatched = [](Scenario& s) { message(s, release, relaxed, false); };
  const std::string stale = explore({.memory = Memory::weak, .preemptions = 0}, unwatched).report;
  EXPECT_NE(stale.find("the body is there"), std::string::npos) << stale;
}

// A read-modify-write in between passes the first writer's release on, a plain store does not.
void passed_on(Scenario& scenario, bool modify) {
  struct State {
    Atomic<int> flag;
    int plain = 0;
  };
  auto* const state = scenario.make<State>();
  scenario.spawn("writer", [=] {
    plain_write(&state->plain, "data");
    state->flag.store(1, release);
  });
  scenario.spawn("between", [=] {
    if (modify)
      state->flag.fetch_add(1, relaxed);
    else if (state->flag.load(relaxed) == 1)
      state->flag.store(2, relaxed);
  });
  scenario.spawn("reader", [=] {
    if (state->flag.load(acquire) == 2) plain_read(&state->plain, "data");
  });
}

TEST(Explorer, ReadModifyWriteContinuesARelease) {
  EXPECT_TRUE(explore({}, [](Scenario& s) { passed_on(s, true); }).exhausted);
  EXPECT_FALSE(explore({}, [](Scenario& s) { passed_on(s, false); }).ok);
}

// Two readers may not see two independent seq_cst stores in different orders; of release stores they may (not on x86).
void independent_reads(Scenario& scenario, Order store, Order load) {
  struct State {
    Atomic<int> x, y;
    int seen[4] = {};
  };
  auto* const state = scenario.make<State>();
  scenario.spawn("x", [=] { state->x.store(1, store); });
  scenario.spawn("y", [=] { state->y.store(1, store); });
  scenario.spawn("xy", [=] {
    state->seen[0] = state->x.load(load);
    state->seen[1] = state->y.load(load);
  });
  scenario.spawn("yx", [=] {
    state->seen[2] = state->y.load(load);
    state->seen[3] = state->x.load(load);
  });
  scenario.finally([state] {
    const int* seen = state->seen;
    expect(!(seen[0] == 1 && seen[1] == 0 && seen[2] == 1 && seen[3] == 0), "one order for all");
  });
}

TEST(Explorer, IndependentReadsOfIndependentWrites) {
  for (const Memory memory : {Memory::store_buffer, Memory::weak})
    EXPECT_TRUE(explore({.memory = memory}, [](Scenario& s) { independent_reads(s, seq_cst, seq_cst); }).exhausted);
  const auto weak = [](Scenario& s) { independent_reads(s, release, acquire); };
  EXPECT_FALSE(explore({.memory = Memory::weak, .delays = 2}, weak).ok);
  EXPECT_TRUE(explore({.memory = Memory::store_buffer, .delays = 2}, weak).exhausted);
}

// seq_cst alone does not order two objects: what is stored after it may be seen before it, unless that releases.
void stored_after(Scenario& scenario, Order store, Order load) {
  struct State {
    Atomic<int> first, second;
  };
  auto* const state = scenario.make<State>();
  scenario.spawn("writer", [=] {
    state->first.fetch_add(1, seq_cst);
    state->second.fetch_add(1, store);
  });
  scenario.spawn("reader", [=] {
    if (state->second.load(load) == 1) expect(state->first.load(seq_cst) == 1, "both in order");
  });
}

TEST(Explorer, SeqCstAccessesAreNotInTheOrderOfExecution) {
  const auto run = [](Order store, Order load) {
    return explore({.memory = Memory::weak}, [=](Scenario& s) { stored_after(s, store, load); });
  };
  EXPECT_FALSE(run(relaxed, relaxed).ok);
  EXPECT_FALSE(run(release, relaxed).ok);
  EXPECT_FALSE(run(relaxed, seq_cst).ok);
  EXPECT_TRUE(run(release, acquire).exhausted);
  EXPECT_TRUE(run(seq_cst, seq_cst).exhausted);
}

TEST(Explorer, LoadsOfOneObjectDoNotGoBack) {
  const ExploreResult result =
      explore({.memory = Memory::weak, .preemptions = UINT32_MAX, .delays = 3}, [](Scenario& scenario) {
        auto* const word = scenario.make<Atomic<int>>();
        scenario.spawn("writer", [word] {
          for (int i = 1; i < 4; ++i) word->store(i, relaxed);
        });
        scenario.spawn("reader", [word] {
          const int first = word->load(relaxed);
          expect(word->load(relaxed) >= first, "coherence");
        });
      });
  EXPECT_TRUE(result.exhausted) << result.report;
}

// ---- lost wake-up ----

void sleep_and_wake(Scenario& scenario, bool look_again) {
  struct State {
    Atomic<uint32_t> work, event;
  };
  auto* const state = scenario.make<State>();
  const memmap_env* env = scenario.env();
  scenario.spawn("sleeper", [=] {
    while (state->work.load(seq_cst) == 0) {
      const uint32_t seen = state->event.load(seq_cst);
      if (look_again && state->work.load(seq_cst) != 0) break;
      env->park(env->context, state->event.address(), seen, 1000);
    }
  });
  scenario.spawn("waker", [=] {
    state->work.store(1, seq_cst);
    state->event.fetch_add(1, seq_cst);
    env->unpark(env->context, state->event.address());
  });
}

TEST(Explorer, FindsALostWakeUp) {
  const ExploreResult result = explore({}, [](Scenario& s) { sleep_and_wake(s, false); });
  EXPECT_FALSE(result.ok);
  EXPECT_NE(result.report.find("deadlock: sleeper is parked on"), std::string::npos) << result.report;
  for (const Memory memory : {Memory::interleaved, Memory::store_buffer, Memory::weak})
    EXPECT_TRUE(explore({.memory = memory}, [](Scenario& s) { sleep_and_wake(s, true); }).exhausted);
}

// ---- ABA: a stack of two nodes by compare-exchange, whose head comes back ----

void pop_from_stack(Scenario& scenario, uint64_t tag_step) {
  struct State {
    Atomic<uint64_t> head{1};  // low half: node, high half: tag
    Atomic<uint64_t> next[3];
    Atomic<int> taken[3];
    uint64_t tag_step;
    uint64_t retagged(uint64_t seen, uint64_t node) const { return ((seen >> 32) + tag_step) << 32 | node; }
    uint64_t pop() {
      uint64_t seen = head.load(seq_cst);
      uint64_t rest;
      do {
        if (uint32_t(seen) == 0) return 0;
        rest = retagged(seen, next[uint32_t(seen)].load(seq_cst));
      } while (!head.compare_exchange(seen, rest, seq_cst));
      return uint32_t(seen);
    }
    void push(uint64_t node) {
      uint64_t seen = head.load(seq_cst);
      do next[node].store(uint32_t(seen), seq_cst);
      while (!head.compare_exchange(seen, retagged(seen, node), seq_cst));
    }
  };
  auto* const state = scenario.make<State>();
  state->tag_step = tag_step;
  state->next[1].store(2, relaxed);
  const auto take = [state](uint64_t node) { expect(state->taken[node].fetch_add(1, seq_cst) == 0, "popped once"); };
  scenario.spawn("thief", [=] {
    if (const uint64_t node = state->pop()) take(node);
  });
  scenario.spawn("owner", [=] {
    const uint64_t first = state->pop();
    if (const uint64_t second = state->pop()) take(second);
    if (first) state->push(first);
  });
  scenario.finally([=] {
    while (const uint64_t node = state->pop()) take(node);
  });
}

TEST(Explorer, FindsAbaInAStack) {
  EXPECT_FALSE(explore({}, [](Scenario& s) { pop_from_stack(s, 0); }).ok);
  EXPECT_TRUE(explore({.preemptions = 3}, [](Scenario& s) { pop_from_stack(s, 1); }).exhausted);
}

// ---- other ends ----

TEST(Explorer, ReportsALivelock) {
  const ExploreResult result = explore({.max_steps = 1000}, [](Scenario& scenario) {
    auto* const word = scenario.make<Atomic<int>>();
    const memmap_env* env = scenario.env();
    scenario.spawn("spinner", [=] {
      while (word->load(acquire) == 0) env->relax(env->context);
    });
  });
  EXPECT_NE(result.report.find("livelock"), std::string::npos) << result.report;
}

TEST(Explorer, LetsOthersRunWhileOneSpins) {
  const ExploreResult result = explore({.preemptions = 3}, [](Scenario& scenario) {
    struct State {
      Atomic<int> locked;
      int inside = 0;
    };
    auto* const state = scenario.make<State>();
    const memmap_env* env = scenario.env();
    for (int f = 0; f < 3; ++f)
      scenario.spawn("f", [=] {
        while (state->locked.fetch_or(1, acquire) != 0) env->relax(env->context);
        plain_write(&state->inside, "inside");
        state->locked.store(0, release);
      });
  });
  EXPECT_TRUE(result.exhausted) << result.report;
}

TEST(Explorer, ReportsAFatalError) {
  const ExploreResult result = explore({}, [](Scenario& scenario) {
    const memmap_env* env = scenario.env();
    scenario.spawn("f", [=] { env->fatal(env->context, "an invariant"); });
  });
  EXPECT_NE(result.report.find("fatal: an invariant"), std::string::npos) << result.report;
}

TEST(Explorer, NoticesAScenarioThatDoesNotRepeat) {
  int runs = 0;
  const ExploreResult result = explore({}, [&runs](Scenario& scenario) {
    auto* const word = scenario.make<Atomic<int>>();
    const int accesses = 2 + ++runs % 3;
    for (int f = 0; f < 2; ++f)
      scenario.spawn("f", [=] {
        for (int i = 0; i < accesses; ++i) word->fetch_add(1, relaxed);
      });
  });
  EXPECT_NE(result.report.find("not deterministic"), std::string::npos) << result.report;
}

}  // namespace
}  // namespace memmap::explore
