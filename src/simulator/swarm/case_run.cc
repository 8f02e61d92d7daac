// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The course of a case: its pool, workers that come and go, callers, and what must hold at the end.
#include "simulator/swarm/case_run.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace memmap::swarm {
namespace {

constexpr std::string_view kServing = " postponed wakes is suspended;";
constexpr uint32_t kGrainsAChoice = 8;
constexpr uint32_t kGrainsATurn = 8 * kGrainsAChoice;  // each eighth choice is by turns

}  // namespace

Verdict Runner::run(const Case& c, Plant plant, Marks& marks) {
  world_.reset();
  environment_.begin(c, plant, marks);
  CaseRun course(c, environment_, marks, plant);
  course.spawn();
  const std::string end = world_.run();
  Verdict verdict{environment_.violation(), environment_.print(), world_.clock_ns()};
  if (verdict.violation.empty() && !end.empty()) {
    // Addresses differ from run to run; and that fiber waits for work, as it should.
    std::string words = end;
    for (size_t at; (at = words.find("0x")) != words.npos;) words.erase(at, words.find(' ', at) - at);
    if (const size_t at = words.find(kServing); at != words.npos) words.erase(at, kServing.size());
    verdict.violation = "I16: " + words;
  }
  return verdict;
}

CaseRun::CaseRun(const Case& c, Environment& environment, Marks& marks, Plant plant)
    : case_(c), environment_(environment), marks_(marks), plant_(plant), tables_(c.machine) {
  for (size_t i = 0; i < c.domains.size(); ++i) events_.push_back(std::make_unique<Event>());
  for (uint32_t i = 0; i < c.spans.size(); ++i) {
    spans_.push_back(std::make_unique<Ledger>(c.spans[i], i, environment, marks, plant));
    spans_[i]->on_write = [this](Ledger& span) { do_deed(span); };
  }
  for (uint32_t i = 0; i < c.spans.size(); ++i)
    if (c.spans[i].next != kNone) spans_[i]->request.next = &spans_[c.spans[i].next]->request;
  environment.set_on_grain([this](const memmap_trace& grain) { watch_ageing(grain); });
}

void CaseRun::start_pool() {
  const MachinePlan& machine = case_.machine;
  config_.env = environment_.env();
  config_.topology = tables_.view();
  config_.start_pfn = machine.start_pfn;
  config_.nr_pages = machine.nr_pages;
  config_.grain_pages = machine.grain_pages;
  config_.wake_ns = machine.wake_ns;
  config_.record_ps = machine.record_ps;
  config_.spin_ns = machine.spin_ns;
  config_.stall_ms = 1;
  config_.domain_slots = machine.domain_slots;
  pool_storage_ = zeroed(memmap_pool_bytes(&config_));
  if (memmap_pool_init(&pool_, &config_, pool_storage_.get(), memmap_pool_bytes(&config_)) != MEMMAP_OK)
    std::abort();  // a machine that is drawn is one that exists
}

void CaseRun::spawn() {
  start_pool();
  host::FiberWorld& world = environment_.world();
  const uint32_t nr_workers = tables_.view()->nr_workers;
  present_workers_ = nr_workers;
  waiting_.assign(events_.size(), {std::vector<uint32_t>(nr_workers, 0), 0});
  for (uint32_t w = 0; w < nr_workers; ++w)
    world.spawn_worker("worker" + std::to_string(w), tables_.group_of(w), w, [this, w] {
      serve(w);
      environment_.gone();
    });
  for (size_t i = 0; i < case_.callers.size(); ++i)
    world.spawn("caller" + std::to_string(i), case_.callers[i].group, [this, i] {
      call(case_.callers[i]);
      environment_.gone();
    });
  world.spawn("last caller", 0, [this] {
    finish();
    environment_.gone();
  });
  world.when_callers_ended([this] {
    stopped_ = true;
    memmap_pool_stop(pool_);
  });
  environment_.all_spawned();
  mark_machine();
}

void CaseRun::mark_machine() const {
  const uint32_t nr_workers = tables_.view()->nr_workers;
  if (nr_workers == 0) marks_(Mark::no_workers);
  if (nr_workers == 1) marks_(Mark::one_worker);
  if (case_.machine.without_widths) marks_(Mark::without_widths);
  if (!case_.machine.bare.empty()) marks_(Mark::node_without_cpus);
  if (case_.machine.domain_slots == 1) marks_(Mark::one_domain_slot);
  for (const GroupPlan& group : case_.machine.groups)
    if (group.width != 0 && group.width < group.nr_workers) marks_(Mark::narrow_width);
  for (uint32_t nid = 0; nid < case_.machine.nr_nids; ++nid)
    if (!knows(nid)) marks_(Mark::id_without_node);
}

