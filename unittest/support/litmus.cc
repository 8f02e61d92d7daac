// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "support/litmus.h"

#include <array>
#include <map>

namespace memmap::explore {

namespace {

Order order_of(Strength strength) {
  switch (strength) {
    case kAcquire:
      return acquire;
    case kRelease:
      return release;
    case kAcqRel:
      return acq_rel;
    case kSeqCst:
      return seq_cst;
    default:
      return relaxed;
  }
}

const char* name_of(Strength strength) {
  constexpr std::array<const char*, 16> kNames = {"split", "relaxed", "?", "acquire", "?", "release", "?", "acq_rel",
                                                  "?",     "?",       "?", "?",       "?", "?",       "?", "seq_cst"};
  return kNames[strength];
}

bool weaker(Strength a, Strength b) { return a != b && (a & b) == a; }

// All that an access of this kind can be.
std::vector<Strength> strengths(LitmusAccess::Kind kind) {
  if (kind == LitmusAccess::kLoad) return {kRelaxed, kAcquire, kSeqCst};
  if (kind == LitmusAccess::kStore) return {kRelaxed, kRelease, kSeqCst};
  return {kSplit, kRelaxed, kAcquire, kRelease, kAcqRel, kSeqCst};
}

uint64_t changed(const LitmusAccess& access, uint64_t old) {
  switch (access.kind) {
    case LitmusAccess::kAdd:
      return old + access.operand;
    case LitmusAccess::kSub:
      return old - access.operand;
    case LitmusAccess::kOr:
      return old | access.operand;
    case LitmusAccess::kAnd:
      return old & access.operand;
    case LitmusAccess::kCompareExchange:
      return old == access.expected ? access.operand : old;
    default:
      return access.operand;
  }
}

// Does it; returns what its register gets.
uint64_t perform(const LitmusAccess& access, Atomic<uint64_t>& word, Strength strength) {
  const Order order = order_of(strength);
  if (access.kind == LitmusAccess::kLoad) return word.load(order);
  if (access.kind == LitmusAccess::kStore) return word.store(access.operand, order), 0;
  const bool compares = access.kind == LitmusAccess::kCompareExchange;
  if (strength == kSplit) {
    const uint64_t old = word.load(relaxed);
    if (!compares || old == access.expected) word.store(changed(access, old), relaxed);
    return compares ? old == access.expected : old;
  }
  uint64_t expected = access.expected;
  switch (access.kind) {
    case LitmusAccess::kAdd:
      return word.fetch_add(access.operand, order);
    case LitmusAccess::kSub:
      return word.fetch_sub(access.operand, order);
    case LitmusAccess::kOr:
      return word.fetch_or(access.operand, order);
    case LitmusAccess::kAnd:
      return word.fetch_and(access.operand, order);
    default:
      return word.compare_exchange(expected, access.operand, order);
  }
}

struct World {
  std::array<Atomic<uint64_t>, kLitmusPlacesMax> words;
  std::array<std::array<uint64_t, kLitmusPlacesMax>, kLitmusPlacesMax> found{};  // by thread; set by it alone
};

bool happened(const Litmus& litmus, const World& world) {
  for (const auto& all : litmus.exists) {
    bool holds = true;
    for (const LitmusTerm& term : all)
      holds &=
          term.value == (term.thread ? world.found[*term.thread][term.index] : world.words[term.index].load(relaxed));
    if (holds) return true;
  }
  return false;
}

World* build(const Litmus& litmus, const std::string& label, Strength strength, Scenario& scenario) {
  auto* const world = scenario.make<World>();
  for (size_t i = 0; i < litmus.initial.size(); ++i) world->words[i].store(litmus.initial[i], relaxed);
  for (size_t thread = 0; thread < litmus.threads.size(); ++thread)
    scenario.spawn("P" + std::to_string(thread), [&litmus, world, thread, label, strength] {
      for (const LitmusAccess& access : litmus.threads[thread]) {
        const bool chosen = !label.empty() && access.label == label;
        const uint64_t found = perform(access, world->words[access.location], chosen ? strength : access.strength);
        if (access.found) world->found[thread][*access.found] = found;
      }
    });
  return world;
}

ExploreOptions unbounded(const Litmus& litmus, Memory memory) {
  ExploreOptions options;
  options.name = litmus.name.c_str();
  options.memory = memory;
  options.preemptions = options.delays = UINT32_MAX;
  options.max_seconds = 600;  // a busy machine is no failure
  return options;
}

}  // namespace

Outcome run_litmus(const Litmus& litmus, Memory memory, const std::string& label, Strength strength) {
  const ExploreResult result = explore(unbounded(litmus, memory), [&](Scenario& scenario) {
    World* const world = build(litmus, label, strength, scenario);
    scenario.finally([&litmus, world] { expect(!happened(litmus, *world), "never"); });
  });
  const bool reached = result.report.find(": expected: never") != std::string::npos;
  return {reached, reached || (result.ok && result.exhausted)};
}

std::set<std::vector<uint64_t>> litmus_outcomes(const Litmus& litmus, Memory memory, bool prune) {
  std::set<std::vector<uint64_t>> outcomes;
  ExploreOptions options = unbounded(litmus, memory);
  options.prune = prune;
  explore(options, [&](Scenario& scenario) {
    World* const world = build(litmus, {}, kSeqCst, scenario);
    scenario.finally([&, world] {
      std::vector<uint64_t> outcome;
      for (const auto& found : world->found) outcome.insert(outcome.end(), found.begin(), found.end());
      for (const auto& word : world->words) outcome.push_back(word.load(relaxed));
      outcomes.insert(outcome);
    });
  });
  return outcomes;
}

std::string weakest_orders(const Litmus& litmus, Memory memory) {
  std::string all;
  for (const std::string& label : litmus.labels()) {
    const LitmusAccess* access = nullptr;
    for (const auto& thread : litmus.threads)
      for (const LitmusAccess& one : thread)
        if (one.label == label) access = &one;
    std::vector<Strength> sufficient = {access->strength}, insufficient;
    for (const Strength strength : strengths(access->kind)) {
      if (!weaker(strength, access->strength)) continue;
      const Outcome outcome = run_litmus(litmus, memory, label, strength);
      (outcome.reached ? insufficient : sufficient).push_back(strength);
      if (!outcome.complete) insufficient = {kSeqCst};
    }
    if (insufficient.empty()) continue;  // it may be as weak as can be
    std::string needed;
    for (const Strength one : sufficient) {
      bool weakest = true;
      for (const Strength other : sufficient) weakest &= !weaker(other, one);
      if (weakest) needed += (needed.empty() ? " " : " or ") + std::string(name_of(one));
      for (const Strength other : insufficient)
        if (weaker(one, other)) needed = " ?";
    }
    all += (all.empty() ? "" : ", ") + label + needed;
  }
  return all.empty() ? "nothing" : all;
}

}  // namespace memmap::explore
