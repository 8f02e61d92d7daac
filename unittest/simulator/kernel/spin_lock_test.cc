// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/spin_lock.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace memmap::simulator {
namespace {

TEST(SpinLock, OneAtATime) {
  SpinLock lock;
  uint64_t sum = 0;  // not atomic: ThreadSanitizer and lost increments show a lock that does not lock
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5000; ++round) {
        const std::lock_guard hold(lock);
        ++sum;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, 20000u);
}

}  // namespace
}  // namespace memmap::simulator
