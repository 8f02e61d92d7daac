// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A spin lock for the models of kernel code, which hold spin locks where we would hold none.
#pragma once

#include <atomic>
#include <thread>

namespace memmap::simulator {

// Works with std::lock_guard.
class SpinLock {
 public:
  void lock() {
    // SPIN1 with SPIN2: sees all that earlier holders did
    while (locked_.exchange(true, std::memory_order_acquire)) wait();
  }
  void unlock() {
    locked_.store(false, std::memory_order_release);  // SPIN2 with SPIN1: shows what was done under the lock
  }

 private:
  // The kernel's holder cannot be preempted; ours can, and its CPU may be this one.
  void wait() {
    for (int turn = 0; locked_.load(std::memory_order_relaxed); ++turn) {
      if (turn % 64 == 63) std::this_thread::yield();
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
  }

  std::atomic<bool> locked_{false};
};

}  // namespace memmap::simulator
