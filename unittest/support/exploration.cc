// SPDX-License-Identifier: GPL-2.0-only OR MIT
// One execution: who runs next, which value a load returns, and what was noticed.
#include "support/exploration.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace memmap::explore {

using host::FiberWorld;
using host::Switch;

namespace {

Exploration* g_exploration = nullptr;

constexpr uint64_t kStatesPerVisit = 4;

constexpr char kNotDeterministic[] = "the scenario is not deterministic: the same decisions led somewhere else";

}  // namespace

Exploration* exploring() {
  return g_exploration != nullptr && g_exploration->fiber() != FiberWorld::kNone ? g_exploration : nullptr;
}

Exploration::Exploration(const ExploreOptions& options, const std::function<void(Scenario&)>& build)
    : options_(options), build_(build), world_(*this), memory_(*this) {
  adopt_env();
  g_exploration = this;
}

Exploration::~Exploration() { g_exploration = nullptr; }

void Exploration::adopt_env() {
  world_.set_timeouts(false);
  world_.set_relax_ns(0);
  memmap_env& env = world_.env();
  env.park = [](void*, uint32_t* word, uint32_t value, uint64_t) { g_exploration->park(word, value); };
  env.unpark = [](void*, uint32_t* word) { g_exploration->unpark(word); };
  env.wake_later = env.unpark;
  env.spend = nullptr;  // no shared access in it: nothing to decide
  env.fatal = [](void*, const char* what) { g_exploration->fail({"fatal: ", what}); };
}

// Before each access: somebody else first?
void Exploration::point(const void* object, bool writes) {
  ++moment_;
  if (++steps_ > options_.max_steps) fail({"livelock: more than max_steps accesses"});
  for (const auto& [memory, bytes] : given_up_)
    if (object >= memory && object < memory + bytes) fail({world_.name(fiber()), " accesses memory that was given up"});
  values_chosen_ = 0;
  const uint32_t self = 1u << fiber();
  const bool contended = memory_.contended(fiber(), object, writes);
  if (mode_ == Mode::schedule) {
    if (decide_by_schedule() == 0) return;
  } else {
    if (!contended || !deciding_) return;
    if (std::exchange(fresh_, false)) return;
    if (world_.alone()) return;
    if (!within(Price::preemption)) return stop_if_been_here(Price::preemption);
  }
  at_point_ |= self;
  world_.preempt();
}

// Fibers in the order in which they are tried: the running one, then by number. Who yielded waits for the others.
uint32_t Exploration::order(const std::vector<uint32_t>& ready, Switch why, uint32_t* candidates) {
  uint32_t mask = 0;
  for (const uint32_t fiber : ready) mask |= 1u << fiber;
  if (why == Switch::yielded) yielded_ |= 1u << ready.back();
  if ((mask & ~yielded_) == 0) yielded_ = 0;
  mask &= ~yielded_;
  uint32_t n = 0;
  if (why == Switch::preempted) {
    candidates[n++] = ready.back();
    mask &= ~(1u << ready.back());
  }
  for (; mask != 0; mask &= mask - 1) candidates[n++] = uint32_t(std::countr_zero(mask));
  return n;
}

size_t Exploration::choose(const std::vector<uint32_t>& ready, Switch why) {
  uint32_t candidates[kMaxFibers];
  const uint32_t n = order(ready, why, candidates);
  if (why != Switch::preempted) ++moment_;
  const uint32_t next = candidates[decide(n, why == Switch::preempted ? Price::preemption : Price::free)];
  const uint32_t bit = 1u << next;
  fresh_ = (at_point_ & bit) == 0;
  at_point_ &= ~bit;
  return size_t(std::find(ready.begin(), ready.end(), next) - ready.begin());
}

uint32_t Exploration::choose_value(uint32_t options) {
  ++moment_;
  const uint32_t chosen = decide(options, Price::delay);
  values_chosen_ = mix(values_chosen_, chosen + 1);
  return chosen;
}

bool Exploration::within(Price price) const {
  if (mode_ != Mode::exhaustive || price == Price::free) return true;
  return price == Price::preemption ? spent_.preemptions < preemptions_ : spent_.delays < options_.delays;
}

uint32_t Exploration::decide(uint32_t options, Price price) {
  if (mode_ == Mode::schedule) return std::min(decide_by_schedule(), options - 1);
  if (options < 2 || !deciding_ || !within(price)) return 0;
  const uint32_t chosen = mode_ == Mode::random ? decide_randomly(options, price) : decide_exhaustively(options, price);
  spent_.preemptions += price == Price::preemption && chosen > 0;
  spent_.delays += price == Price::delay && chosen > 0;
  return chosen;
}

// Another order of independent accesses has led here before, with no more spent: what comes now was seen then.
void Exploration::stop_if_been_here(Price price) {
  if (!options_.prune || mode_ != Mode::exhaustive || depth_ < path_.size() || fiber() == FiberWorld::kNone) return;
  uint64_t state = mix(memory_.state(), uint64_t{yielded_} << 32 | at_point_);
  if (price != Price::free) state = mix(mix(state, values_chosen_), fiber() << 1 | fresh_);
  state = mix(state, uint64_t(price));
  // Where nothing is decided some states suffice: who was in one before comes to the next that counts.
  if (!within(price) && state % kStatesPerVisit != 0) return;
  if (!visited_.visit(state, spent_)) return;
  pruned_ = true;
  world_.abandon({"been here"});
}

