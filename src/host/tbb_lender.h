// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The oneTBB lender: an environment without threads of its own. A worker is a task in the arena of its locality group,
// which exists while there is work: it steps until nothing is left, rests, and returns to oneTBB. Where the engine
// wants a resting worker, it gets a task again.
//
//     TbbLender lender(topology, tbb_node_of_groups, {.located = true});
//     ... memmap_pool_init() with lender.env() and lender.table() ...
//     lender.start(pool);
//     ... work ...
//     lender.stop();
//
// Who waits in a task is suspended, so that its thread does something else meanwhile; who waits in a thread that is in
// no task blocks. After the wait a task may run in another thread. So what the engine keeps "per thread of execution"
// (memmap_self) belongs to the stack here: oneTBB has a container for that, keyed by suspend point.
#ifndef MEMMAP_HOST_TBB_LENDER_H
#define MEMMAP_HOST_TBB_LENDER_H

#include <oneapi/tbb/cache_aligned_allocator.h>
#include <oneapi/tbb/enumerable_thread_specific.h>
#include <oneapi/tbb/task_arena.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/engine_topology.h"
#include "host/group_widths.h"
#include "host/lent_worker.h"
#include "host/suspended_tasks.h"
#include "host/trace.h"
#include "host/worker_watch.h"
#include "memmap/env.h"

namespace memmap::host {

// Threads that oneTBB would lend now, beside the one that calls: none where the application allows it one.
uint32_t lendable_threads();

struct TbbLenderOptions {
  bool located = false;    // the topology's CPUs are this machine's, so workers go and come with them
  uint32_t width = 0;      // tasks at once in one group; 0: found out, beginning with what the topology says
  Trace* trace = nullptr;  // lent; null: nothing is recorded
  WatchSources sources = WatchSources::of_lent_threads();
};

class TbbLender {
 public:
  // `topology` is lent. `tbb_node_of_group`: see tbb_nodes.h.
  TbbLender(const EngineTopology& topology, const std::vector<int>& tbb_node_of_group, TbbLenderOptions options);
  ~TbbLender() { stop(); }
  TbbLender(const TbbLender&) = delete;
  TbbLender& operator=(const TbbLender&) = delete;

  const memmap_env* env() const { return &env_; }
  const memmap_topology* table() const { return &table_; }

  // From now on workers are lent; once. Not beside other calls of the pool; what was submitted before is found.
  void start(memmap_pool* pool);
  // memmap_pool_stop(), and waits for the tasks that run, with a hand where oneTBB has no thread. The pool's domains
  // are closed. Does nothing if not started.
  void stop();

  // What the engine keeps for the calling stack.
  memmap_self* self();
  // The line that a stall is reported by, without its end.
  std::string describe(const memmap_stall& stall) const;
  // Tasks that were brought so far, those of other turns of one worker not counted.
  uint64_t nr_lent() const { return nr_lent_.load(relaxed); }

 private:
  // Tasks are enqueued plainly: they are in no group, so they are never cancelled with whatever started us. Until
  // oneTBB 2022.3 (its pull request 1785) a task of a group must not outlive the arena that its maker was in, as it
  // counts down in memory of that; ours are brought from anybody's arenas. So they are counted here.
  struct Arena {
    Arena(int tbb_node, uint32_t nr_threads);
    void wait_for_queue();
    tbb::task_arena arena;
  };
  struct alignas(64) Worker {
    LentWorker state;
    uint32_t index = 0;
    Arena* arena = nullptr;
    uint32_t* word = nullptr;  // by which it is unparked
    uint64_t rests_since_ns = 0;
  };

  static void park(void* lender, uint32_t* word, uint32_t value, uint64_t timeout_ns);
  static void unpark(void* lender, uint32_t* word);
  Worker* worker_of(const uint32_t* word);
  void bring_task(Worker& worker, bool returns);
  void run(Worker& worker, bool returns);
  bool rest(Worker& worker);
  void come_back(Worker& worker);
  void begin_awake(const Worker& worker);
  enum class Turn : uint8_t { over, nothing_left, beyond_width };
  Turn take_turn(Worker& worker);
  bool rest_beyond_width(Worker& worker);
  bool stays_away(Worker& worker);
  void bring_back();

  const EngineTopology& topology_;
  const TbbLenderOptions options_;
  std::vector<uint16_t> width_;
  memmap_topology table_;
  memmap_env env_;
  memmap_pool* pool_ = nullptr;
  Atomic<uint32_t> stopping_;
  LentTasks tasks_;
  Atomic<uint64_t> nr_lent_;
  SuspendedTasks suspended_;
  tbb::enumerable_thread_specific<TracedSelf, tbb::cache_aligned_allocator<TracedSelf>, tbb::ets_suspend_aware> selves_;
  std::vector<std::unique_ptr<Arena>> arenas_;  // by group; none where it has no workers
  std::unique_ptr<Worker[]> workers_;
  std::vector<Worker*> by_word_;         // ascending
  std::unique_ptr<GroupWidths> widths_;  // null where the width is given
  std::unique_ptr<WorkerWatch> watch_;   // null where CPUs are another machine's
  std::mutex away_mutex_;
  std::vector<Worker*> away_;  // guarded by away_mutex_: without a task until their CPUs are there again
  Atomic<uint32_t> nr_away_;   // as many, to look at without the mutex
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_TBB_LENDER_H
