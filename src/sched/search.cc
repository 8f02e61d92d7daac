// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Looking for work inside one domain: which stripe, how much at a time, whom to wake for it.
#include "sched/domain.h"

namespace memmap::sched {

namespace {

constexpr uint32_t kStripesALook = 64;  // with something unclaimed: no look costs more, however many jobs there are

// Calls visit(job, stripe, its unclaimed units) for the jobs from `from` on that are not over, until it returns true.
// Those that are over are left out of the chain of hints on the way, but for one that is the first of all. False: it
// ended at kStripesALook.
template <typename Visit>
bool for_each_live(Job* from, Visit visit) {
  uint32_t looks = 0;
  Job* before = nullptr;
  for (Job *job = from, *next; job; job = next) {
    next = job->next_live.load(relaxed);
    const bool over = job->over();
    for (uint32_t i = 0; i < job->nr_stripes && !over; ++i) {
      const uint64_t unclaimed = job->stripes[i].unclaimed_hint();
      if (visit(*job, job->stripes[i], unclaimed)) return true;
      if (unclaimed != 0 && ++looks == kStripesALook) return false;
    }
    if (over && before)
      before->next_live.store(next, relaxed);
    else
      before = job;
  }
  return true;
}

Grain nearest_stripe(const Seat& seat, Job* from) {
  Grain best;
  uint32_t best_rank = UINT32_MAX;
  for_each_live(from, [&](Job& job, Stripe& stripe, uint64_t unclaimed) {
    const uint32_t rank = seat.pool.rank(seat.self.group, stripe.home);
    if (rank < best_rank && unclaimed != 0) best_rank = rank, best = {&job, &stripe, 0, 0};
    return best_rank == 0;
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
    if (!last.stripe && !(last = nearest_stripe(seat, from)).stripe) break;
    last = take(last, grain_units(seat, domain, last));
    if (last.bits != 0) return last;
  }
  return {};
}

Remainder remainder(const Domain& domain, uint32_t group, uint64_t enough_ns) {
  Remainder all;
  const bool whole = for_each_live(domain.newest(), [&](const Job& job, const Stripe& stripe, uint64_t unclaimed) {
    // Where all at home have left, who is there is as near as anybody, or it would wait for them.
    const Group& home = domain.pool->groups[stripe.home];
    const uint32_t rank = home.away.load(relaxed) == home.nr_members ? 0 : domain.pool->rank(group, stripe.home);
    if (unclaimed != 0) all.nearest_rank = smaller(all.nearest_rank, rank);
    all.unclaimed_units += unclaimed;
    all.unfinished_ns += stripe.left.load(relaxed) * job.unit_ns;
    return all.unclaimed_units != 0 && all.unfinished_ns >= enough_ns;
  });
  // If there are more: enough, or taken to be like those that were looked at, and none to be over.
  const uint64_t as_many_ns = all.unfinished_ns / kStripesALook * domain.published.load(relaxed);
  if (!whole) all.unfinished_ns = larger(all.unfinished_ns, enough_ns == UINT64_MAX ? as_many_ns : enough_ns);
  return all;
}

uint32_t wake_for(Pool& pool, const Domain& domain, uint32_t n, uint32_t beside) {
  uint32_t woken = 0;
  for_each_live(domain.newest(), [&](const Job&, const Stripe& stripe, uint64_t unclaimed) {
    for (; unclaimed != 0 && woken < n; ++woken)
      if (!wake_near(pool, stripe.home, beside)) return true;  // where nobody may be for one stripe, nobody may for any
    return woken == n;
  });
  return woken;
}

}  // namespace memmap::sched