// True: it is gone for ever.
bool CaseRun::leaves(uint32_t worker, uint32_t grains) {
  for (const AbsencePlan& absence : case_.faults.absences) {
    if (absence.worker != worker || absence.after_grains != grains) continue;
    marks_(Mark::worker_gone);
    --present_workers_;
    memmap_worker_leave(pool_, worker);
    if (absence.ns == 0) return true;
    environment_.world().sleep(absence.ns);
    ++present_workers_;
    marks_(Mark::worker_came_back);
  }
  return false;
}

void CaseRun::serve(uint32_t worker) {
  if (case_.machine.workers_beside) environment_.env()->self(&environment_)->beside = worker;
  uint32_t grains = 0;
  while (!stopped_) {
    while (memmap_worker_step(pool_, worker))
      if (leaves(worker, ++grains)) return;
    if (!environment_.happens(case_.faults.lent)) {
      if (!memmap_worker_idle(pool_, worker)) return;
      continue;
    }
    uint32_t* const word = memmap_worker_rest(pool_, worker);
    if (!word) continue;
    environment_.rest(word);
    memmap_worker_return(pool_, worker);
  }
}

void CaseRun::call(const CallerPlan& caller) {
  memmap_self& self = *environment_.env()->self(&environment_);
  if (caller.beside < tables_.view()->nr_workers) self.beside = caller.beside;
  for (const Step& step : caller.steps) {
    environment_.note(uint64_t(step.kind));
    take_step(step);
  }
}

void CaseRun::take_step(const Step& step) {
  Ledger* const span = step.span != kNone ? spans_[step.span].get() : nullptr;
  switch (step.kind) {
    case Step::pause:
      return environment_.sleep(step.ns);
    case Step::open:
      return open(step.domain);
    case Step::grow:
      return grow(uint32_t(step.first), step.count);
    case Step::look:
      return look(*span, span->plan.start + std::min(step.first, span->plan.nr_pages - 1));
    case Step::width:
      return expect((memmap_pool_set_width(pool_, uint32_t(step.first), uint32_t(step.count)) == MEMMAP_OK) ==
                        (step.first < case_.machine.groups.size()),
                    "API", "set_width's answer");
    default:
      break;
  }
  if (!wait_open(step.domain)) return;
  switch (step.kind) {
    case Step::submit:
      return void(submit(step.domain, step.span));
    case Step::flush:
      return void(flush(step.domain));
    case Step::flush_range:
      return flush_range(step.domain, *span, span->plan.start + step.first, step.count);
    case Step::cancel:
      return void(cancel(step.domain));
    case Step::close:
      return void(close(step.domain));
    case Step::progress:
      return progress(step.domain);
    case Step::await:
      return await(step.domain);
    default:
      return misuse(step.domain, step.first, *span);
  }
}

// Waits for the domain whose hook the caller is in, in one of the ways there are.
int CaseRun::block(Ledger& span) {
  memmap_domain* const own = &events_[span.domain]->domain;
  switch (span.plan.deed.at % 5) {
    case 0:
      return memmap_cancel(own);
    case 1:
      return memmap_flush(own);
    case 2:
      return memmap_flush_range(own, span.plan.start, 1);
    case 3:
      return memmap_domain_close(own);
    default:
      memmap_range any{};
      any.storage = this;
      return memmap_range_flush(own, span.range.storage ? &span.range : &any, 0, 1);
  }
}

// What a hook does besides.
void CaseRun::do_deed(Ledger& span) {
  const HookDeed& deed = span.plan.deed;
  if (deed.at != span.nr_writes()) return;
  if (deed.kind == HookDeed::block) {
    marks_(Mark::would_deadlock);
    expect(block(span) == MEMMAP_WOULD_DEADLOCK, "I16", "a hook may wait for its own domain");
  } else if (deed.kind == HookDeed::submit && events_[deed.domain]->opened) {
    marks_(Mark::hook_submitted);
    submit(deed.domain, deed.span);
  } else if (deed.kind == HookDeed::child) {
    open(deed.domain);
    if (!events_[deed.domain]->opened) return;
    marks_(Mark::hook_opened_child);
    submit(deed.domain, deed.span);
    flush(deed.domain);
    close(deed.domain);
  }
}

