// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What is seen of a grain from outside: who worked on it is counted, and where there is a trace its event is told.
#pragma once

#include "memmap/pool.h"
#include "memmap/range_job.h"

namespace memmap::pages {

// The worker whose holding it is; null: a caller's, on its stack.
inline sched::Worker* worker_of(sched::Pool& engine, const sched::Holding& holding) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(&holding) - reinterpret_cast<uintptr_t>(engine.workers);
  const uintptr_t index = at / sizeof(sched::Worker);
  return index < engine.topology->nr_workers ? &engine.workers[index] : nullptr;
}

// The worker's own counters: no locked instruction.
void count_theft(const RangeJob& job, uint64_t word, uint64_t bits, sched::Worker& worker);

// The event of a grain, but for its times.
memmap_trace grain_event(const RangeJob& job, uint64_t word, uint64_t bits);

// What of a grain is done: the bits of its units, and how many present pages they have.
struct Done {
  uint64_t bits = 0, pages = 0;
};

// Calls work(written), which calls written() between its two stages and returns what is done.
template <typename Work>
uint64_t observed(RangeJob& job, uint64_t word, uint64_t bits, const sched::Holding& holding, const int* error,
                  Work work) {
  sched::Pool& engine = job.pool->engine;
  sched::Worker* const worker = worker_of(engine, holding);
  if (worker) count_theft(job, word, bits, *worker);
  const memmap_env& env = *engine.env;
  Done done;
  if (!env.trace) {
    done = work([] {});
  } else {
    memmap_trace event = grain_event(job, word, bits);
    event.begin_ns = env.clock_ns(env.context);
    done = work([&] { event.ready_ns = env.clock_ns(env.context); });
    event.end_ns = env.clock_ns(env.context);
    event.status = *error;
    env.trace(env.context, &event);
  }
  if (!worker) job.caller_pages.fetch_add(done.pages, relaxed);
  return done.bits;
}

}  // namespace memmap::pages
