// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The stall report: somebody has waited for long; which worker holds which pages, in which stage?
#include "memmap/pool.h"
#include "memmap/range_job.h"
#include "sched/domain.h"

namespace memmap::pages {

void report_stall(const sched::Domain& domain, const sched::Job* wanted, uint64_t waited_ns) {
  static constexpr const char* kStages[] = {"write", "ready", "retire"};
  const sched::Pool& engine = *domain.pool;
  memmap_stall stall = {domain.name, waited_ns, MEMMAP_NO_WORKER, 0, 0, kStages[0]};
  for (uint32_t i = 0; i < engine.topology->nr_workers; ++i) {
    // A snapshot of words that their owner may be changing: the job is followed only if it is one of ours, which our
    // pin keeps in place, and then any word and bits of it stand for some pages.
    const sched::Holding& holding = engine.workers[i].holding;
    const sched::Job* const held = holding.job.load(relaxed);
    const uint64_t word = holding.word.load(relaxed), bits = holding.bits.load(relaxed);
    const sched::Job* ours = wanted ? wanted : domain.newest();
    while (!wanted && ours && ours != held) ours = ours->next;
    if (!ours || ours != held || bits == 0) continue;
    const uint64_t last = (word + 1) * kWordBits - uint64_t(std::countl_zero(bits));
    const PageRange pages = static_cast<const RangeJob&>(*held).pages_of(word * kWordBits + lowest_bit(bits), last);
    stall.worker = i;
    stall.stage = kStages[holding.stage.load(relaxed)];
    stall.pfn = pages.begin;
    stall.nr_pages = pages.size();
    engine.env->stalled(engine.env->context, &stall);
  }
  if (stall.worker == MEMMAP_NO_WORKER) engine.env->stalled(engine.env->context, &stall);
}

}  // namespace memmap::pages
