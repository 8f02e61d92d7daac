// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A domain: all the jobs that one flush waits for. Lives in the caller's storage; workers reach it through its slot.
//
// The state word: flags in the low byte, open children above, jobs accepted above these. Flags are bits, so that a
// cancel cannot erase a failure. A submit counts itself (U1; only while no flag is set), publishes (U2), looks at the
// flags again (W8), and if one has appeared drops its own jobs. Who cancels (C1) or closes (C2) waits until published =
// counted (U4), then drops or flushes the rest; a failure (F1) drops what it finds, W8 the others. So no job escapes. A
// child counts itself in the same way, after it has a slot, so that who has set a flag finds it in the table.
#pragma once

#include "sched/pool.h"
#include "sched/waiters.h"

namespace memmap::sched {

struct Domain {
  enum Flag : uint64_t { kFailed = 1, kCancelled = 2, kClosing = 4, kFlags = 0xFF };
  static constexpr uint64_t kOneChild = 0x100, kOneJob = 1 << 24;

  Pool* pool = nullptr;
  Domain* parent = nullptr;  // open as long as we are
  uint32_t depth = 0;        // parents above
  Slot* slot = nullptr;      // in the pool, or `own` where the table was full
  uint32_t slot_index = 0;   // the pool's number of slots: none of the table
  uint32_t generation = 0;
  uint32_t max_workers = 0;
  bool background = false;
  uint64_t birth = 0;
  Atomic<uint64_t> turn;  // by the pool's births: when it was opened, or chosen because it was its turn
  char name[32] = {};
  Slot own;

  Atomic<uint64_t> state, published;
  Atomic<Job*> jobs;          // newest first
  Atomic<int> error;          // first one, written before kFailed
  Atomic<uint32_t> crew;      // workers on it
  Atomic<uint32_t> flushers;  // waited for: chosen first
  Waiters waiters;

  Job* newest() const { return jobs.load(seq_cst); }               // U3 with U2: it and all before it are whole
  uint64_t flags() const { return state.load(seq_cst) & kFlags; }  // W8 with F1, C1: and why they were set
  bool childless() const { return state.load(acquire) % kOneJob < kOneChild; }  // C4 with C3: what closed ones did
  bool stopped() const { return (state.load(relaxed) & (kFailed | kCancelled)) != 0; }  // a hint
  bool waited_for() const { return flushers.load(relaxed) != 0 || (parent && parent->waited_for()); }
  bool full() const { return max_workers != 0 && crew.load(relaxed) >= max_workers; }
  bool enter() {  // the crew; false where that is full
    for (uint32_t before = crew.load(relaxed); max_workers == 0 || before < max_workers;)
      if (crew.compare_exchange(before, before + 1, relaxed)) return true;
    return false;
  }
  uint64_t slot_bit() const { return slot_index < pool->nr_slots ? uint64_t{1} << slot_index : 0; }
};

// Name, max_workers and background are set already; the parent, where there is one, is pinned by the caller. Refused
// where it is no longer open, or no slot is left for others to find a child by.
int open(Domain& domain, Pool& pool, Domain* parent);

// Below, the caller holds a pin. Statuses are those of memmap.h.
// submit, in order: count_in, which may refuse; whatever must precede the jobs and a refusal must not find done;
// publish.
int count_in(Domain& domain, uint64_t what = Domain::kOneJob);
void publish(Seat& seat, Domain& domain, Job* newest, Job* oldest, uint64_t nr);  // a chain of nr, linked by next
int flush(Seat& seat, Domain& domain);
int flush_units(Seat& seat, Domain& domain, Job& job, uint64_t first, uint64_t last);
int outcome(const Domain& domain);  // OK, CANCELLED, or the first error
// True for the first call. After it returns nothing is run any more.
bool cancel(Seat& seat, Domain& domain);
// close, in order: begin_close (CLOSED: somebody else closes; BUSY: a child is open); flush; the caller gives up its
// pin; slot->close(); now nobody is inside and the jobs may be taken apart; end_close gives the slot to the next
// domain.
int begin_close(Domain& domain);
void end_close(Domain& domain);

// Runs a claimed grain and retires it; an error ends the domain.
void work_on(Seat& seat, Domain& domain, const Grain& grain);
// Claims and retires, without running, whatever is unclaimed, and wakes everybody who waits.
void drop_all(Seat& seat, Domain& domain);

// The next grain of the domain for a seat, where the `last` one came from, else nearest stripes first, from job `from`
// on; no bits where nothing is left or the domain was stopped.
Grain next_grain(const Seat& seat, Domain& domain, Job* from, Grain& last);
// What is still to do: units that nobody was sent to (0: none is unclaimed), time for all that is not retired, and how
// near the nearest unclaimed stripe is to a group; of many jobs an estimate. Need not go on beyond `enough_ns`.
struct Remainder {
  uint64_t unclaimed_units = 0, unfinished_ns = 0, nearest_rank = UINT16_MAX;
};
Remainder remainder(const Domain& domain, uint32_t group, uint64_t enough_ns = UINT64_MAX);
// Wakes up to n workers for the domain's unclaimed stripes, `beside` last. Returns how many.
uint32_t wake_for(Pool& pool, const Domain& domain, uint32_t n, uint32_t beside);

}  // namespace memmap::sched