uint32_t Exploration::decide_exhaustively(uint32_t options, Price price) {
  if (depth_ == path_.size()) {
    stop_if_been_here(price);
    path_.push_back({moment_, options, 0});
  }
  const Decision& decision = path_[depth_++];
  if (decision.moment != moment_ || decision.options != options) fail({kNotDeterministic});
  return decision.chosen;
}

uint32_t Exploration::decide_randomly(uint32_t options, Price price) {
  const bool default_only = price != Price::free && random_.below(switch_rate_) != 0;
  const uint32_t chosen = default_only ? 0 : random_.below(options);
  if (chosen > 0) path_.push_back({moment_, options, chosen});
  return chosen;
}

uint32_t Exploration::decide_by_schedule() {
  for (const Decision& decision : schedule_)
    if (decision.moment == moment_) return decision.chosen;
  return 0;
}

// After each access. A change may be what those wait for who have yielded.
void Exploration::note(const char* what, const void* object, uint64_t before, uint64_t after, Order order) {
  if (before != after) yielded_ &= 1u << fiber();
  if (mode_ == Mode::schedule) trace_.push_back({fiber(), what, memory_.number_of(object), before, after, order});
}

void Exploration::give_up(const void* memory, size_t bytes) {
  const uint32_t other = memory_.touched_before(fiber(), memory, bytes);
  if (other != ExploredMemory::kNobody)
    fail(
        {world_.name(other), " accessed memory, and nothing orders that before ", world_.name(fiber()), " gave it up"});
  given_up_.push_back({static_cast<const char*>(memory), bytes});
}

void Exploration::take_again(const void* memory) {
  std::erase_if(given_up_, [memory](const auto& range) { return range.first == memory; });
}

void Exploration::fail(std::initializer_list<std::string_view> words) {
  if (failure_.empty())
    for (const std::string_view word : words) failure_ += word;
  if (fiber() != FiberWorld::kNone) world_.abandon({failure_});
}

void Exploration::park(uint32_t* word, uint32_t value) {
  if (fiber() != FiberWorld::kNone) {
    point(word, false);
    memory_.drain(fiber());
    memory_.newest(fiber(), word, sizeof *word);
    memory_.meet(fiber(), word);
    note("park", word, value, value, relaxed);
  }
  world_.park(word, value, 0);
}

void Exploration::unpark(uint32_t* word) {
  if (fiber() != FiberWorld::kNone) {
    point(word, true);
    memory_.drain(fiber());
    memory_.meet(fiber(), word);
    note("unpark", word, 0, 0, relaxed);
  }
  world_.unpark(word);
}

void Exploration::plain(const void* object, const char* what, bool writes) {
  const uint32_t other = memory_.plain_access(fiber(), object, writes);
  note(writes ? "plain write" : "plain read", object, 0, 0, relaxed);
  if (other == ExploredMemory::kNobody) return;
  fail({"race on ", what, ": ", world_.name(fiber()), writes ? " writes" : " reads",
        " it, nothing orders that after what ", world_.name(other), " did with it"});
}

bool Exploration::execute() {
  world_.reset();
  memory_.begin(options_.memory, mode_ == Mode::exhaustive);
  depth_ = moment_ = 0;
  values_chosen_ = 0;
  steps_ = yielded_ = at_point_ = 0;
  spent_ = {};
  fresh_ = pruned_ = false;
  failure_.clear();
  given_up_.clear();
  trace_.clear();
  arena_.clear();
  Scenario scenario(world_, arena_);
  world_.when_callers_ended([this] { deciding_ = false; });
  build_(scenario);
  deciding_ = true;
  if (world_.nr_fibers() > kMaxFibers) fail({"a scenario has more than 8 fibers"});
  const std::string stuck = world_.run();
  if (pruned_) {
    ++result_.pruned;
    return true;
  }
  deciding_ = true;
  memory_.drain_all();
  deciding_ = false;
  if (failure_.empty()) failure_ = stuck;
  if (failure_.empty() && mode_ == Mode::exhaustive && depth_ < path_.size()) failure_ = kNotDeterministic;
  if (failure_.empty()) scenario.check();
  ++result_.executions;
  ++result_.executions_all;
  return failure_.empty();
}

void* Arena::allocate(size_t bytes, size_t align) {
  const size_t at = (used_ + align - 1) / align * align;
  if (at + bytes > kBytes) throw std::bad_alloc();
  used_ = at + bytes;
  return std::memset(memory_ + at, 0, bytes);
}

void Arena::clear() {
  for (; !destroy_.empty(); destroy_.pop_back()) destroy_.back()();
  used_ = 0;
}

void expect(bool holds, const char* what) {
  if (!holds) g_exploration->fail({"expected: ", what});
}

void give_up(const void* memory, size_t bytes) {
  if (Exploration* exploration = exploring()) exploration->give_up(memory, bytes);
}

void take_again(const void* memory) {
  if (Exploration* exploration = exploring()) exploration->take_again(memory);
}

void plain_read(const void* object, const char* what) {
  if (Exploration* exploration = exploring()) exploration->plain(object, what, false);
}

void plain_write(const void* object, const char* what) {
  if (Exploration* exploration = exploring()) exploration->plain(object, what, true);
}

}  // namespace memmap::explore
