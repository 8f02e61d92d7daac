// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/figures/pinned.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "simulator/report/column.h"

namespace memmap::simulator {
namespace {

void pin_this_thread(uint32_t cpu) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(cpu, &mask);
  pthread_setaffinity_np(pthread_self(), sizeof(mask), &mask);  // refused: it runs where it may
}

}  // namespace

uint64_t run_pinned(const std::vector<uint32_t>& cpus, const std::function<void(size_t)>& function) {
  std::atomic<size_t> waiting{0};
  std::vector<uint64_t> began(cpus.size());
  std::vector<uint64_t> ended(cpus.size());
  std::vector<std::thread> threads;
  for (size_t n = 0; n < cpus.size(); ++n) {
    threads.emplace_back([&, n] {
      pin_this_thread(cpus[n]);
      waiting.fetch_add(1);
      while (waiting.load() < cpus.size()) std::this_thread::yield();
      began[n] = now_ns();
      function(n);
      ended[n] = now_ns();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return *std::max_element(ended.begin(), ended.end()) - *std::min_element(began.begin(), began.end());
}

Part part_of(uint64_t whole, uint64_t unit, size_t n, size_t parts) {
  const uint64_t units = whole / unit;
  const uint64_t end = n + 1 == parts ? whole : units * (n + 1) / parts * unit;
  return {units * n / parts * unit, end};
}

}  // namespace memmap::simulator
