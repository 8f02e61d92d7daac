// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "sched/job.h"

namespace memmap::sched {

uint64_t Stripe::unclaimed_hint() const {
  if (full.load(relaxed) * kWordBits >= end) return 0;
  const uint64_t at = cursor.load(relaxed);
  return at < end ? end - at : 1;
}

Grain claim(Job& job, Stripe& stripe, uint64_t word, uint64_t bits) {
  // Claiming orders nothing: what a job is made of was published with the domain's list (U2), and what a unit's owner
  // wrote is published when it retires.
  return {&job, &stripe, word, bits & ~job.claim[word].fetch_or(bits, relaxed)};
}

Grain take(Job& job, Stripe& stripe, uint32_t units) {
  // The first look keeps the cursor from running away: it overshoots by at most one grain a contender.
  while (stripe.cursor.load(relaxed) < stripe.end) {
    const uint64_t first = stripe.cursor.fetch_add(units, relaxed);
    const uint64_t word = first / kWordBits;
    const uint64_t bits = bits_in_word(word, first, smaller(first + units, stripe.end));
    if (bits == 0) break;
    // Where single units came before, a grain may cross into the next word: that part is left to the sweep.
    const Grain grain = claim(job, stripe, word, bits);
    if (grain.bits != 0) return grain;
  }
  return sweep(job, stripe, units);
}

Grain sweep(Job& job, Stripe& stripe, uint32_t units, uint64_t& from, uint64_t last) {
  for (; from < last; from = (from / kWordBits + 1) * kWordBits) {
    const uint64_t word = from / kWordBits;
    while (const uint64_t unclaimed = bits_in_word(word, from, last) & ~job.claim[word].load(relaxed)) {
      const Grain grain = claim(job, stripe, word, keep_lowest(unclaimed, units));
      if (grain.bits != 0) return grain;
    }
  }
  return {};
}

Grain sweep(Job& job, Stripe& stripe, uint32_t units) {
  uint64_t from = larger(stripe.begin, stripe.full.load(relaxed) * kWordBits);
  const Grain grain = sweep(job, stripe, units, from, stripe.end);
  stripe.full.store(from / kWordBits, relaxed);  // a late one takes it back, to a word that is as true
  return grain;
}

}  // namespace memmap::sched
