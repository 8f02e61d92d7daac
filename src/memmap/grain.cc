// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/grain.h"

#include "memmap/units.h"
#include "sched/domain.h"

namespace memmap::pages {

namespace {

// The group that the units of a grain were meant for: all are of one stripe.
uint32_t home_of(const RangeJob& job, uint64_t unit) {
  uint32_t i = 0;
  while (i + 1 < job.nr_stripes && job.stripes[i].end <= unit) ++i;
  return job.stripes[i].home;
}

}  // namespace

void count_theft(const RangeJob& job, uint64_t word, uint64_t bits, sched::Worker& worker) {
  const uint32_t rank = job.pool->engine.rank(worker.group, home_of(job, word * kWordBits + lowest_bit(bits)));
  if (rank == 0) return;
  const uint32_t distance = uint32_t(std::bit_width(rank)) - 1;
  add_own(worker.stolen_at[smaller(distance, uint32_t{MEMMAP_STEAL_DISTANCES - 1})], 1);
}

memmap_trace grain_event(const RangeJob& job, uint64_t word, uint64_t bits) {
  const sched::Pool& engine = job.pool->engine;
  const uint64_t first = word * kWordBits + lowest_bit(bits);
  const PageRange pages = job.pages_of(first, (word + 1) * kWordBits - uint64_t(std::countl_zero(bits)));
  memmap_trace event{};
  event.kind = MEMMAP_TRACE_GRAIN;
  event.domain = job.domain->name;
  event.domain_id = job.domain->birth;
  event.pfn = pages.begin;
  event.nr_pages = pages.size();
  event.units = bits >> lowest_bit(bits);
  event.unit_shift = job.unit_shift;
  event.home = home_of(job, first);
  event.rank = engine.rank(engine.env->self(engine.env->context)->group, event.home);
  return event;
}

}  // namespace memmap::pages
