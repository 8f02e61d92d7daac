// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/environment.h"

#include <algorithm>

namespace memmap::swarm {
namespace {

constexpr uint32_t kChances = 1024;
constexpr uint64_t kRelaxNs = 200;

}  // namespace

void CaseChooser::begin(uint64_t schedule, uint32_t order) {
  random_ = host::Splitmix(schedule);
  order_ = order;
  nr_choices_ = 0;
  salt_ = random_.next();
}

size_t CaseChooser::choose(const std::vector<uint32_t>& ready, host::Switch why) {
  ++nr_choices_;
  const uint32_t n = uint32_t(ready.size());
  if (n == 1) return 0;
  // Who yields waits for somebody: that one must come.
  if (order_ == 0 || why == host::Switch::yielded) return random_.below(n);
  if (order_ == 1) return random_.below(4) != 0 ? n - 1 : random_.below(n);
  if (random_.below(64) == 0) salt_ = random_.next();
  const auto priority = [&](uint32_t fiber) { return host::Splitmix(salt_ + fiber).next(); };
  size_t best = 0;
  for (size_t i = 1; i < ready.size(); ++i)
    if (priority(ready[i]) > priority(ready[best])) best = i;
  return best;
}

void Environment::fill() {
  env_.context = this;
  env_.park = [](void* c, uint32_t* word, uint32_t value, uint64_t ns) { of(c).park(word, value, ns); };
  env_.unpark = [](void* c, uint32_t* word) { of(c).unpark(word); };
  env_.wake_later = [](void* c, uint32_t* word) { of(c).postpone(word); };
  env_.relax = [](void* c) { of(c).world_.sleep(kRelaxNs); };
  env_.yield = [](void* c) { of(c).world_.yield(); };
  env_.clock_ns = [](void* c) { return of(c).clock_ns(); };
  env_.self = [](void* c) {
    of(c).perhaps_preempt();
    return of(c).world_.env().self(&of(c).world_);
  };
  env_.fatal = [](void* c, const char* what) { of(c).violated("I7", what); };
}

void Environment::fill_optional() {
  const auto spend = [](void* c, uint32_t, uint64_t nr_pages) { of(c).work(nr_pages * 2); };
  const auto buggify = [](void* c, const char* point) { return of(c).buggify(point); };
  const auto stalled = [](void* c, const memmap_stall*) { (*of(c).marks_)(Mark::stall_reported); };
  const auto told = [](void* c, const memmap_trace* event) { of(c).trace(*event); };
  const bool bare = faults_.bare;
  env_.spend = bare ? nullptr : +spend;
  env_.buggify = bare ? nullptr : +buggify;
  env_.stalled = bare ? nullptr : +stalled;
  env_.trace = faults_.trace ? +told : nullptr;
}

void Environment::begin(const Case& c, Plant plant, Marks& marks) {
  faults_ = c.faults;
  plant_ = plant;
  marks_ = &marks;
  random_ = host::Splitmix(c.schedule + 1);
  chooser_.begin(c.schedule, faults_.order);
  world_.set_timeouts(faults_.timeouts);
  fibers_.clear();
  early_.clear();
  postponed_.clear();
  violation_.clear();
  jumped_ns_ = stalled_ns_ = late_ns_ = nr_wakes_ = print_ = 0;
  ended_ = server_idle_ = false;
  fill_optional();
  if (faults_.timeouts) marks(Mark::timeouts);
  if (faults_.bare) marks(Mark::bare_environment);
  server_ = world_.spawn_worker("postponed wakes", 0, MEMMAP_NO_WORKER, [this] { serve(); });
  world_.when_callers_ended([this] {
    ended_ = true;
    if (server_idle_) server_idle_ = false, world_.resume(server_);
  });
}

bool Environment::happens(uint32_t chance) { return chance != 0 && random_.below(kChances) < chance; }

void Environment::note(uint64_t fact) { print_ = host::Splitmix(print_ ^ fact).next() + world_.current(); }

// What stands on the stacks of an abandoned run is never destroyed, so that nothing on the heap may be left there.
void Environment::violated(const char* invariant, std::string what) {
  violation_.append(invariant).append(": ").append(what);
  std::string().swap(what);
  world_.abandon({violation_});
}

void Environment::perhaps_preempt() {
  if (chooser_.nr_choices() > kChoicesMax) violated("I16", "the run does not end: somebody waits in a loop for ever");
  if (!happens(faults_.preempt)) return;
  (*marks_)(Mark::preempted);
  world_.preempt();
}

void Environment::sleep(uint64_t ns) {
  mine().doing = Doing::waits;
  world_.sleep(std::max<uint64_t>(1, ns));
  mine().doing = Doing::works;
}

void Environment::work(uint64_t ns) {
  const uint32_t worker = world_.env().self(&world_)->worker;
  if (worker < faults_.slow_workers) ns *= 8, (*marks_)(Mark::slow_worker);
  world_.sleep(ns + stall_ns());
}

// For how long the CPU is taken away from who works: by its host, or an interrupt.
uint64_t Environment::stall_ns() {
  if (!happens(faults_.stall)) return 0;
  const uint64_t ns = uint64_t{1000} << random_.below(12);
  stalled_ns_ += ns;
  (*marks_)(Mark::stalled);
  return ns;
}

void Environment::park(uint32_t* word, uint32_t value, uint64_t timeout_ns) {
  perhaps_preempt();
  if (mine().in_grow) violated("I11", "grow parks");
  (*marks_)(world_.env().self(&world_)->worker == MEMMAP_NO_WORKER ? Mark::parked_waiter : Mark::parked_worker);
  note(world_.clock_ns());
  if (happens(faults_.spurious)) {
    (*marks_)(Mark::spurious_wake);
    return world_.sleep(random_.below(20'000));
  }
  // Without timers a park may last for ever: whoever is parked so counts as such.
  const bool timed = timeout_ns != 0 && faults_.timeouts;
  if (!timed && __atomic_load_n(word, __ATOMIC_RELAXED) == value) mine().doing = Doing::parked, mine().word = word;
  world_.park(word, value, timeout_ns);
  mine().doing = Doing::works;
  perhaps_preempt();
}

void Environment::unpark(uint32_t* word) {
  const bool outside = world_.current() == host::FiberWorld::kNone;
  if (!outside) perhaps_preempt();
  if (!outside && mine().in_grow) violated("I11", "grow wakes");
  bool found = false;
  for (uint32_t i = 0; i < fibers_.size(); ++i) {
    Fiber& sleeper = fibers_[i];
    if (sleeper.word != word || (sleeper.doing != Doing::parked && sleeper.doing != Doing::rests)) continue;
    found = true;
    if (plant_ == Plant::lost_wake && ++nr_wakes_ == 3) return;
    if (sleeper.doing == Doing::rests) world_.resume(i);
    sleeper.doing = Doing::works;
  }
  if (!found && std::find(early_.begin(), early_.end(), word) == early_.end()) early_.push_back(word);
  const uint64_t late_ns = happens(faults_.late) ? 1 + random_.below(60'000) : 0;
  if (late_ns != 0) late_ns_ += late_ns, (*marks_)(Mark::late_wake);
  world_.set_wake_ns(0, late_ns);
  world_.unpark(word);
  if (!outside) perhaps_preempt();
}

void Environment::postpone(uint32_t* word) {
  (*marks_)(Mark::postponed_wake);
  postponed_.push_back(word);
  if (server_idle_) server_idle_ = false, world_.resume(server_);
  if (const uint64_t ns = stall_ns()) world_.sleep(ns);
}

// As a softirq would: some time later, whatever has become of the word.
void Environment::serve() {
  for (;;) {
    while (!postponed_.empty()) {
      world_.sleep(1 + random_.below(10'000));
      uint32_t* const word = postponed_.front();
      postponed_.pop_front();
      unpark(word);
    }
    if (ended_) return gone();
    server_idle_ = true;
    world_.suspend();
  }
}

void Environment::rest(uint32_t* word) {
  (*marks_)(Mark::lent_rest);
  const auto early = std::find(early_.begin(), early_.end(), word);
  if (early != early_.end()) {
    early_.erase(early);
    return;
  }
  mine().doing = Doing::rests;
  mine().word = word;
  world_.suspend();
}

bool Environment::quiet() const {
  if (!postponed_.empty() || !server_idle_) return false;
  for (uint32_t i = 0; i < fibers_.size(); ++i)
    if (i != server_ && i != world_.current() && fibers_[i].doing == Doing::works) return false;
  return true;
}

bool Environment::stuck() const {
  if (!quiet()) return false;
  for (uint32_t i = 0; i < fibers_.size(); ++i)
    if (i != server_ && i != world_.current() && fibers_[i].doing == Doing::waits) return false;
  return true;
}

uint64_t Environment::clock_ns() {
  perhaps_preempt();
  if (happens(faults_.clock_jump)) {
    jumped_ns_ += uint64_t{1} << random_.below(36);
    (*marks_)(Mark::clock_jumped);
  }
  return world_.clock_ns() + jumped_ns_;
}

bool Environment::buggify(const char* point) {
  perhaps_preempt();
  if (!happens(faults_.buggify)) return false;
  (*marks_)(point[0] == 'a' ? Mark::single_unit : Mark::left_early);
  return true;
}

void Environment::trace(const memmap_trace& event) {
  note(uint64_t(event.kind) << 56 ^ event.pfn << 24 ^ event.nr_pages ^ uint64_t(uint32_t(event.status)) << 32);
  note(event.end_ns - event.begin_ns);
  if (event.kind == MEMMAP_TRACE_GRAIN && on_grain_) on_grain_(event);
}

}  // namespace memmap::swarm
