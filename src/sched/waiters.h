// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Who waits for a domain: a few slots with a range each, and a crowd for those who find no slot.
//
//   waiter                                   finisher
//     fill the slot (relaxed)                  retire: done, left, open   (R1, R2, R3)
//     announce               (W1)              load announced, once       (R4)
//     read event             (W2)              where a slot's range overlaps:
//     look again             (W3, W4, W8)        bump event               (R5), unpark
//     park(event, seen)
//
// All seq_cst: either the finisher sees the announcement, or the waiter's second look sees what was retired. A slot
// that is reused meanwhile gets at worst a wake for nothing: its new owner announced after the finisher's load.
#pragma once

#include "memmap/env.h"
#include "sched/job.h"

namespace memmap::sched {

// Units of a job that somebody waits for, or that were retired; job null: whole jobs.
struct UnitRange {
  const Job* job;
  uint64_t first, last;
};

class Waiters {
 public:
  static constexpr UnitRange kEverybody = {nullptr, 0, 0};
  // Wakes those whose range overlaps, and, where `over`, those who wait for whole jobs; from a context that may not
  // wake, `later`.
  void wake(const memmap_env& env, UnitRange retired, bool over, bool later);

 private:
  friend class Waiting;
  struct WaitSlot {
    Atomic<uint32_t> event;
    Atomic<const Job*> job;
    Atomic<uint64_t> first, last;
  };
  static constexpr uint32_t kSlots = 8;
  static constexpr uint32_t kCrowdOne = 1u << kSlots;

  Atomic<uint32_t> announced_;  // low bits: slots; above: number in the crowd
  Atomic<uint32_t> occupied_, crowd_event_;
  WaitSlot slots_[kSlots];
};

// Being announced: evidence that a finisher will wake us. On the stack of who waits.
class Waiting {
 public:
  Waiting(Waiters& waiters, UnitRange range);
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  Atomic<uint32_t>& event() { return slot_ ? slot_->event : waiters_.crowd_event_; }

 private:
  Waiters& waiters_;
  Waiters::WaitSlot* slot_ = nullptr;  // null: in the crowd
  uint32_t announcement_ = Waiters::kCrowdOne;
};

}  // namespace memmap::sched
