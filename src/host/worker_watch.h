// SPDX-License-Identifier: GPL-2.0-only OR MIT
// WorkerWatch: may this worker work now? CPUs go and come back while a pool runs: hot-unplugged, taken away by a cpuset
// or by taskset, or used up by a lowered cgroup quota. A worker whose CPU is gone would share another one's and hold
// its grains for longer; it stays away instead, and looks again after a while. What somebody else has decided about a
// thread's mask is never undone.
//
// It chooses from the workers that there are, one for each CPU of the mask at the start: a quota that grows brings more
// of them. A mask that is wider later brings none: a narrow one may be a wish, which cannot be told from a narrow
// cpuset, and a thread that is pinned does not see its cpuset grow (Linux 6.2).
#ifndef MEMMAP_HOST_WORKER_WATCH_H
#define MEMMAP_HOST_WORKER_WATCH_H

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "host/engine_topology.h"

namespace memmap::host {

// What is asked of the system, so that tests may answer.
struct WatchSources {
  std::function<std::vector<uint32_t>()> mask;     // CPUs that the worker asking may be on
  std::function<bool(uint32_t cpu)> online;        // is that CPU there at all?
  std::function<bool(uint32_t cpu)> pin;           // binds the calling thread; false: refused
  std::function<uint32_t(uint32_t nr)> allowance;  // of nr workers: how many the cgroup's quota has room for
  uint64_t interval_ns = 1'000'000'000;            // between two looks

  static WatchSources of_this_system();   // for workers that are pinned threads
  static WatchSources of_lent_threads();  // for workers that go about in threads of the process, which nobody pins
};

class WorkerWatch {
 public:
  WorkerWatch(const EngineTopology& topology, WatchSources sources);
  WorkerWatch(const WorkerWatch&) = delete;
  WorkerWatch& operator=(const WorkerWatch&) = delete;

  // By the worker's own thread, often: looks at the system once an interval, and answers the same until the next look.
  // At least one worker may always work.
  bool may_work(uint32_t worker, uint64_t now_ns);
  // Before anybody asks, by who starts: there is no such worker yet. Not for all of them.
  void absent(uint32_t worker);
  // How many workers the quota has room for: those with the first turns. Looks once an interval.
  uint32_t allowance(uint64_t now_ns);
  // As the last look found it.
  uint32_t last_allowance() const { return allowance_.load(std::memory_order_relaxed); }
  uint64_t interval_ns() const { return sources_.interval_ns; }

 private:
  struct Seen {  // by one worker's thread
    uint64_t looked_ns = 0;
    bool present = true;
    bool was_unplugged = false;
  };
  bool has_its_cpu(uint32_t worker, Seen& seen);

  const EngineTopology& topology_;
  const WatchSources sources_;
  std::vector<Seen> seen_;
  std::atomic<uint32_t> nr_present_;  // relaxed: a count, nothing is published by it
  std::mutex mutex_;
  std::atomic<uint32_t> allowance_;  // relaxed: a count; written under mutex_
  uint64_t allowance_at_ns_ = 0;     // guarded by mutex_
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_WORKER_WATCH_H
