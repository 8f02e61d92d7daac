// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The stall report: somebody has waited for long; who holds which pages, in which stage?
#include "memmap/pool.h"
#include "memmap/range_job.h"
#include "memmap/units.h"
#include "sched/domain.h"

namespace memmap::pages {

namespace {

// Units of one job, or of all jobs of a domain, that somebody waits for.
struct Wanted {
  const sched::Domain& domain;
  const sched::Job* job;  // null: all
  uint64_t first, last;

  // Of some units of a word those that are wanted. The words may be torn, as their owner changes them: the job is
  // followed only if it is one of ours, which our pin keeps in place; then any word and bits of it stand for some
  // pages.
  uint64_t bits(const sched::Job* held, uint64_t word, uint64_t held_bits) const {
    const sched::Job* ours = job ? job : domain.newest();
    while (!job && ours && ours != held) ours = ours->next;
    if (!ours || ours != held) return 0;
    return job ? held_bits & bits_in_word(word, first, last) : held_bits;
  }
};

PageRange pages_of(const sched::Job& job, uint64_t word, uint64_t bits) {
  const uint64_t last = (word + 1) * kWordBits - uint64_t(std::countl_zero(bits));
  return static_cast<const RangeJob&>(job).pages_of(word * kWordBits + lowest_bit(bits), last);
}

// The first units of a job that are claimed and not done, up to the next that is. Nobody is left who could claim: who
// waits has swept. (Of a domain that has failed they may be dropped ones.)
PageRange first_missing(const RangeJob& job, uint64_t first, uint64_t last) {
  PageRange missing{0, 0};
  for (uint64_t word = first / kWordBits; word * kWordBits < last && missing.empty(); ++word) {
    const uint64_t bits = bits_in_word(word, first, last) & ~job.done_bits(word);
    for_each_run(word, bits, [&](uint64_t begin, uint64_t end) {
      missing = job.pages_of(begin, end);
      return 1;
    });
  }
  return missing;
}

PageRange first_missing(const Wanted& wanted) {
  if (wanted.job) return first_missing(static_cast<const RangeJob&>(*wanted.job), wanted.first, wanted.last);
  for (const sched::Job* job = wanted.domain.newest(); job; job = job->next) {
    const RangeJob& range = static_cast<const RangeJob&>(*job);
    if (!range.over()) return first_missing(range, 0, range.nr_units);
  }
  return {0, 0};
}

}  // namespace

void report_stall(const sched::Domain& domain, const sched::Job* job, uint64_t first, uint64_t last,
                  uint64_t waited_ns) {
  static constexpr const char* kStages[] = {"write", "ready", "retire"};
  const sched::Pool& engine = *domain.pool;
  const memmap_pool& pool = reinterpret_cast<const memmap_pool&>(engine);
  const Wanted wanted = {domain, job, first, last};
  memmap_stall stall = {domain.name, waited_ns, MEMMAP_NO_WORKER, 0, 0, "unknown"};
  const auto report = [&](PageRange pages) {
    stall.pfn = pages.begin;
    stall.nr_pages = pages.size();
    engine.env->stalled(engine.env->context, &stall);
  };
  const auto look = [&](uint32_t worker, const sched::Holding& holding) {
    const sched::Job* const held = holding.job.load(relaxed);
    const uint64_t word = holding.word.load(relaxed);
    const uint64_t bits = wanted.bits(held, word, holding.bits.load(relaxed));
    if (bits == 0) return;
    stall.worker = worker;
    stall.stage = kStages[holding.stage.load(relaxed)];
    report(pages_of(*held, word, bits));
  };
  for (uint32_t i = 0; i < engine.topology->nr_workers; ++i) {
    look(i, engine.workers[i].holding);
    for (const sched::Holding& holding : pool.nested[i].holdings) look(i, holding);
  }
  if (stall.worker == MEMMAP_NO_WORKER) report(first_missing(wanted));
}

}  // namespace memmap::pages
