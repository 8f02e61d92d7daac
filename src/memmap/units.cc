// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/units.h"

#include "memmap/geometry.h"

namespace memmap::pages {

namespace {

// What a cursor gives away at a time.
uint64_t lot_units(const sched::Job& job, bool whole_words) { return whole_words ? kWordBits : job.grain_units; }

}  // namespace

void cut_stripes(sched::Job& job, uint64_t nr_units, const uint16_t* homes, uint32_t n, bool whole_words) {
  const uint64_t lot = lot_units(job, whole_words), lots = div_up(nr_units, lot);
  job.nr_stripes = uint32_t(smaller<uint64_t>(n, lots));
  for (uint32_t i = 0; i < job.nr_stripes; ++i) {
    sched::Stripe& stripe = job.stripes[i];
    stripe.begin = lots * i / job.nr_stripes * lot;
    stripe.end = smaller(lots * (i + 1) / job.nr_stripes * lot, nr_units);
    stripe.home = homes[i];
    stripe.whole_words = whole_words;
    stripe.cursor.store(stripe.begin, relaxed);
    stripe.left.store(stripe.end - stripe.begin, relaxed);
  }
}

void leave_out(sched::Job& job, uint64_t first, uint64_t last) {
  if (first >= last) return;
  for (uint32_t i = 0; i < job.nr_stripes; ++i) {
    sched::Stripe& stripe = job.stripes[i];
    const uint64_t from = larger(first, stripe.begin), to = smaller(last, stripe.end);
    if (from >= to) continue;
    stripe.left.store(stripe.left.load(relaxed) - (to - from), relaxed);
    // What is left out at a stripe's begin need not be walked by its cursor.
    if (from == stripe.begin) stripe.cursor.store(align_down(to, lot_units(job, stripe.whole_words)), relaxed);
  }
  for (uint64_t word = first / kWordBits; word * kWordBits < last; ++word) {
    const uint64_t bits = bits_in_word(word, first, last);
    job.claim[word].store(job.claim[word].load(relaxed) | bits, relaxed);
    job.done[word].store(job.done[word].load(relaxed) | bits, relaxed);
  }
}

void seal(sched::Job& job) {
  uint32_t with_work = 0;
  for (uint32_t i = 0; i < job.nr_stripes; ++i) {
    const bool empty = job.stripes[i].left.load(relaxed) == 0;
    if (empty) job.stripes[i].full.store(div_up(job.stripes[i].end, kWordBits), relaxed);
    with_work += !empty;
  }
  job.open.store(with_work, relaxed);
}

}  // namespace memmap::pages
