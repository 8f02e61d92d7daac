// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The retire order. Who turned claim bits retires exactly these, once:
//
//   done bits (R1) -> the stripe's left (R2) -> if that reached 0, the job's open stripes (R3) -> look at waiters (R4)
//
// All seq_cst, so that a waiter who announced itself and then saw one of them unchanged is seen by R4.
#include "sched/domain.h"

namespace memmap::sched {

namespace {

void retire(const Seat& seat, Domain& domain, const Grain& grain, uint64_t done_bits) {
  Job& job = *grain.job;
  const uint64_t units = count_bits(grain.bits);
  if (done_bits != 0) {
    const uint64_t before = job.done[grain.word].fetch_or(done_bits, seq_cst);  // R1 with W4: what the units stored
    seat.pool.check((before & done_bits) == 0 && (done_bits & ~grain.bits) == 0, "a unit is done twice, or unclaimed");
  }
  const uint64_t left = grain.stripe->left.fetch_sub(units, seq_cst);  // R2 with R2: the last one saw all others
  seat.pool.check(left >= units, "more units are retired than a stripe has");
  const bool over = left == units && job.open.fetch_sub(1, seq_cst) == 1;  // R3 with W3: everything of the stripe
  const uint64_t first = grain.word * kWordBits;
  domain.waiters.wake(*seat.pool.env, {&job, first, first + kWordBits}, over, seat.atomic_context);
}

}  // namespace

void work_on(Seat& seat, Domain& domain, const Grain& grain) {
  seat.holding.word.store(grain.word, relaxed);
  seat.holding.bits.store(grain.bits, relaxed);
  seat.holding.stage.store(Holding::kWrite, relaxed);
  seat.holding.job.store(grain.job, relaxed);
  int error = 0;
  const uint32_t outside = seat.self.depth;
  seat.self.depth = larger(outside, domain.depth + 1);
  const uint64_t done = grain.job->work->run(*grain.job, grain.word, grain.bits, seat.holding, &error);
  seat.self.depth = outside;
  if (error != 0) {
    int none = 0;
    domain.error.compare_exchange(none, error, relaxed);
    domain.state.fetch_or(Domain::kFailed, seq_cst);  // F1 with U1, W8: the first error
  }
  seat.holding.stage.store(Holding::kRetire, relaxed);
  retire(seat, domain, grain, done);
  seat.holding.job.store(nullptr, relaxed);
  if (error != 0) drop_all(seat, domain);
}

void drop_all(Seat& seat, Domain& domain) {
  for (Job* job = domain.newest(); job; job = job->next)
    for (uint32_t i = 0; i < job->nr_stripes; ++i)
      for (Grain grain; (grain = sweep(*job, job->stripes[i], kWordBits)).bits != 0;) retire(seat, domain, grain, 0);
  domain.waiters.wake(*seat.pool.env, Waiters::kEverybody, true, seat.atomic_context);
}

}  // namespace memmap::sched
