// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The explorer against itself and against machines so simple that they need no trust: over many small random programs,
// the same outcomes with and without breaking off executions, as many as an interpreter of all interleavings finds, and
// with store buffers as many as an interpreter of x86's buffers finds.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

#include "host/splitmix.h"
#include "support/explorer.h"

namespace memmap::explore {
namespace {

constexpr uint32_t kObjects = 2;

struct Op {
  enum Kind { load, store, add } kind;
  uint32_t object;
  uint32_t value;
  Order order;
};
using Program = std::vector<std::vector<Op>>;  // by fiber
using Outcome = std::vector<uint64_t>;         // what was loaded, by fiber, then what is left in memory
using Outcomes = std::set<Outcome>;

Program random_program(uint64_t seed) {
  host::Splitmix random(seed);
  Program program(2 + random.below(2));
  uint32_t value = 0;
  for (auto& ops : program)
    for (uint32_t n = program.size() == 2 ? 4 : 2; n > 0; --n) {
      const auto kind = random.below(8) == 0 ? Op::add : Op::Kind(random.below(2));
      const Order orders[] = {relaxed, kind == Op::load ? acquire : release, seq_cst};
      ops.push_back({kind, random.below(kObjects), value += 10, orders[random.below(3)]});
    }
  return program;
}

struct State {
  std::array<Atomic<uint32_t>, kObjects + kMaxFibers> objects;  // the last ones: each fiber's own
  std::array<std::vector<uint64_t>, kMaxFibers> loaded;
};

void run(const std::vector<Op>& ops, State& state, uint32_t fiber) {
  for (const Op& op : ops) {
    Atomic<uint32_t>& object = state.objects[op.object];
    if (op.kind == Op::store)
      object.store(op.value, op.order);
    else
      state.loaded[fiber].push_back(op.kind == Op::load ? object.load(op.order) : object.fetch_add(1, op.order));
  }
}

struct Within {
  uint32_t preemptions = UINT32_MAX, delays = UINT32_MAX;
};

Outcomes explored(const Program& program, Memory memory, bool prune, Within within = {}) {
  Outcomes outcomes;
  const ExploreResult result =
      explore({.memory = memory, .preemptions = within.preemptions, .delays = within.delays, .prune = prune},
              [&](Scenario& scenario) {
                State* const state = scenario.make<State>();
                for (uint32_t fiber = 0; fiber < program.size(); ++fiber)
                  scenario.spawn("f", [&program, state, fiber] { run(program[fiber], *state, fiber); });
                scenario.finally([&outcomes, state] {
                  Outcome outcome;
                  for (const auto& loaded : state->loaded) outcome.insert(outcome.end(), loaded.begin(), loaded.end());
                  for (uint32_t i = 0; i < kObjects; ++i) outcome.push_back(state->objects[i].load(relaxed));
                  outcomes.insert(outcome);
                });
              });
  EXPECT_TRUE(result.exhausted) << result.report;
  return outcomes;
}

// All executions of a program, one step of one fiber or one arrival of a buffered store at a time.
class Interpreter {
 public:
  Interpreter(const Program& program, bool buffers) : program_(program), buffers_(buffers) {
    step({.memory = {}, .at = std::vector<size_t>(program.size()), .loaded = {}, .waiting = {}});
  }
  Outcomes outcomes() const { return outcomes_; }

 private:
  struct Machine {
    std::array<uint64_t, kObjects> memory;
    std::vector<size_t> at;
    std::array<std::vector<uint64_t>, kMaxFibers> loaded;
    std::array<std::vector<std::pair<uint32_t, uint64_t>>, kMaxFibers> waiting;
    auto key() const { return std::tie(memory, at, loaded, waiting); }
    bool operator<(const Machine& other) const { return key() < other.key(); }
  };

  void step(const Machine& machine) {
    if (!visited_.insert(machine).second) return;
    bool over = true;
    for (uint32_t fiber = 0; fiber < program_.size(); ++fiber) {
      if (!machine.waiting[fiber].empty()) {
        over = false;
        Machine next = machine;
        const auto [object, value] = next.waiting[fiber].front();
        next.waiting[fiber].erase(next.waiting[fiber].begin());
        next.memory[object] = value;
        step(next);
      }
      if (machine.at[fiber] < program_[fiber].size()) {
        over = false;
        execute(machine, fiber);
      }
    }
    if (!over) return;
    Outcome outcome;
    for (const auto& loaded : machine.loaded) outcome.insert(outcome.end(), loaded.begin(), loaded.end());
    outcome.insert(outcome.end(), machine.memory.begin(), machine.memory.end());
    outcomes_.insert(outcome);
  }

