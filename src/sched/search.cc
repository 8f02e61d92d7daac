// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Looking for work inside one domain: which stripe, how much at a time, whom to wake for it.
#include "sched/domain.h"

namespace memmap::sched {

namespace {

// Visits the stripes of the jobs from `from` on that are not over. Those that are, are unlinked from the chain of hints
// on the way, so that a domain of many small requests does not cost each search a walk over all of them.
template <typename Visit>
void for_each_live(Job* from, Visit visit) {
  Job* before = nullptr;
  for (Job* job = from; job;) {
    Job* const next = job->next_live.load(relaxed);
    if (!job->over()) {
      for (uint32_t i = 0; i < job->nr_stripes; ++i) visit(*job, job->stripes[i]);
      before = job;
    } else if (before) {
      before->next_live.store(next, relaxed);
    }
    job = next;
  }
}

Grain nearest_stripe(const Seat& seat, Job* from) {
  Grain best;
  uint32_t best_rank = UINT32_MAX;
  for_each_live(from, [&](Job& job, Stripe& stripe) {
    const uint32_t rank = seat.pool.rank(seat.self.group, stripe.home);
    if (rank < best_rank && stripe.unclaimed_hint() != 0) best_rank = rank, best = {&job, &stripe, 0, 0};
  });
  return best;
}

// A background domain holds nobody up for longer than a unit until somebody waits for it; near the end of a stripe
// thieves take single units, so that its home workers do not finish behind a thief's last grain.
uint32_t grain_units(const Seat& seat, const Domain& domain, const Grain& last) {
  const uint32_t grain = last.job->grain_units;
  if ((domain.background && !domain.waited_for()) || seat.pool.buggify("a single unit")) return 1;
  return last.stripe->home != seat.self.group && last.stripe->unclaimed_hint() <= 2 * grain ? 1 : grain;
}

}  // namespace

Grain next_grain(const Seat& seat, Domain& domain, Job* from, Grain& last) {
  while (!domain.stopped()) {
    if (!last.stripe) last = nearest_stripe(seat, from);
    if (!last.stripe) break;
    last = take(last, grain_units(seat, domain, last));
    if (last.bits != 0) return last;
  }
  return {};
}

Remainder remainder(const Domain& domain, uint32_t group) {
  Remainder all;
  for_each_live(domain.newest(), [&](const Job& job, const Stripe& stripe) {
    const uint64_t unclaimed = stripe.unclaimed_hint();
    if (unclaimed != 0) all.nearest_rank = smaller(all.nearest_rank, domain.pool->rank(group, stripe.home));
    all.unclaimed_units += unclaimed;
    all.unfinished_ns += stripe.left.load(relaxed) * job.unit_ns;
  });
  return all;
}

uint32_t wake_for(Pool& pool, const Domain& domain, uint32_t n, uint32_t beside) {
  uint32_t woken = 0;
  bool more = true;  // where nobody may be woken for one stripe, nobody may for any
  for_each_live(domain.newest(), [&](const Job&, const Stripe& stripe) {
    while (more && woken < n && stripe.unclaimed_hint() != 0) woken += more = wake_near(pool, stripe.home, beside);
  });
  return woken;
}

}  // namespace memmap::sched
