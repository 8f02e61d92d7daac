// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The environment of a swarm run: fibers in virtual time (host/fibers.h), and everything that an environment may do to
// an engine: wakes that come late, for nothing or only after a while, a clock that jumps, preemption at each call,
// workers that stand still.
#ifndef MEMMAP_SIMULATOR_SWARM_ENVIRONMENT_H
#define MEMMAP_SIMULATOR_SWARM_ENVIRONMENT_H

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "host/fibers.h"
#include "memmap/env.h"
#include "simulator/swarm/case.h"
#include "simulator/swarm/marks.h"

namespace memmap::swarm {

// Faults of the harness itself, so that one can see what its checkers find.
enum class Plant {
  none,
  lost_wake,     // the third unpark that finds somebody is forgotten
  skipped_page,  // a write hook leaves out one page
  twice,         // a write hook is called twice for the same pages
};

// Who goes on, by the case's order.
class CaseChooser : public host::Chooser {
 public:
  void begin(uint64_t schedule, uint32_t order);
  size_t choose(const std::vector<uint32_t>& ready, host::Switch why) override;
  uint64_t nr_choices() const { return nr_choices_; }

 private:
  host::Splitmix random_{0};
  uint32_t order_ = 0;
  uint64_t nr_choices_ = 0, salt_ = 0;
};

class Environment {
 public:
  static constexpr uint64_t kChoicesMax = 3'000'000;  // a run that takes more goes on for ever

  enum class Doing : uint8_t { works, parked, rests, waits, gone };  // waits: sleeps of its own accord
  struct Fiber {
    Doing doing = Doing::works;
    uint32_t* word = nullptr;  // parked on, or rests until it is unparked
    bool in_grow = false;
  };

  Environment(host::FiberWorld& world, CaseChooser& chooser) : world_(world), chooser_(chooser) { fill(); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // The world is reset before, the fibers are spawned after.
  void begin(const Case& c, Plant plant, Marks& marks);
  memmap_env* env() { return &env_; }
  host::FiberWorld& world() { return world_; }

  // In fibers. sleep: of its own accord; work: the caller is at work for so long, or longer where it is stalled.
  void sleep(uint64_t ns);
  void work(uint64_t ns);
  bool happens(uint32_t chance);  // out of 1024
  // Waits like a lent worker whose word this is, until somebody unparks it.
  void rest(uint32_t* word);
  void gone() { mine().doing = Doing::gone; }
  Fiber& mine() { return fiber(world_.current()); }
  Fiber& fiber(uint32_t number) { return fibers_[number]; }
  void all_spawned() { fibers_.assign(world_.nr_fibers(), {}); }
  // But for the caller nobody is at work, nor on the way: without those who wait of their own accord nothing
  // would ever happen.
  bool quiet() const;
  // And nobody waits of its own accord: nothing will ever happen.
  bool stuck() const;

  // The first that is found ends the run.
  [[noreturn]] void violated(const char* invariant, std::string what);
  void note(uint64_t fact);  // becomes part of the run's print
  uint64_t print() const { return print_; }
  uint64_t stalled_ns() const { return stalled_ns_; }
  uint64_t late_ns() const { return late_ns_; }
  const std::string& violation() const { return violation_; }
  // Told of each grain that is over, where the case has a trace.
  void set_on_grain(std::function<void(const memmap_trace&)> told) { on_grain_ = std::move(told); }

 private:
  static Environment& of(void* context) { return *static_cast<Environment*>(context); }
  void fill();
  void fill_optional();
  void perhaps_preempt();
  uint64_t stall_ns();
  void park(uint32_t* word, uint32_t value, uint64_t timeout_ns);
  void unpark(uint32_t* word);
  void postpone(uint32_t* word);
  void serve();
  uint64_t clock_ns();
  bool buggify(const char* point);
  void trace(const memmap_trace& event);

  host::FiberWorld& world_;
  CaseChooser& chooser_;
  memmap_env env_{};
  host::Splitmix random_{0};
  FaultPlan faults_;
  Plant plant_ = Plant::none;
  Marks* marks_ = nullptr;
  std::vector<Fiber> fibers_;
  std::vector<uint32_t*> early_;     // unparked words that nobody was parked on: lent workers ask
  std::deque<uint32_t*> postponed_;  // wakes that a fiber carries out later
  uint32_t server_ = kNone;
  bool server_idle_ = false, ended_ = false;
  uint64_t jumped_ns_ = 0, stalled_ns_ = 0, late_ns_ = 0, nr_wakes_ = 0, print_ = 0;
  std::function<void(const memmap_trace&)> on_grain_;
  std::string violation_;
};

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_ENVIRONMENT_H
