// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What a cold start takes at least where somebody has to be woken: no queue, no units, no readiness; threads that
// sleep, one wake for all of them, and parts that become smaller towards the end.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_WOKEN_THREADS_H
#define MEMMAP_INTEGRATION_BENCHMARK_WOKEN_THREADS_H

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "rivals.h"

namespace memmap::bench {

class WokenThreads {
 public:
  // One on each of these CPUs but the first, which is for the caller.
  explicit WokenThreads(const std::vector<uint32_t>& cpus);
  ~WokenThreads();
  WokenThreads(const WokenThreads&) = delete;
  WokenThreads& operator=(const WokenThreads&) = delete;

  // Nanoseconds from before the wake until all is written, by the caller and by those who woke up in time.
  double fill_ns(const Target& target);

 private:
  void sleep_and_share(uint32_t cpu);
  void share();
  void wake();

  const uint32_t cpu_;
  const Target* target_ = nullptr;
  uint32_t event_ = 0;  // futex word
  std::atomic<uint64_t> next_{0};
  std::atomic<bool> open_{false}, stopping_{false};  // open: whoever is inside may still begin a part
  std::atomic<uint32_t> inside_{0};
  std::vector<std::thread> threads_;
};

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_WOKEN_THREADS_H
