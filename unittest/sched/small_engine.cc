// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "sched/small_engine.h"

#include "memmap/memmap.h"

namespace memmap::sched {

using explore::expect;
using explore::plain_read;
using explore::plain_write;

namespace {

uint64_t run(Job& job, uint64_t, uint64_t bits, Holding&, int* error) {
  CountedJob& own = static_cast<CountedJob&>(job);
  uint64_t done = 0;
  for (; bits != 0; bits &= bits - 1) {
    const uint32_t unit = lowest_bit(bits);
    plain_read(&own.cancelled, "the job after a cancel");
    expect(!own.cancelled, "nothing is run after a cancel has returned");
    plain_write(&own.runs[unit], "a unit");
    expect(own.runs[unit]++ == 0, "a unit is run once");
    if (unit == own.failing) {
      *error = CountedJob::kError;
      return done;
    }
    done |= uint64_t{1} << unit;
    if (own.tell == nullptr) continue;
    own.told.fetch_add(1, seq_cst);
    own.tell->unpark(own.tell->context, own.told.address());
  }
  return done;
}

void stalled(const Domain&, const Job*, uint64_t, uint64_t, uint64_t) {}

const Work kCountedWork = {run, stalled};

}  // namespace

CountedJob::CountedJob(uint32_t units, uint32_t nr_parts) : nr_units(units) {
  work = &kCountedWork;
  claim = &claim_word;
  done = &done_word;
  stripes = parts;
  nr_stripes = nr_parts;
  unit_ns = 1000;
  for (uint32_t i = 0; i < nr_parts; ++i) {
    parts[i].begin = units * i / nr_parts;
    parts[i].end = units * (i + 1) / nr_parts;
    parts[i].home = i;
    parts[i].cursor.store(parts[i].begin, relaxed);
    parts[i].left.store(parts[i].end - parts[i].begin, relaxed);
  }
  open.store(nr_parts, relaxed);
}

void CountedJob::expect_done(uint32_t first, uint32_t last) const {
  for (uint32_t unit = first; unit < last; ++unit) {
    plain_read(&runs[unit], "a unit");
    expect(runs[unit] == 1, "who has waited for a unit finds it done");
  }
}

void CountedJob::wait_without_help() {
  for (uint32_t seen; (seen = told.load(seq_cst)) != nr_units;) tell->park(tell->context, told.address(), seen, 0);
  expect_done();
}

void CountedJob::expect_still() {
  plain_write(&cancelled, "the job after a cancel");
  cancelled = 1;
}

uint64_t CountedJob::nr_runs() const {
  uint64_t sum = 0;
  for (const uint32_t n : runs) sum += n;
  return sum;
}

uint64_t CountedJob::nr_retired() const {
  uint64_t left = 0;
  for (uint32_t i = 0; i < nr_stripes; ++i) left += parts[i].left.load(relaxed);
  return nr_units - left;
}

SmallEngine::SmallEngine(explore::Scenario& scenario, uint32_t nr_workers, uint32_t nr_groups, uint32_t nr_slots)
    : scenario_(scenario) {
  static constexpr uint16_t kRanks[] = {0, 1, 1, 0};
  static constexpr uint16_t kRank[] = {0};
  topology_.nr_workers = nr_workers;
  topology_.nr_groups = nr_groups;
  topology_.steal_rank = nr_groups == 2 ? kRanks : kRank;
  pool_.env = scenario.env();
  pool_.topology = &topology_;
  pool_.groups = groups_;
  pool_.workers = workers_;
  pool_.slots = slots_;
  pool_.nr_slots = nr_slots;
  pool_.stall_ns = 1'000'000;
  pool_.awake.store(nr_workers, relaxed);
  for (Group& group : groups_) group.width.store(kWordBits, relaxed);
  for (uint32_t i = 0; i < nr_workers; ++i) {
    const uint32_t own = i * nr_groups / nr_workers;
    add_worker(i, own);
    scenario.world().spawn_worker("worker" + std::to_string(i), own, i, [this, i] {
      do
        while (worker_step(pool_, i)) {
        }
      while (worker_idle(pool_, i));
      plain_read(&stopped_, "what the stopper did");
    });
  }
  scenario.world().when_callers_ended([this] { stop(); });
}

void SmallEngine::add_worker(uint32_t worker, uint32_t group) {
  Group& own = groups_[group];
  workers_[worker].group = group;
  workers_[worker].bit = uint64_t{1} << own.nr_members;
  own.members[own.nr_members++] = uint16_t(worker);
}

void SmallEngine::lend_workers(const memmap_env& env, uint32_t nr_workers) {
  topology_.nr_workers = nr_workers;
  pool_.env = &env;
  pool_.awake.store(nr_workers, relaxed);
  for (uint32_t worker = 0; worker < nr_workers; ++worker) add_worker(worker, 0);
}

void SmallEngine::stop() {
  if (stopped_) return;  // a second one would wake whom the first has missed
  plain_write(&stopped_, "what the stopper did");
  stopped_ = true;
  pool_.stopping.store(1, seq_cst);
  for (uint32_t i = 0; i < topology_.nr_workers; ++i) {
    workers_[i].event.fetch_add(1, release);
    pool_.env->unpark(pool_.env->context, workers_[i].event.address());
  }
}

Domain* SmallEngine::open(const memmap_domain_options& options) {
  Domain* const domain = scenario_.make<Domain>();
  domain->max_workers = options.max_workers;
  domain->background = options.background;
  sched::open(*domain, pool_, nullptr);
  return domain;
}

void SmallEngine::accept(Domain& domain, CountedJob& job) {
  domain.state.fetch_add(Domain::kOneJob, relaxed);
  job.next = domain.jobs.load(relaxed);
  job.next_live.store(job.next, relaxed);
  domain.jobs.store(&job, relaxed);
  domain.published.fetch_add(1, relaxed);
  pool_.busy.fetch_or(domain.slot_bit(), relaxed);
  pool_.news.fetch_add(1, relaxed);
}

template <typename Body>
int SmallEngine::with(Domain& domain, Body body) {
  if (!domain.slot->pin(domain.generation)) return MEMMAP_CLOSED;
  Holding holding;
  memmap_self& self = *pool_.env->self(pool_.env->context);
  Seat seat = {pool_, self, holding, false};
  const int status = body(seat);
  domain.slot->unpin(*pool_.env, pool_.drained, false);
  return status;
}

int SmallEngine::submit(Domain& domain, Job& job) {
  return with(domain, [&](Seat& seat) {
    const int status = count_in(domain);
    if (status == MEMMAP_OK) publish(seat, domain, &job, &job, 1);
    return status;
  });
}

int SmallEngine::flush(Domain& domain) {
  return with(domain, [&](Seat& seat) { return sched::flush(seat, domain); });
}

int SmallEngine::flush_units(Domain& domain, Job& job, uint64_t first, uint64_t last) {
  return with(domain, [&](Seat& seat) { return sched::flush_units(seat, domain, job, first, last); });
}

int SmallEngine::cancel(Domain& domain) {
  return with(domain, [&](Seat& seat) { return sched::cancel(seat, domain) ? MEMMAP_OK : MEMMAP_CANCELLED; });
}

int SmallEngine::close(Domain& domain, AfterClose after) {
  bool first = false;
  const int status = with(domain, [&](Seat& seat) {
    const int began = begin_close(domain);
    first = began == MEMMAP_OK;
    return first ? sched::flush(seat, domain) : began;
  });
  if (!first) return status;
  domain.slot->close(*pool_.env, pool_.drained, 0, [] {});
  for (Job* job = domain.jobs.load(relaxed); job;) {
    Job* const next = job->next;
    explore::give_up(static_cast<CountedJob*>(job), sizeof(CountedJob));
    job = next;
  }
  end_close(domain);
  if (after == kGiveUpDomain) explore::give_up(&domain, sizeof(Domain));
  return status;
}

}  // namespace memmap::sched
