// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The pool: workers in locality groups, the slots in which they see domains, and who sleeps.
//
//   submitter                                    worker
//     push the jobs            (U2)                read news               (P3)
//     set busy, bump news      (B0, B1)            look through busy domains: nothing
//     load parked              (B2)                announce: set parked    (P1)
//     turn one parked bit off  (B3)                read news again         (P2): changed? withdraw, look again
//     bump its event, unpark   (B4)                park(event, seen)
//
// B1, B2, P1, P2 are seq_cst: either the submitter sees the announcement, or the worker sees the news. Who turns a
// parked bit off owes that worker one wake.
#pragma once

#include "memmap/env.h"
#include "sched/job.h"
#include "sched/slot.h"

namespace memmap::sched {

struct alignas(64) Group {
  Atomic<uint64_t> parked;  // bit i: members[i] is parked, or about to
  uint16_t nr_members = 0, members[kWordBits] = {};
  Atomic<uint32_t> width, away;  // members awake at once; members that have left

  uint64_t all_parked() const { return parked.load(seq_cst); }  // B2 with P1: after the news
  // One of these parked ones, as far as the width goes.
  // L5 with L4: we see a width that was raised, or who raises it the work
  // L2 with L1: who has left, and may never come back, takes no place
  bool may_wake(uint64_t p) const { return p && nr_members < width.load(seq_cst) + count_bits(p) + away.load(seq_cst); }
};

struct alignas(128) Worker {
  Atomic<uint32_t> event;                               // futex word
  uint32_t group = 0, away = 0;                         // away: has left, and not stepped since
  uint64_t bit = 0;                                     // of its group's parked word
  Domain* domain = nullptr;                             // pinned, while it works on it
  Grain last;                                           // it goes on beside it
  uint32_t choices = 0, units_left = 0, news_seen = 0;  // so far; of this one; no work when news had this value
  Holding holding;
  Atomic<uint32_t> guests;  // callers at work on its CPU: it yields to them between grains
  Atomic<uint64_t> grains, stolen_grains, parks, wakes_sent, yields, stolen_at[MEMMAP_STEAL_DISTANCES];
};

struct Pool {
  const memmap_env* env = nullptr;
  const memmap_topology* topology = nullptr;
  Group* groups = nullptr;
  Worker* workers = nullptr;
  Slot* slots = nullptr;
  uint32_t nr_slots = 0;
  uint64_t inline_ns = 0;  // work below this is done by who submits it
  uint32_t spin_ns = 0;    // 0: no spin
  uint64_t stall_ns = 0;
  alignas(64) Atomic<uint64_t> busy;  // slots that may have unclaimed work
  Atomic<uint32_t> news;              // changes when work appears
  alignas(64) Atomic<uint64_t> used;  // slots taken
  Atomic<uint64_t> births;
  Atomic<uint32_t> open_domains;
  Atomic<uint32_t> drained;  // changes when the last pin of a closing domain is gone
  Atomic<uint32_t> awake, searching, stopping;

  void check(bool holds, const char* what) const { return holds ? void() : env->fatal(env->context, what); }
  bool buggify(const char* point) const { return env->buggify && env->buggify(env->context, point); }
  uint32_t rank(uint32_t g, uint32_t home) const { return topology->steal_rank[g * topology->nr_groups + home]; }
};

// Who is working: a worker, or a caller of the API on its own stack.
struct Seat {
  Pool& pool;
  memmap_self& self;
  Holding& holding;
  bool atomic_context;  // grow: may not wake
};

// Tells the workers that the slot of `slot_bit` has work; counts as news.
void announce_work(Pool& pool, uint64_t slot_bit);

// Wakes a parked worker as near to `home` as possible, `beside` (a worker, or none) last. False: nobody may be woken.
bool wake_near(Pool& pool, uint32_t home, uint32_t beside);

// As in env.h. worker_rest: `seen` is the value to park on.
bool worker_step(Pool& pool, uint32_t index);
bool worker_rest(Pool& pool, uint32_t index, uint32_t* seen);
void worker_return(Pool& pool, uint32_t index);
bool worker_idle(Pool& pool, uint32_t index);
void worker_leave(Pool& pool, uint32_t index);

}  // namespace memmap::sched
