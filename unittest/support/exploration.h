// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Inside of the explorer: one exploration. exploration.cc runs an execution and makes its decisions; explorer.cc
// enumerates executions and reports; explored_atomics.cc is where atomic accesses arrive.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string_view>

#include "support/explorer.h"

namespace memmap::explore {

enum class Price : uint8_t { free, preemption, delay };

// Something was chosen; alternatives that the bounds allow are tried later.
struct Decision {
  uint64_t moment;  // counts what could have been decided, whether it was or not
  uint32_t options;
  uint32_t chosen;
};

struct Access {
  uint32_t fiber;
  const char* what;
  uint32_t object;  // number
  uint64_t before, after;
  Order order;
};

class Exploration final : public host::Chooser, public Oracle {
 public:
  Exploration(const ExploreOptions& options, const std::function<void(Scenario&)>& build);
  ~Exploration();
  ExploreResult run();

  // For the hooks below; fiber is kNone outside of an execution.
  uint32_t fiber() const { return world_.current(); }
  ExploredMemory& memory() { return memory_; }
  void point(const void* object, bool writes);
  void note(const char* what, const void* object, uint64_t before, uint64_t after, Order order);
  void fail(std::initializer_list<std::string_view> words);
  void park(uint32_t* word, uint32_t value);
  void unpark(uint32_t* word);
  void plain(const void* object, const char* what, bool writes);
  void give_up(const void* memory, size_t bytes);
  void take_again(const void* memory);

 private:
  size_t choose(const std::vector<uint32_t>& ready, host::Switch why) override;
  uint32_t choose_value(uint32_t options) override;
  uint32_t order(const std::vector<uint32_t>& ready, host::Switch why, uint32_t* candidates);
  uint32_t decide(uint32_t options, Price price);
  uint32_t decide_exhaustively(uint32_t options, Price price);
  void stop_if_been_here(Price price);
  uint32_t decide_randomly(uint32_t options, Price price);
  uint32_t decide_by_schedule();
  bool within(Price price) const;

  void adopt_env();
  bool execute();  // true: nothing wrong
  bool next_path();
  void begin_enumeration();
  void enumerate(uint32_t preemptions);
  void enumerate_bounds();
  void run_randomly();
  void replay(const std::string& schedule);
  bool out_of_budget();
  void record_failure();
  std::string describe() const;

  const ExploreOptions& options_;
  const std::function<void(Scenario&)>& build_;
  host::FiberWorld world_;
  ExploredMemory memory_;
  Arena arena_;
  ExploreResult result_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();

  enum class Mode { exhaustive, random, schedule };
  Mode mode_ = Mode::exhaustive;
  uint32_t preemptions_ = 0;    // bound of this enumeration
  std::vector<Decision> path_;  // of this execution; exhaustive: its beginning is replayed
  std::vector<Decision> schedule_;
  VisitedStates visited_;  // exhaustive: in this enumeration
  host::Splitmix random_{0};
  uint32_t switch_rate_ = 0;  // random: one in

  // Of this execution.
  size_t depth_ = 0;  // decisions made
  uint64_t moment_ = 0;
  uint32_t steps_ = 0;
  Spent spent_;
  uint64_t values_chosen_ = 0;  // hash, within the access that is made now
  bool pruned_ = false;
  bool deciding_ = false;  // until the callers have ended: what workers do then has only one order
  uint32_t yielded_ = 0;   // bit masks of fibers
  uint32_t at_point_ = 0;  // preempted before an access: goes on with it
  bool fresh_ = false;     // the running fiber has just been chosen: its next access was decided on with that
  std::string failure_;
  std::vector<std::pair<const char*, size_t>> given_up_;  // memory
  std::vector<Access> trace_;
};

// The exploration that runs now, seen from one of its fibers; null anywhere else.
Exploration* exploring();

}  // namespace memmap::explore
