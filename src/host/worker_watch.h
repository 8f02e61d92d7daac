// SPDX-License-Identifier: GPL-2.0-only OR MIT
// WorkerWatch: may this worker work now? CPUs go and come back while a pool runs: hot-unplugged, taken away by a cpuset
// or by taskset, or used up by a lowered cgroup quota. A worker whose CPU is gone would share another one's and hold
// its grains for longer; it stays away instead, and looks again after a while. What somebody else has decided about a
// thread's mask is never undone.
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
  uint64_t interval_ns() const { return sources_.interval_ns; }

 private:
  struct Seen {  // by one worker's thread
    uint64_t looked_ns = 0;
    bool present = true;
    bool was_unplugged = false;
  };
  bool has_its_cpu(uint32_t worker, Seen& seen);
  uint32_t allowance(uint64_t now_ns);

  const EngineTopology& topology_;
  const WatchSources sources_;
  std::vector<Seen> seen_;
  std::atomic<uint32_t> nr_present_;  // relaxed: a count, nothing is published by it
  std::mutex mutex_;
  uint32_t allowance_;            // guarded by mutex_
  uint64_t allowance_at_ns_ = 0;  // guarded by mutex_
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_WORKER_WATCH_H
