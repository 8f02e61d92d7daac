// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A slot: the one word by which everybody, API callers included, holds a domain in place.
//
//     generation (32) | closing (1) | pins (31)
//
// pin: by compare-exchange, only if the generation matches and nobody closes. The pin spans a claim through the wake
// after its last retire, so a closed domain's memory is touched by nobody. A free slot is closing and has no pins.
#pragma once

#include "base/atomic.h"
#include "base/bits.h"
#include "memmap/env.h"

namespace memmap::sched {

struct Domain;

class Slot {
 public:
  static constexpr uint32_t kAny = 0;  // generations begin with 1

  // A new domain moves in. Only the owner of a free slot calls it. Returns the generation.
  uint32_t open(Domain& domain) {
    const uint64_t generation = larger(kAny + 1, uint32_t(word_.load(relaxed) >> 32) + 1);  // also after 2^32 of them
    domain_.store(&domain, relaxed);
    word_.store(generation << 32, release);  // S1 with S2, S12: who pins sees it as it was opened
    return uint32_t(generation);
  }

  // Holds the domain of that generation; null where it is closing, closed, or another.
  Domain* pin(uint32_t generation) {
    uint64_t seen;
    while (seen = word_.load(acquire),  // S9 with S10: who is refused comes after what was done before the close
           seen >> 32 != 0 && !(seen & kClosing) && (generation == kAny || seen >> 32 == generation))
      if (word_.compare_exchange(seen, seen + 1, acquire)) return domain_.load(relaxed);  // S2 with S1: as opened
    return nullptr;
  }

  // S12 with S1: that domain, open, and not who was here before
  bool holds(const void* domain) const { return !(word_.load(acquire) & kClosing) && domain_.load(relaxed) == domain; }

  // The last pin of a closing slot wakes its closer, through a word of the pool: the domain, and a slot that is part of
  // it, may be gone by then.
  void unpin(const memmap_env& env, Atomic<uint32_t>& drained, bool later) {
    const uint64_t before = word_.fetch_sub(1, seq_cst);  // S3 with S5: all that we did inside comes first
    if ((before & (kClosing | kPins)) != (kClosing | 1)) return;
    drained.fetch_add(1, seq_cst);  // S4 with S6: after the pins, which it looks at after this
    (later ? env.wake_later : env.unpark)(env.context, drained.address());
  }

  // Refuses further pins and returns when nobody holds one. Calls waits() now and then, at least once in stall_ns.
  void close(const memmap_env& env, Atomic<uint32_t>& drained, uint64_t stall_ns, auto waits) {
    word_.fetch_or(kClosing, release);  // S10 with S9: all units are done
    for (;;) {
      const uint32_t seen = drained.load(seq_cst);     // S6 with S4: before the look at the pins
      if ((word_.load(seq_cst) & kPins) == 0) return;  // S5 with S3: everybody's work is behind us
      waits();
      env.park(env.context, drained.address(), seen, stall_ns);
    }
  }

 private:
  static constexpr uint64_t kClosing = uint64_t{1} << 31, kPins = kClosing - 1;

  Atomic<uint64_t> word_;
  Atomic<Domain*> domain_;
};

}  // namespace memmap::sched
