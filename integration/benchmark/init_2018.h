// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The design of July 2018 (Dan Williams, "mm: Asynchronous + multithreaded memmap init for ZONE_DEVICE", v2): a device
// is cut for eight threads, each thread's part in 128 sub-ranges. A thread writes its sub-ranges in order, each under
// the mutex of its part. Who needs a page writes the sub-range that covers it (memmap_sync()), under the same mutex.
// Who needs all of a device waits by cookie in one domain that all devices share: for everything scheduled before.
//
// Ours differs where that is to its advantage: its mutexes serve in turn (the kernel's may be barged), its memory for
// bookkeeping exists already, the vmemmap is populated already; and it may be given up, so that it can be measured
// again.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_INIT_2018_H
#define MEMMAP_INTEGRATION_BENCHMARK_INIT_2018_H

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "rivals.h"

namespace memmap::bench {

constexpr uint32_t kParts2018 = 8;
constexpr uint32_t kSubRanges2018 = 128;  // of a part

// Linux: an ASYNC_DOMAIN of kernel/async.c, on threads that wait for work.
class AsyncDomain {
 public:
  explicit AsyncDomain(uint32_t nr_threads);
  ~AsyncDomain();

  // Returns the work's cookie.
  uint64_t schedule(std::function<void()> work);
  // Until nothing scheduled before `cookie` is unfinished: cookie + 1 to wait for it as well.
  void synchronize_cookie(uint64_t cookie);

 private:
  void run();

  std::mutex mutex_;  // of all below but the threads
  std::condition_variable queued_;
  std::condition_variable done_;  // everybody who waits wakes at every completion, as there
  uint64_t next_cookie_ = 1;
  std::deque<std::pair<uint64_t, std::function<void()>>> queue_;
  std::set<uint64_t> unfinished_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Serves in turn. For std::lock_guard.
class TurnMutex {
 public:
  void lock();
  void unlock();

 private:
  std::mutex mutex_;
  std::condition_variable turns_;
  uint64_t next_ = 0;
  uint64_t serving_ = 0;
};

// One device. It must outlive its works: the destructor sees to that. Threads may sync() and wait at the same time.
class Init2018 {
 public:
  // Schedules all parts at once.
  Init2018(AsyncDomain& domain, const Target& target);
  ~Init2018() { abandon(); }
  Init2018(const Init2018&) = delete;
  Init2018& operator=(const Init2018&) = delete;

  // memmap_sync(): these records, counted from the first of the target, are written when it returns.
  void sync(uint64_t first, uint64_t nr);
  // Until the part that covers this record, and everything scheduled before it, is written.
  void wait_for_part(uint64_t record);
  // Until the device, and everything scheduled before it, is written.
  void wait() { wait_for_part(target_.memmap.nr_pages - 1); }

  bool is_written(uint64_t record) const;
  uint32_t nr_sub_ranges_left() const { return left_.load(); }
  // Not in the design: its threads leave out what is still to do. Waits for them, and for nobody else's.
  void abandon();

 private:
  struct Part {
    TurnMutex mutex;
    std::array<std::atomic<bool>, kSubRanges2018> written{};
    uint64_t cookie = 0;
  };

  void run(uint32_t part);
  void write_sub_range(uint32_t sub_range);

  const Target target_;
  const uint64_t step_;  // records of a sub-range
  AsyncDomain& domain_;
  std::array<Part, kParts2018> parts_;
  std::atomic<uint32_t> left_{kParts2018 * kSubRanges2018};
  std::atomic<uint32_t> nr_running_{kParts2018};
  std::atomic<bool> abandoned_{false};
};

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_INIT_2018_H
