// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A worker's life: choose a domain, work on it for some grains, choose again; find nothing, search, park.
#include "sched/domain.h"

namespace memmap::sched {

namespace {

// A choice costs a pin and a scan: paid once for so many units, which is what somebody who comes may wait for. A grain
// counts as no fewer than so many, so that there are at most eight.
constexpr uint32_t kUnitsPerChoice = 64, kUnitsPerGrain = 8;
constexpr uint32_t kTurnEvery = 8;       // each time the counter gets here they take turns: the ageing bound
constexpr uint32_t kWakesPerChoice = 2;  // a tree of two

// What is left of a pinned domain for a worker; no unclaimed units: nothing to do. Then its busy bit goes off, and on
// again if a submit came between.
Remainder look(Pool& pool, const Worker& worker, const Domain& domain) {
  if (domain.stopped() || (domain.full() && worker.domain != &domain)) return {};
  if (const Remainder first = remainder(domain, worker.group); first.unclaimed_units != 0) return first;
  pool.busy.fetch_and(~domain.slot_bit(), seq_cst);  // P4 with B0: before the second look
  const Remainder second = remainder(domain, worker.group);
  if (second.unclaimed_units != 0) announce_work(pool, domain.slot_bit());  // others may have looked meanwhile
  return second;
}

// Smaller is chosen first: somebody waits; then foreground; then the nearest work, so that nodes with work of their own
// do not meet at one memory; then the smallest remainder. Where they take turns: of the nearest whose turn is longest
// ago.
uint64_t urgency(const Domain& domain, const Remainder& left, bool by_turns) {
  if (left.unclaimed_units == 0) return UINT64_MAX;
  const uint64_t kind = by_turns || domain.waited_for() ? 0 : domain.background ? 2 : 1;
  const uint64_t last = by_turns ? domain.turn.load(relaxed) : left.unfinished_ns;
  return kind << 62 | left.nearest_rank << 44 | smaller(last, low_bits(44));
}

// Leaves the worker in the most urgent domain, which may be the one it is in; false: no work, and it is in none.
bool choose(Pool& pool, uint32_t index) {
  Worker& worker = pool.workers[index];
  worker.news_seen = pool.news.load(seq_cst);  // P3 with B1: before the scan
  const bool by_turns = ++worker.choices % kTurnEvery == 0;
  Domain* best = nullptr;
  uint64_t best_urgency = UINT64_MAX;
  for (uint64_t busy = pool.busy.load(relaxed); busy != 0; busy &= busy - 1) {
    Domain* const domain = pool.slots[lowest_bit(busy)].pin(Slot::kAny);
    if (!domain) continue;
    const uint64_t its_urgency = urgency(*domain, look(pool, worker, *domain), by_turns);
    Domain* const passed_over = its_urgency < best_urgency ? best : domain;
    if (passed_over != domain) best = domain, best_urgency = its_urgency;
    if (passed_over) passed_over->slot->unpin(*pool.env, pool.drained, false);
  }
  const bool stays = best && best == worker.domain;
  if (!stays) worker_leave(pool, index);
  if (!best) return false;
  const bool full = !stays && !best->enter();
  if (stays || full) best->slot->unpin(*pool.env, pool.drained, false);  // pinned before; or another took its place
  if (full) return --worker.choices, choose(pool, index);
  if (by_turns) best->turn.store(pool.births.fetch_add(1, relaxed), relaxed);
  worker.domain = best;
  // Away from home it looks again whether there is something nearer.
  if (!stays || worker.last.stripe->home != worker.group) worker.last = {};
  worker.units_left = kUnitsPerChoice;
  return true;
}

}  // namespace

void worker_leave(Pool& pool, uint32_t index) {
  Worker& worker = pool.workers[index];
  if (!worker.domain) return;
  Domain& domain = *worker.domain;
  worker.domain = nullptr;
  worker.units_left = 0;
  const bool was_full = domain.crew.fetch_sub(1, relaxed) == domain.max_workers;
  // Others passed a full domain over and may have parked since: for them this is news.
  if (was_full && !domain.stopped() && remainder(domain, worker.group).unclaimed_units != 0) {
    announce_work(pool, domain.slot_bit());
    wake_for(pool, domain, 1, MEMMAP_NO_WORKER);
  }
  domain.slot->unpin(*pool.env, pool.drained, false);
}

bool worker_step(Pool& pool, uint32_t index) {
  Worker& worker = pool.workers[index];
  Seat seat = {pool, *pool.env->self(pool.env->context), worker.holding, false};
  for (;;) {
    if (worker.units_left == 0) {
      if (!choose(pool, index)) return false;
      // Parked workers are worth a wake while what is unfinished takes longer than waking them.
      if (pool.awake.load(relaxed) < pool.topology->nr_workers && !worker.domain->full() &&
          remainder(*worker.domain, worker.group, pool.inline_ns).unfinished_ns >= pool.inline_ns)
        add_own(worker.wakes_sent, wake_for(pool, *worker.domain, kWakesPerChoice, seat.self.beside));
    }
    const Grain grain = next_grain(seat, *worker.domain, worker.domain->newest(), worker.last);
    if (grain.bits != 0) {
      add_own(worker.grains, 1);
      add_own(worker.stolen_grains, grain.stripe->home != worker.group);
      work_on(seat, *worker.domain, grain);
      if (worker.guests.load(relaxed) != 0) add_own(worker.yields, 1), pool.env->yield(pool.env->context);
    }
    worker.units_left -= smaller(worker.units_left, larger(kUnitsPerGrain, count_bits(grain.bits)));
    if (grain.bits == 0 || pool.buggify("leave early")) worker_leave(pool, index);
    if (grain.bits != 0) return true;
  }
}

bool worker_rest(Pool& pool, uint32_t index, uint32_t* seen) {
  Worker& worker = pool.workers[index];
  const memmap_env& env = *pool.env;
  // At most half of those awake search at a time.
  const bool may = pool.searching.fetch_add(1, relaxed) < larger(1u, pool.awake.load(relaxed) / 2);
  const uint64_t until_ns = env.clock_ns(env.context) + (may ? pool.spin_ns : 0);
  const auto goes_on = [&] { return pool.news.load(relaxed) == worker.news_seen && !pool.stopping.load(relaxed); };
  while (env.clock_ns(env.context) < until_ns && goes_on()) env.relax(env.context);
  pool.searching.fetch_sub(1, relaxed);
  if (pool.news.load(relaxed) != worker.news_seen) return false;
  *seen = worker.event.load(acquire);                              // P6 with B4, B5: before the announcement
  pool.groups[worker.group].parked.fetch_or(worker.bit, seq_cst);  // P1 with B2: now look again
  pool.awake.fetch_sub(1, relaxed);
  // P2 with B1: what was published before
  // X2 with X1: or we park after the wake
  if (pool.news.load(seq_cst) == worker.news_seen && !pool.stopping.load(seq_cst)) return true;
  worker_return(pool, index);
  return false;
}

void worker_return(Pool& pool, uint32_t index) {
  const Worker& worker = pool.workers[index];
  pool.awake.fetch_add(1, relaxed);
  // P5 with B3: withdrawn; or a waker was first, and woke us for nothing
  pool.groups[worker.group].parked.fetch_and(~worker.bit, seq_cst);
}

bool worker_idle(Pool& pool, uint32_t index) {
  Worker& worker = pool.workers[index];
  uint32_t seen;
  if (worker_rest(pool, index, &seen)) {
    add_own(worker.parks, 1);
    pool.env->park(pool.env->context, worker.event.address(), seen, 0);
    worker_return(pool, index);
  }
  return !pool.stopping.load(acquire);  // X3 with X1: all that the stopper did
}

}  // namespace memmap::sched
