// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "sched/domain.h"

namespace memmap::sched {

namespace {

// Nothing is accepted any more (a flag is set); waits until what was counted is on the list.
void wait_published(const Domain& domain) {
  const uint64_t counted = domain.state.load(relaxed) / Domain::kOneJob;
  while (domain.published.load(seq_cst) != counted)  // U4 with U5: and so are its jobs
    domain.pool->env->yield(domain.pool->env->context);
}

// Does the jobs of one submit, and no others: hooks submit, and shall not nest as deep as there are units.
void do_chain(Seat& seat, Domain& domain, Job* newest, const Job* oldest) {
  for (Job* job = newest;; job = job->next) {
    for (uint32_t i = 0; i < job->nr_stripes; ++i)
      for (Grain grain = {job, &job->stripes[i]};
           !domain.stopped() && (grain = take(grain, job->grain_units)).bits != 0;)
        work_on(seat, domain, grain);
    if (job == oldest) return;
  }
}

// Returns once `holds` does: spins a little, announces itself, looks again, parks; reports after each stall_ns. It may
// only become true by retiring units of the range or by a flag of the domain, and must read seq_cst.
template <typename Condition>
void wait_until(const Seat& seat, Domain& domain, UnitRange range, Condition holds) {
  const Pool& pool = seat.pool;
  const memmap_env& env = *pool.env;
  if (holds()) return;
  const uint64_t began_ns = env.clock_ns(env.context);
  while (env.clock_ns(env.context) - began_ns < pool.spin_ns) {
    env.relax(env.context);
    if (holds()) return;
  }
  Waiting waiting(domain.waiters, range);
  for (uint64_t report_ns = pool.stall_ns;;) {
    const uint32_t seen = waiting.event().load(seq_cst);  // W2 with R5: before the second look
    if (holds()) return;
    env.park(env.context, waiting.event().address(), seen, pool.stall_ns);
    const uint64_t waited_ns = env.clock_ns(env.context) - began_ns;
    if (waited_ns < report_ns || !env.stalled) continue;
    domain.newest()->work->stalled(domain, range.job, range.first, range.last, waited_ns);
    report_ns = waited_ns + pool.stall_ns;
  }
}

void wait_over(const Seat& seat, Domain& domain, const Job* from) {
  wait_until(seat, domain, {nullptr, 0, 0}, [&from] {
    while (from && from->over()) from = from->next;
    return from == nullptr;
  });
}

}  // namespace

int outcome(const Domain& domain) {
  const uint64_t flags = domain.flags();
  if (flags & Domain::kFailed) return domain.error.load(relaxed);
  return flags & Domain::kCancelled ? MEMMAP_CANCELLED : MEMMAP_OK;
}

int open(Domain& domain, Pool& pool, Domain* parent) {
  domain.pool = &pool;
  domain.depth = parent ? parent->depth + 1 : 0;
  domain.birth = pool.births.fetch_add(1, relaxed);
  domain.turn.store(domain.birth, relaxed);
  pool.open_domains.fetch_add(1, relaxed);
  domain.slot_index = take_bit(pool.used, pool.nr_slots);
  domain.slot = domain.slot_bit() ? &pool.slots[domain.slot_index] : &domain.own;
  domain.parent = parent;
  domain.generation = domain.slot->open(domain);
  if (!parent) return MEMMAP_OK;
  const int status = domain.slot_bit() ? count_in(*parent, Domain::kOneChild) : int{MEMMAP_BUSY};
  if (status == MEMMAP_OK) return status;
  domain.slot->close(*pool.env, pool.drained, 0, [] {});
  domain.parent = nullptr;  // does not count us
  end_close(domain);
  return status;
}

int count_in(Domain& domain, uint64_t what) {
  uint64_t state = domain.state.load(relaxed);
  do {
    if (state & Domain::kClosing) return MEMMAP_CLOSED;
    if (state & Domain::kCancelled) return MEMMAP_CANCELLED;
    if (state & Domain::kFailed) return MEMMAP_FAILED;
  } while (!domain.state.compare_exchange(state, state + what, release));  // U1 with F1, C1: no flag yet
  return MEMMAP_OK;
}

void publish(Seat& seat, Domain& domain, Job* newest, Job* oldest, uint64_t nr) {
  Job* before = domain.jobs.load(relaxed);
  do {
    oldest->next = before;
    oldest->next_live.store(before, relaxed);
  } while (!domain.jobs.compare_exchange(before, newest, seq_cst));  // U2 with U3: the jobs are whole
  domain.published.fetch_add(nr, seq_cst);                           // U5 with U4: on the list

  if (domain.flags() & (Domain::kFailed | Domain::kCancelled)) return drop_all(seat, domain);
  if (seat.pool.topology->nr_workers == 0 || domain.slot_bit() == 0 ||
      remainder(domain, seat.self.group, seat.pool.inline_ns).unfinished_ns < seat.pool.inline_ns)
    return do_chain(seat, domain, newest, oldest);
  announce_work(seat.pool, domain.slot_bit());
  wake_for(seat.pool, domain, 1, seat.self.beside);
}

int flush(Seat& seat, Domain& domain) {
  Job* const accepted = domain.newest();
  domain.flushers.fetch_add(1, relaxed);
  Grain last;
  for (Grain grain; (grain = next_grain(seat, domain, accepted, last)).bits != 0;) work_on(seat, domain, grain);
  wait_over(seat, domain, accepted);
  domain.flushers.fetch_sub(1, relaxed);
  return outcome(domain);
}

int flush_units(Seat& seat, Domain& domain, Job& job, uint64_t first, uint64_t last) {
  for (uint32_t i = 0; i < job.nr_stripes; ++i) {
    Stripe& stripe = job.stripes[i];
    uint64_t from = larger(first, stripe.begin);
    const auto next = [&] { return sweep(job, stripe, job.grain_units, from, smaller(last, stripe.end)); };
    for (Grain grain; !domain.stopped() && (grain = next()).bits != 0;) work_on(seat, domain, grain);
  }
  const auto done = [&] {
    for (uint64_t word = first / kWordBits; word * kWordBits < last; ++word)
      if (bits_in_word(word, first, last) & ~job.done_bits(word)) return false;
    return true;
  };
  const uint64_t stopping = Domain::kFailed | Domain::kCancelled;
  wait_until(seat, domain, {&job, first, last}, [&] { return done() || (domain.flags() & stopping) != 0; });
  return !(domain.flags() & Domain::kCancelled) && done() ? MEMMAP_OK : outcome(domain);
}

bool cancel(Seat& seat, Domain& domain) {
  const uint64_t before = domain.state.fetch_or(Domain::kCancelled, seq_cst);  // C1 with U1, W8: no further job
  wait_published(domain);
  drop_all(seat, domain);
  wait_over(seat, domain, domain.newest());
  return !(before & Domain::kCancelled);
}

int begin_close(Domain& domain) {
  uint64_t state = domain.state.load(relaxed);
  do {
    if (state & Domain::kClosing) return MEMMAP_CLOSED;
    if (state % Domain::kOneJob >= Domain::kOneChild) return MEMMAP_BUSY;
  } while (!domain.state.compare_exchange(state, state | Domain::kClosing, acquire));  // C2 with C3: no child, nor job
  wait_published(domain);
  return MEMMAP_OK;
}

void end_close(Domain& domain) {
  Pool& pool = *domain.pool;
  pool.busy.fetch_and(~domain.slot_bit(), relaxed);  // nobody is inside who could set it again
  pool.used.fetch_and(~domain.slot_bit(), release);  // S8 with S7, S11: for the next one
  if (domain.parent) domain.parent->state.fetch_sub(Domain::kOneChild, release);  // C3 with C2, C4: then it may go
  pool.open_domains.fetch_sub(1, release);  // X6 with X5: after this the pool may be gone
}

}  // namespace memmap::sched