// The last caller: closes what others left open, then looks at all there is.
void CaseRun::finish() {
  for (uint32_t stuck_turns = 0; environment_.world().callers_left() > 1;) {
    environment_.sleep(5000);
    stuck_turns = environment_.stuck() ? stuck_turns + 1 : 0;
    if (stuck_turns == 2) environment_.violated("I16", "deadlock: a caller waits, and nobody is at work");
  }
  // A hook that runs meanwhile may leave a child open, to be found by the next round.
  for (size_t round = 0; round < events_.size(); ++round)
    for (uint32_t domain = uint32_t(events_.size()); domain-- > 0;) {
      if (!events_[domain]->opened || events_[domain]->closed()) continue;
      for (const auto& span : spans_)  // each flush sees what hooks submitted during the one before
        if (span->domain == domain) flush(domain);
      progress(domain);
      close(domain);
    }
  for (const auto& event : events_) expect(!event->opened || event->closed(), "I7", "a domain cannot be closed");
  expect(memmap_pool_fini(pool_) == MEMMAP_OK, "I7", "the pool is busy although all domains are closed");
  for (const auto& span : spans_) {
    const bool known = span->domain != kNone;
    const bool cancelled = known && may_be_cancelled(span->domain);
    const bool failed = known && has_failed(span->domain);
    const bool undone = known && events_[span->domain]->cancelled_at != kNever && !failed;
    span->check_end(!cancelled && !failed, undone);
    if (span->accepted() && span->handed_pages < span->present_pages && cancelled) marks_(Mark::dropped);
  }
  check_counters();
}

void CaseRun::check_counters() {
  uint64_t grains = 0;
  for (uint32_t w = 0; w < tables_.view()->nr_workers; ++w) {
    memmap_worker_counts counts{};
    memmap_worker_counters(pool_, w, &counts);
    uint64_t at = 0;
    for (const uint64_t stolen : counts.stolen_at) at += stolen;
    expect(counts.stolen_grains == at && at <= counts.grains, "I7", "a worker's counters do not balance");
    if (at != 0) marks_(Mark::stolen);
    if (counts.grains != 0) marks_(Mark::done_by_worker);
    grains += counts.grains;
  }
  // A hook's submit does grains that count as a caller's.
  if (case_.faults.trace && !has_deeds())
    expect(grains == grain_events_, "I7", "workers count other grains than are told");
  // What nodes count as handed over is what was.
  for (uint32_t nid = 0; nid < case_.machine.nr_nids; ++nid) {
    uint64_t handed = 0;
    bool known = true;
    for (const auto& span : spans_) {
      if (!span->at_boot() || span->plan.nid != nid || !span->accepted()) continue;
      const bool clean = !may_be_cancelled(span->domain) && !has_failed(span->domain);
      known &= clean || (span->plan.has_ready && !has_failed(span->domain));
      handed += span->plan.has_ready ? span->handed_pages : span->present_pages;
    }
    if (known) expect(memmap_node_ready_pages(pool_, nid) == handed, "I7", "a node counts other pages than it got");
  }
}

bool CaseRun::has_deeds() const {
  for (const SpanPlan& span : case_.spans)
    if (span.deed.kind != HookDeed::none) return true;
  return false;
}

// For sure: more of it is left than all could hold.
bool CaseRun::has_backlog(uint32_t domain) const {
  const Event& event = *events_[domain];
  if (!event.opened || event.closed() || may_be_cancelled(domain) || has_failed(domain)) return false;
  if (case_.domains[domain].naming == DomainPlan::none || case_.domains[domain].max_workers != 0) return false;
  uint64_t left = 0;
  for (const auto& span : spans_) {
    if (span->domain != domain || !span->accepted()) continue;
    if (!span->plan.writes_by_hook && !span->plan.has_ready) return false;  // nobody sees what of it is done
    left += span->present_pages - span->seen_pages();
  }
  return left > held_pages();
}

uint64_t CaseRun::seen_pages(uint32_t domain) const {
  uint64_t pages = 0;
  for (const auto& span : spans_)
    if (span->domain == domain) pages += span->seen_pages();
  return pages;
}

// Where all work is as near to each worker: it comes to each domain within so many grains of others, or another was
// there before it. Where they take turns, no domain has two before another has one; and each other worker may have
// taken this domain's and sleep before it begins.
void CaseRun::watch_ageing(const memmap_trace& grain) {
  const uint32_t worker = environment_.env()->self(&environment_)->worker;
  if (worker == MEMMAP_NO_WORKER) return;
  ++grain_events_;
  if (case_.machine.groups.size() != 1 || case_.machine.domain_slots < events_.size() || has_deeds()) return;
  uint64_t turns = 0;  // also of those that are closed by now
  for (const auto& event : events_) turns += event->opening ? tables_.view()->nr_workers : 0;
  for (uint32_t d = 0; d < events_.size(); ++d) {
    Waiting& waiting = waiting_[d];
    const uint64_t seen = seen_pages(d);
    if (!has_backlog(d) || seen != std::exchange(waiting.seen_pages, seen)) {
      std::fill(waiting.grains_of_others.begin(), waiting.grains_of_others.end(), 0u);
      continue;
    }
    const uint64_t of_others = ++waiting.grains_of_others[worker];
    if (of_others > kGrainsAChoice) marks_(Mark::aged);
    expect(of_others <= kGrainsATurn * turns + kGrainsAChoice, "I9",
           "a worker does not come to domain " + std::to_string(d) + ", but to " + grain.domain);
  }
}

}  // namespace memmap::swarm
