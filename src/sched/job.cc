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

Grain take(const Grain& last, uint32_t units) {
  Job& job = *last.job;
  Stripe& stripe = *last.stripe;
  const uint64_t lot = stripe.whole_words ? kWordBits : units;
  const auto lowest = [&](uint64_t from) { return sweep(job, stripe, units, from, smaller(from + lot, stripe.end)); };
  Grain grain;
  if (stripe.whole_words && last.bits != 0) grain = lowest(last.word * kWordBits);
  // The look at the cursor keeps it from running away: it overshoots by at most one lot a contender.
  while (grain.bits == 0 && stripe.cursor.load(relaxed) < stripe.end)
    grain = lowest(stripe.cursor.fetch_add(lot, relaxed));
  return grain.bits != 0 ? grain : sweep(job, stripe, units);
}

Grain sweep(Job& job, Stripe& stripe, uint32_t units, uint64_t& from, uint64_t last) {
  for (; from < last; from = (from / kWordBits + 1) * kWordBits) {
    const uint64_t word = from / kWordBits;
    while (const uint64_t unclaimed = bits_in_word(word, from, last) & ~job.claim[word].load(relaxed)) {
      const Grain grain = claim(job, stripe, word, keep_from_lowest(unclaimed, units));
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
