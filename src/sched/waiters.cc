// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "sched/waiters.h"

namespace memmap::sched {

void Waiters::wake(const memmap_env& env, UnitRange retired, bool over, bool later) {
  const uint32_t announced = announced_.load(seq_cst);  // R4 with W1: after all that was retired, or the flag
  const auto bump = [&](Atomic<uint32_t>& event) {
    event.fetch_add(1, seq_cst);  // R5 with W2: who read the event before will not park
    (later ? env.wake_later : env.unpark)(env.context, event.address());
  };
  for (uint64_t slots = announced & low_bits(kSlots); slots != 0; slots &= slots - 1) {
    WaitSlot& slot = slots_[lowest_bit(slots)];
    const Job* const job = slot.job.load(relaxed);
    const bool meets = slot.first.load(relaxed) < retired.last && retired.first < slot.last.load(relaxed);
    if (!retired.job || (job ? job == retired.job && meets : over)) bump(slot.event);
  }
  if (announced >= kCrowdOne) bump(crowd_event_);
}

Waiting::Waiting(Waiters& waiters, UnitRange range) : waiters_(waiters) {
  const uint32_t index = take_bit(waiters.occupied_, Waiters::kSlots);
  if (index < Waiters::kSlots) {
    slot_ = &waiters.slots_[index];
    slot_->job.store(range.job, relaxed);
    slot_->first.store(range.first, relaxed);
    slot_->last.store(range.last, relaxed);
    announcement_ = 1u << index;
  }
  waiters.announced_.fetch_add(announcement_, seq_cst);  // W1 with R4: the slot is filled; now look again
}

Waiting::~Waiting() {
  waiters_.announced_.fetch_sub(announcement_, relaxed);             // a late finisher wakes for nothing
  if (slot_) waiters_.occupied_.fetch_and(~announcement_, release);  // W6 with S7: withdrawn before
}

}  // namespace memmap::sched
