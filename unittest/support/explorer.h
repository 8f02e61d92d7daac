// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The interleaving explorer: runs a small scenario again and again, each time with another order of its atomic
// accesses.
//
//     ExploreResult result = explore({.name = "dekker"}, [](Scenario& scenario) {
//       auto* state = scenario.make<State>();
//       scenario.spawn("left", [=] { ... state->x.store(1, seq_cst); ... });
//       scenario.spawn("right", [=] { ... });
//       scenario.finally([=] { expect(state->entered < 2, "both are inside"); });
//     });
//     EXPECT_TRUE(result.ok) << result.report;
//
// Code built with MEMMAP_EXPLORE comes here with each atomic access (base/atomic.h). In a fiber of a scenario another
// fiber may run first; anywhere else the access is plain. Who runs is enumerated depth first: at each access to
// something contended one may be *preempted* (at most `preemptions` times in an execution); who comes next after a
// park, a yield or an end is enumerated without limit. Each execution replays the decisions of the one before up to the
// last that had an alternative left. Bounds grow from 0, so the first failure found has the fewest preemptions.
//
// Switching only before contended objects loses nothing: an access that no other fiber's conflicts with commutes with
// what the others do. What is contended is learnt; news starts the enumeration again.
//
// An execution is broken off where it comes to a state in which an earlier one was: each load found the same store, and
// stores to one object came in the same order (docs/decision/0027-what-makes-an-exploration-shorter.md). So state that
// fibers share must be atomic or watched (plain_read, plain_write), or `prune` must be off; counters that only ever are
// added to are harmless.
//
// A failure is: an expect() that does not hold, a deadlock (time-outs do not fire here: a lost wake-up is a deadlock
// and not a delay), a race on watched plain data, more than max_steps accesses, env.fatal. The report has the decisions
// and the last accesses; run that test with MEMMAP_EXPLORE_SCHEDULE set to the decisions to see that execution alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/fibers.h"
#include "support/explored_memory.h"

namespace memmap::explore {

struct ExploreOptions {
  const char* name = "scenario";
  Memory memory = Memory::interleaved;
  uint32_t preemptions = 2;  // per execution; UINT32_MAX: no bound
  uint32_t delays = 1;       // values other than the newest that loads may return, per execution
  uint32_t max_steps = 100000;
  bool prune = true;
  uint64_t max_executions = UINT64_MAX;
  double max_seconds = 60;
  // Random instead of exhaustive: until max_executions or max_seconds, bounds not applied.
  bool random = false;
  uint64_t seed = 1;
  // Replay this execution only.
  std::string schedule = {};
};

struct ExploreResult {
  bool ok = true;
  bool exhausted = false;       // every execution within the bounds was run
  uint64_t executions = 0;      // to their ends, in the last enumeration
  uint64_t pruned = 0;          // broken off, in the last enumeration
  uint64_t executions_all = 0;  // with those of smaller bounds and of enumerations begun again
  uint32_t contended_objects = 0;
  std::string report;    // of a failure
  std::string schedule;  // its decisions
};

// Memory for what fibers share: objects have the same addresses in each execution, by which contention is remembered.
class Arena {
 public:
  Arena() : memory_(new (std::align_val_t(kAlign)) std::byte[kBytes]) {}
  ~Arena() {
    clear();
    ::operator delete[](memory_, std::align_val_t(kAlign));
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(size_t bytes, size_t align);  // zeroed
  void clear();                                // destroys what is in it, newest first
  void at_clear(std::function<void()> destroy) { destroy_.push_back(std::move(destroy)); }

 private:
  static constexpr size_t kBytes = size_t{1} << 20, kAlign = 4096;
  std::byte* memory_;
  size_t used_ = 0;
  std::vector<std::function<void()>> destroy_;
};

class Scenario {
 public:
  Scenario(host::FiberWorld& world, Arena& arena) : world_(world), arena_(arena) {}
  host::FiberWorld& world() { return world_; }
  const memmap_env* env() { return &world_.env(); }

  // State of this execution: whatever fibers share must be made here.
  template <typename T, typename... Arguments>
  T* make(Arguments&&... arguments) {
    T* const made = new (arena_.allocate(sizeof(T), alignof(T))) T(std::forward<Arguments>(arguments)...);
    if constexpr (!std::is_trivially_destructible_v<T>) arena_.at_clear([made] { made->~T(); });
    return made;
  }
  void* bytes(size_t n) { return arena_.allocate(n, 128); }  // zeroed

  void spawn(std::string name, std::function<void()> body) { world_.spawn(std::move(name), 0, std::move(body)); }
  // After all fibers have ended, outside of them.
  void finally(std::function<void()> check) { finally_ = std::move(check); }
  void check() const {
    if (finally_) finally_();
  }

 private:
  host::FiberWorld& world_;
  Arena& arena_;
  std::function<void()> finally_;
};

ExploreResult explore(const ExploreOptions& options, const std::function<void(Scenario&)>& build);

// In a running scenario: ends this execution as a failure unless it holds.
void expect(bool holds, const char* what);

// From now on nobody may access this memory atomically: it was given back, and every access so far must be ordered
// before that. In fibers only; until the execution ends.
void give_up(const void* memory, size_t bytes);
// Unless it is taken again.
void take_again(const void* memory);

// Watches plain data: accesses of different fibers of which one writes must be ordered by happens-before.
void plain_read(const void* object, const char* what);
void plain_write(const void* object, const char* what);

}  // namespace memmap::explore
