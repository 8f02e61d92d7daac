// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The engine in miniature, for the explorer: up to three workers, a few slots, jobs of a few units in one word. Nothing
// is done by the submitter because it is small, and nobody spins.
//
// The checkers are here, outside of the engine: a unit that is run twice, run after a cancel returned, or seen before
// it was done, ends the execution.
#pragma once

#include "sched/domain.h"
#include "support/each_memory.h"

namespace memmap::sched {

constexpr uint32_t kUnitsMax = 12;  // more than a worker claims one by one before it chooses again

struct CountedJob : Job {
  Atomic<uint64_t> claim_word, done_word;
  Stripe parts[2];
  uint32_t nr_units = 0;
  uint32_t runs[kUnitsMax] = {};     // plain: written in the hook, read by who waited for it
  uint32_t failing = kUnitsMax;      // this unit's run is an error
  const memmap_env* tell = nullptr;  // who sleeps in wait_without_help() is told of each unit
  Atomic<uint32_t> told;
  uint32_t cancelled = 0;  // plain: set when a cancel has returned

  // Units for workers of group 0, and with two parts the second half for those of group 1.
  CountedJob(uint32_t units, uint32_t nr_parts);

  // All or these units were run, and the caller may look at what that stored.
  void expect_done(uint32_t first, uint32_t last) const;
  void expect_done() const { expect_done(0, nr_units); }
  // A cancel has returned: no run any more, and none is under way.
  void expect_still();
  // For callers that leave all work to workers: parks until every unit was run. Needs `tell`.
  void wait_without_help();
  uint64_t nr_runs() const;
  uint64_t nr_retired() const;

  static constexpr int kError = 77;
};

class SmallEngine {
 public:
  SmallEngine(explore::Scenario& scenario, uint32_t nr_workers, uint32_t nr_groups = 1, uint32_t nr_slots = 2);

  Pool& pool() { return pool_; }
  Domain* open(const memmap_domain_options& options = {});
  CountedJob* job(uint32_t units, uint32_t parts = 1) { return scenario_.make<CountedJob>(units, parts); }
  // Before any fiber runs: the job is accepted as if no worker could be woken.
  void accept(Domain& domain, CountedJob& job);

  // Of an engine without workers: adds some whose threads are lent by who makes the environment.
  void lend_workers(const memmap_env& env, uint32_t nr_workers);

  // As memmap_pool_stop(). Happens anyway when all callers have ended.
  void stop();

  // In a fiber. What the C API does around the engine's calls: pin, seat, unpin. CLOSED where there is nothing to pin.
  int submit(Domain& domain, Job& job);
  int flush(Domain& domain);
  int flush_units(Domain& domain, Job& job, uint64_t first, uint64_t last);
  int cancel(Domain& domain);
  // Afterwards its jobs' memory is given up; its own too, unless other callers may still try it.
  enum AfterClose { kGiveUpDomain, kKeepDomain };
  int close(Domain& domain, AfterClose after = kGiveUpDomain);

 private:
  void add_worker(uint32_t worker, uint32_t group);
  template <typename Body>
  int with(Domain& domain, Body body);

  explore::Scenario& scenario_;
  Pool pool_;
  memmap_topology topology_{};
  Group groups_[2];
  Worker workers_[3];
  Slot slots_[4];
  bool stopped_ = false;
};

}  // namespace memmap::sched