  void execute(const Machine& machine, uint32_t fiber) {
    const Op& op = program_[fiber][machine.at[fiber]];
    const auto& waiting = machine.waiting[fiber];
    if ((op.kind == Op::add || (op.kind == Op::store && op.order == seq_cst)) && !waiting.empty()) return;
    Machine next = machine;
    ++next.at[fiber];
    if (op.kind == Op::store && buffers_ && op.order != seq_cst) {
      next.waiting[fiber].push_back({op.object, op.value});
    } else if (op.kind == Op::store) {
      next.memory[op.object] = op.value;
    } else {
      uint64_t seen = machine.memory[op.object];
      for (const auto& [object, value] : waiting)
        if (object == op.object) seen = value;
      next.loaded[fiber].push_back(seen);
      if (op.kind == Op::add) next.memory[op.object] = seen + 1;
    }
    step(next);
  }

  const Program& program_;
  const bool buffers_;
  std::set<Machine> visited_;
  Outcomes outcomes_;
};

#if defined(MEMMAP_FIBER_ASAN) || defined(MEMMAP_FIBER_TSAN)
constexpr uint64_t kPrograms = 5;
#else
constexpr uint64_t kPrograms = 200;
#endif

TEST(Exploration, FindsWhatAllInterleavingsGive) {
  for (uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const Program program = random_program(seed);
    EXPECT_EQ(explored(program, Memory::interleaved, true), Interpreter(program, false).outcomes()) << seed;
  }
}

TEST(Exploration, FindsWhatStoreBuffersGive) {
  size_t more = 0;
  for (uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const Program program = random_program(seed);
    const Outcomes all = Interpreter(program, true).outcomes();
    EXPECT_EQ(explored(program, Memory::store_buffer, true), all) << seed;
    more += all.size() > Interpreter(program, false).outcomes().size();
  }
  EXPECT_GT(more, 0u) << "some programs can tell";
}

TEST(Exploration, BreakingOffLosesNothing) {
  for (const Memory memory : {Memory::interleaved, Memory::store_buffer, Memory::weak})
    for (uint64_t seed = 1; seed <= kPrograms / 5; ++seed) {
      const Program program = random_program(seed);
      EXPECT_EQ(explored(program, memory, true), explored(program, memory, false)) << int(memory) << ' ' << seed;
    }
}

// Programs whose values repeat, and of whose objects one is each fiber's own: states are alike more often.
Program alike_program(uint64_t seed) {
  Program program = random_program(seed);
  for (uint32_t fiber = 0; fiber < program.size(); ++fiber) {
    for (Op& op : program[fiber]) op.value = op.value / 10 % 2;
    program[fiber].insert(program[fiber].begin() + 1, {Op::store, kObjects + fiber, 1, relaxed});
    program[fiber].insert(program[fiber].end() - 1, {Op::add, kObjects + fiber, 0, seq_cst});
  }
  return program;
}

TEST(Exploration, BreakingOffWithinBoundsLosesNothing) {
  size_t fewer = 0;
  for (const Memory memory : {Memory::interleaved, Memory::store_buffer, Memory::weak})
    for (uint64_t seed = 1; seed <= kPrograms / 5; ++seed)
      for (const Within within : {Within{0, 1}, Within{1, 0}, Within{1, 1}, Within{2, 1}, Within{2, 2}}) {
        const Program program = alike_program(seed);
        const Outcomes all = explored(program, memory, false, within);
        EXPECT_EQ(explored(program, memory, true, within), all)
            << int(memory) << ' ' << seed << ' ' << within.preemptions << ' ' << within.delays;
        fewer += all.size() < explored(program, memory, true).size();
      }
  EXPECT_GT(fewer, 0u) << "some bounds are felt";
}

TEST(Exploration, WeakMemoryAllowsAllInterleavings) {
  for (uint64_t seed = 1; seed <= kPrograms / 2; ++seed) {
    const Program program = random_program(seed);
    const Outcomes weak = explored(program, Memory::weak, true);
    const Outcomes all = Interpreter(program, false).outcomes();
    for (const Outcome& outcome : all) EXPECT_EQ(weak.count(outcome), 1u) << seed;
  }
}

TEST(Exploration, SeqCstProgramsHaveNoOtherOutcomes) {
  for (uint64_t seed = 1; seed <= kPrograms / 2; ++seed) {
    Program program = random_program(seed);
    for (auto& ops : program)
      for (Op& op : ops) op.order = seq_cst;
    const Outcomes all = Interpreter(program, false).outcomes();
    EXPECT_EQ(explored(program, Memory::weak, true), all) << seed;
    EXPECT_EQ(explored(program, Memory::store_buffer, true), all) << seed;
  }
}

}  // namespace
}  // namespace memmap::explore
