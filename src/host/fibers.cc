// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How a FiberWorld goes on: ready fibers first, in the order the Chooser says; then the next timer; else a deadlock.
// A fiber that stops switches straight to the next one; the main context is entered only when nobody can run.
#include "host/fibers.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace memmap::host {

FiberWorld::FiberWorld(Chooser& chooser, size_t stack_bytes)
    : chooser_(chooser),
      stack_bytes_(stack_bytes),
      cost_([](const memmap_self&, uint32_t, uint64_t nr_pages) { return nr_pages * 26 / 10; }) {
  main_self_.worker = main_self_.beside = MEMMAP_NO_WORKER;
  fill_env();
}

FiberWorld::~FiberWorld() = default;

void FiberWorld::fill_env() {
  env_.context = this;
  env_.park = [](void* c, uint32_t* word, uint32_t value, uint64_t ns) { of(c).park(word, value, ns); };
  env_.unpark = [](void* c, uint32_t* word) { of(c).unpark(word); };
  env_.wake_later = env_.unpark;
  env_.relax = [](void* c) { of(c).relax_ns_ ? of(c).sleep(of(c).relax_ns_) : of(c).yield(); };
  env_.yield = [](void* c) { of(c).yield(); };
  env_.clock_ns = [](void* c) { return of(c).clock_ns_; };
  env_.self = [](void* c) {
    FiberWorld& w = of(c);
    return w.current_ == kNone ? &w.main_self_ : &w.strands_[w.current_]->self;
  };
  env_.fatal = [](void* c, const char* what) { of(c).abandon({"fatal: ", what}); };
  env_.spend = [](void* c, uint32_t records_nid, uint64_t nr_pages) {
    of(c).sleep(of(c).cost_(*of(c).env_.self(c), records_nid, nr_pages));
  };
}

void FiberWorld::set_spend(Spend spend) {
  spend_ = std::move(spend);
  env_.spend = [](void* c, uint32_t records_nid, uint64_t nr_pages) {
    of(c).spend_(*of(c).env_.self(c), records_nid, nr_pages);
  };
}

void FiberWorld::set_tracer(Tracer tracer) {
  tracer_ = std::move(tracer);
  env_.trace = [](void* c, const memmap_trace* event) { of(c).tracer_(of(c).current_, *event); };
  env_.park = [](void* c, uint32_t* word, uint32_t value, uint64_t ns) {
    const uint64_t begin_ns = of(c).clock_ns_;
    of(c).park(word, value, ns);
    of(c).tell(MEMMAP_TRACE_PARK, begin_ns);
  };
  env_.unpark = env_.wake_later = [](void* c, uint32_t* word) {
    of(c).unpark(word);
    of(c).tell(MEMMAP_TRACE_UNPARK, of(c).clock_ns_);
  };
}

void FiberWorld::tell(memmap_trace_kind kind, uint64_t begin_ns) {
  memmap_trace event{};
  event.kind = kind;
  event.begin_ns = begin_ns;
  event.end_ns = clock_ns_;
  tracer_(current_, event);
}

uint32_t FiberWorld::spawn(std::string name, uint32_t group, std::function<void()> body) {
  return add(std::move(name), std::move(body), MEMMAP_NO_WORKER, group, true);
}

uint32_t FiberWorld::spawn_worker(std::string name, uint32_t group, uint32_t worker, std::function<void()> body) {
  return add(std::move(name), std::move(body), worker, group, false);
}

uint32_t FiberWorld::add(std::string name, std::function<void()> body, uint32_t worker, uint32_t group, bool caller) {
  if (nr_strands_ == strands_.size()) strands_.push_back(std::make_unique<Strand>(*this, stack_bytes_));
  Strand& strand = *strands_[nr_strands_];
  if (std::exchange(strand.fresh, false)) strand.fiber.prepare(&strand_main, &strand);
  strand.caller = caller;
  strand.name = std::move(name);
  strand.body = std::move(body);
  strand.self = {};
  strand.self.worker = worker;
  strand.self.group = group;
  strand.self.beside = MEMMAP_NO_WORKER;
  nr_callers_ += caller;
  ++nr_alive_;
  make_ready(nr_strands_);
  return nr_strands_++;
}

// A fiber that has ended waits here for its next body: its stack is never abandoned, so sanitizers stay content.
void FiberWorld::strand_main(void* argument) {
  Strand& strand = *static_cast<Strand*>(argument);
  FiberWorld& world = strand.world;
  for (;;) {
    strand.body();
    --world.nr_alive_;
    world.nr_callers_ -= strand.caller;
    if (strand.caller && world.nr_callers_ == 0) {
      for (const auto& action : world.when_callers_ended_) action();
    }
    world.block(State::ended);
  }
}

std::string FiberWorld::run() {
  if (nr_callers_ == 0)
    for (const auto& action : when_callers_ended_) action();
  const uint32_t first = next(Switch::blocked);
  if (first != kNone) {
    current_ = first;
    strands_[first]->state = State::running;
    main_.switch_to(strands_[first]->fiber);
    current_ = kNone;
  }
  if (abandoned_.empty() && nr_alive_ > 0) abandoned_ = deadlock();
  return abandoned_;
}

