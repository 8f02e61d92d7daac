// SPDX-License-Identifier: GPL-2.0-only OR MIT
// From a span to units: cutting it into stripes, leaving out units that do not exist. Before the job is published, by
// one thread, on zeroed words, in this order. And walking over the units of a word.
#pragma once

#include "sched/job.h"

namespace memmap::pages {

// Whether grains of so many pages suit a worker's share: what a span's end waits for is the last one.
constexpr bool has_many(uint64_t share_pages, uint64_t grain_pages) { return share_pages / 64 >= grain_pages; }

// Stripes over units [0, nr_units) for n home groups, borders on grains, or on words; fewer where there are fewer.
void cut_stripes(sched::Job& job, uint64_t nr_units, const uint16_t* homes, uint32_t n, bool whole_words);

// Units [first, last) do not exist: they are claimed, done, and not counted.
void leave_out(sched::Job& job, uint64_t first, uint64_t last);

// Counts the stripes that have work.
void seal(sched::Job& job);

// Visits runs of neighbouring units of a word as [first, last); stops at and returns the first nonzero result.
template <typename Visit>
int for_each_run(uint64_t word, uint64_t bits, Visit visit) {
  while (bits != 0) {
    const uint64_t first = lowest_bit(bits);
    const uint64_t count = uint64_t(std::countr_one(bits >> first));
    if (const int result = visit(word * kWordBits + first, word * kWordBits + first + count)) return result;
    bits &= bits + (uint64_t{1} << first);  // the carry runs through the run
  }
  return 0;
}

}  // namespace memmap::pages
