// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The own-thread environment: memmap_env over futex(2), and one pinned thread for each worker.
//
//     ThreadEnvironment environment(topology, pinned);
//     ... memmap_pool_init() with environment.env() and topology.table() ...
//     WorkerThreads threads;
//     absl::Status status = threads.start(pool, environment);
//     ... work ...
//     threads.stop();
#ifndef MEMMAP_HOST_THREADS_H
#define MEMMAP_HOST_THREADS_H

#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/atomic.h"
#include "host/engine_topology.h"
#include "host/group_widths.h"
#include "host/trace.h"
#include "host/worker_watch.h"
#include "memmap/env.h"

namespace memmap::host {

class ThreadEnvironment {
 public:
  // `topology` is lent. `pinned`: its CPUs are this machine's, and workers will be bound to them. `trace`: lent too;
  // null: nothing is recorded, and nothing is paid for it.
  ThreadEnvironment(const EngineTopology& topology, bool pinned, Trace* trace = nullptr);
  ~ThreadEnvironment();
  ThreadEnvironment(const ThreadEnvironment&) = delete;
  ThreadEnvironment& operator=(const ThreadEnvironment&) = delete;

  const memmap_env* env() const { return &env_; }
  const EngineTopology& topology() const { return topology_; }
  bool pinned() const { return pinned_; }

  // Makes the calling thread a worker, for reports too.
  void enter_worker(uint32_t worker);
  // What the engine keeps for the calling thread.
  memmap_self* self();
  // Of the calling thread, into the trace.
  void record(const memmap_trace& event);
  // The line that a stall is reported by, without its end.
  std::string describe(const memmap_stall& stall) const;

 private:
  void locate(memmap_self& self) const;

  const EngineTopology& topology_;
  const bool pinned_;
  Trace* const trace_;
  const uint64_t serial_;                     // of this environment in the process: never used twice
  std::unique_ptr<Atomic<uint32_t>[]> tids_;  // by worker; 0 until it runs
  memmap_env env_;
};

class WorkerThreads {
 public:
  explicit WorkerThreads(WatchSources sources = WatchSources::of_this_system()) : sources_(std::move(sources)) {}
  ~WorkerThreads() { stop(); }
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  // Starts one thread for each worker that the cgroup's quota has room for and waits until all of them run; the others
  // get theirs when it has grown and there is work. Workers that cannot be pinned are said on stderr and run unpinned;
  // a thread that cannot be created is an error, and none is left.
  absl::Status start(memmap_pool* pool, ThreadEnvironment& environment);
  // memmap_pool_stop(), and joins. Does nothing if not started.
  void stop();
  uint32_t nr_unpinned() const { return nr_unpinned_; }

 private:
  struct Thread {
    WorkerThreads* owner = nullptr;
    uint32_t worker = 0;
    bool made = false;  // guarded by mutex_
    bool late = false;  // after the start
    int pin_errno = 0;
    pthread_t handle{};
  };
  static void* run(void* thread);
  void work(const Thread& thread);
  void rest(uint32_t worker);
  bool stay_away(uint32_t worker);
  int create(Thread& thread);
  absl::Status create_first();
  void create_more();
  void report_unpinned();

  memmap_pool* pool_ = nullptr;
  ThreadEnvironment* environment_ = nullptr;
  std::vector<Thread> threads_;  // by worker
  const WatchSources sources_;
  std::unique_ptr<WorkerWatch> watch_;  // null where workers are not pinned
  std::unique_ptr<GroupWidths> widths_;
  std::mutex mutex_;
  std::condition_variable runs_;
  std::condition_variable stops_;
  size_t nr_running_ = 0;        // guarded by mutex_
  bool stopping_ = false;        // guarded by mutex_
  Atomic<uint32_t> turns_made_;  // workers of these turns have threads, or could not have one
  uint32_t nr_unpinned_ = 0;
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_THREADS_H