void FiberWorld::reset() {
  for (uint32_t i = 0; i < nr_strands_; ++i) {
    Strand& strand = *strands_[i];
    strand.fresh = strand.state != State::ended;
    strand.state = State::ended;
    strand.body = nullptr;
  }
  when_callers_ended_.clear();
  nr_strands_ = nr_callers_ = nr_alive_ = 0;
  ready_.clear();
  parked_.clear();
  timers_.clear();
  clock_ns_ = nr_timers_ = 0;
  abandoned_.clear();
}

void FiberWorld::make_ready(uint32_t fiber) {
  strands_[fiber]->state = State::ready;
  ready_.push_back(fiber);
}

// Time stands still while somebody can run. A single fiber that yields for ever must see it pass: the timers of the
// others, if any, come due.
void FiberWorld::pass_on(Switch why) {
  if (current_ == kNone) return;
  if (ready_.empty() && !(why == Switch::yielded && fire_timer())) return;
  make_ready(current_);
  switch_to_next(why);
}

void FiberWorld::block(State state) {
  strands_[current_]->state = state;
  switch_to_next(Switch::blocked);
}

void FiberWorld::switch_to_next(Switch why) {
  const uint32_t from = current_;
  const uint32_t to = next(why);
  current_ = to;
  if (to != kNone) strands_[to]->state = State::running;
  if (to != from) strands_[from]->fiber.switch_to(to == kNone ? main_ : strands_[to]->fiber);
}

// Whom to run now; kNone: nobody ever.
uint32_t FiberWorld::next(Switch why) {
  while (ready_.empty())
    if (!fire_timer()) return kNone;
  const size_t index = chooser_.choose(ready_, why);
  const uint32_t fiber = ready_[index];
  ready_.erase(ready_.begin() + long(index));
  return fiber;
}

bool FiberWorld::fire_timer() {
  for (;;) {
    const uint64_t due_ns = pace_ ? pace_->due_ns() : UINT64_MAX;
    if (due_ns != UINT64_MAX && (timers_.empty() || due_ns <= timers_.front().at_ns)) {
      clock_ns_ = due_ns;
      pace_->advance(due_ns);
      if (!ready_.empty()) return true;
      continue;
    }
    if (timers_.empty()) return false;
    std::pop_heap(timers_.begin(), timers_.end());
    const Timer timer = timers_.back();
    timers_.pop_back();
    Strand& strand = *strands_[timer.fiber];
    if (timer.waits != strand.waits || (strand.state != State::parked && strand.state != State::sleeping)) continue;
    clock_ns_ = timer.at_ns;
    if (strand.state == State::parked) {
      std::vector<uint32_t>& same_word = parked_[strand.word];
      same_word.erase(std::find(same_word.begin(), same_word.end(), timer.fiber));
    }
    make_ready(timer.fiber);
    return true;
  }
}

void FiberWorld::set_timer(uint32_t fiber, uint64_t after_ns) {
  timers_.push_back({clock_ns_ + after_ns, nr_timers_++, ++strands_[fiber]->waits, fiber});
  std::push_heap(timers_.begin(), timers_.end());
}

void FiberWorld::sleep(uint64_t ns) {
  if (ns == 0) return preempt();
  if (current_ == kNone) {
    clock_ns_ += ns;
    return;
  }
  set_timer(current_, ns);
  block(State::sleeping);
}

void FiberWorld::suspend() { block(State::suspended); }

void FiberWorld::resume(uint32_t fiber) {
  if (strands_[fiber]->state != State::suspended) return abandon({"resumed, but not suspended: ", name(fiber)});
  make_ready(fiber);
}

void FiberWorld::park(uint32_t* word, uint32_t value, uint64_t timeout_ns) {
  if (current_ == kNone) return abandon({"park outside of a fiber: nobody could ever wake it"});
  if (__atomic_load_n(word, __ATOMIC_RELAXED) != value) return;
  Strand& strand = *strands_[current_];
  ++strand.waits;
  strand.word = word;
  parked_[word].push_back(current_);
  if (timeout_ns != 0 && timeouts_) set_timer(current_, timeout_ns);
  block(State::parked);
}

void FiberWorld::unpark(uint32_t* word) {
  const auto found = parked_.find(word);
  if (found == parked_.end()) return;
  for (const uint32_t fiber : found->second) {
    if (wakee_ns_ == 0) {
      make_ready(fiber);
    } else {
      strands_[fiber]->state = State::sleeping;
      set_timer(fiber, waker_ns_ + wakee_ns_);
    }
  }
  parked_.erase(found);
  if (waker_ns_ != 0) sleep(waker_ns_);
}

void FiberWorld::abandon(std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) abandoned_ += word;
  if (current_ == kNone) {
    std::fprintf(stderr, "fibers: %s\n", abandoned_.c_str());
    std::abort();
  }
  strands_[current_]->state = State::running;  // also where it was about to end: it stops in the middle
  strands_[current_]->fiber.switch_to(main_);
  std::abort();  // nobody switches back
}

std::string FiberWorld::deadlock() const {
  std::string text = "deadlock:";
  for (uint32_t i = 0; i < nr_strands_; ++i) {
    const Strand& strand = *strands_[i];
    if (strand.state == State::suspended) text += ' ' + strand.name + " is suspended;";
    if (strand.state != State::parked) continue;
    char line[96];
    std::snprintf(line, sizeof line, " is parked on %p = %u;", static_cast<void*>(strand.word),
                  __atomic_load_n(strand.word, __ATOMIC_RELAXED));
    text += ' ' + strand.name + line;
  }
  return text;
}

}  // namespace memmap::host
