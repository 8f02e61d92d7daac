// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Suspended tasks without a pool. One thread runs all of them: who blocked it would hang the test.
#include "host/suspended_tasks.h"

#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_group.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace memmap::host {
namespace {

class SuspendedTasksTest : public ::testing::Test {
 protected:
  void suspend(Atomic<uint32_t>& word, uint32_t value, uint64_t deadline_ns = kNoDeadline) {
    suspended_.suspend(word.address(), value, deadline_ns);
  }
  void wake(Atomic<uint32_t>& word) { suspended_.wake(word.address()); }
  static void await(const Atomic<uint32_t>& counter, uint32_t value) {
    while (counter.load(acquire) != value) std::this_thread::yield();
  }

  SuspendedTasks suspended_;

 private:
  const std::unique_ptr<tbb::task_group> group_ = std::make_unique<tbb::task_group>();  // its destructor may throw
  const tbb::global_control one_thread_{tbb::global_control::max_allowed_parallelism, 1};

 protected:
  tbb::task_group& tasks_ = *group_;
};

TEST_F(SuspendedTasksTest, ReturnsAtOnceWhereTheWordHasChanged) {
  Atomic<uint32_t> word(7);
  tasks_.run_and_wait([&] { suspend(word, 6); });
}

TEST_F(SuspendedTasksTest, WakesAllOfOneWord) {
  Atomic<uint32_t> word(0), other(0), began(0), woken(0), others(0);
  for (int i = 0; i < 3; ++i) {
    tasks_.run([&] {
      began.fetch_add(1, release);
      while (word.load(acquire) == 0) suspend(word, 0);
      woken.fetch_add(1, release);
    });
    tasks_.run([&] {
      began.fetch_add(1, release);
      while (other.load(acquire) == 0) suspend(other, 0);
      others.fetch_add(1, release);
    });
  }
  std::thread waker([&] {
    await(began, 6);
    word.store(1, release);
    wake(word);
    await(woken, 3);
    EXPECT_EQ(others.load(relaxed), 0u);
    other.store(1, release);
    wake(other);
  });
  tasks_.wait();
  waker.join();
  EXPECT_EQ(others.load(relaxed), 3u);
}

TEST_F(SuspendedTasksTest, ADeadlineIsServedByWhoComesBy) {
  Atomic<uint32_t> word(0), began(0), passed(0);
  for (const uint64_t deadline_ns : {uint64_t{1000}, uint64_t{2000}, uint64_t{2500}}) {
    tasks_.run([&, deadline_ns] {
      began.fetch_add(1, release);
      suspend(word, 0, deadline_ns);
      passed.fetch_add(1, release);
    });
  }
  std::thread passer([&] {
    await(began, 3);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // until the last one is suspended
    suspended_.expire(999);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(passed.load(acquire), 0u);
    suspended_.expire(1500);
    await(passed, 1);
    suspended_.expire(2500);
  });
  tasks_.wait();
  passer.join();
}

// A task and a thread hand a turn to and fro. A wake that is lost, between the look at the word and the list, hangs
// them.
TEST_F(SuspendedTasksTest, NoWakeIsLost) {
  constexpr uint32_t kTurns = 20'000;
  Atomic<uint32_t> turn(0);
  std::thread other([&] {
    for (uint32_t mine = 1; mine < kTurns; mine += 2) {
      await(turn, mine);
      turn.store(mine + 1, release);
      wake(turn);
    }
  });
  tasks_.run_and_wait([&] {
    for (uint32_t mine = 0; mine < kTurns; mine += 2) {
      for (uint32_t seen; (seen = turn.load(acquire)) != mine;) suspend(turn, seen);
      turn.store(mine + 1, release);
    }
  });
  other.join();
  EXPECT_EQ(turn.load(relaxed), kTurns);
}

// More of them than lists, each with a word of its own, woken in another order by other threads.
TEST_F(SuspendedTasksTest, Many) {
  constexpr uint32_t kTasks = 500;
  std::vector<Atomic<uint32_t>> words(kTasks);
  Atomic<uint32_t> began(0);
  uint64_t sum = 0;
  std::thread waker([&] {
    await(began, kTasks);
    for (uint32_t i = 0; i < kTasks; ++i) {
      Atomic<uint32_t>& word = words[i * 7 % kTasks];
      word.store(1, release);
      wake(word);
    }
  });
  for (uint32_t i = 0; i < kTasks; ++i) {
    tasks_.run([&, i] {
      began.fetch_add(1, release);
      while (words[i].load(acquire) == 0) suspend(words[i], 0);
      sum += i;
    });
  }
  tasks_.wait();
  waker.join();
  EXPECT_EQ(sum, uint64_t{kTasks} * (kTasks - 1) / 2);
}

}  // namespace
}  // namespace memmap::host
