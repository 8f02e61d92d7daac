// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The fiber environment: all workers and callers of a pool are fibers in one OS thread, and time is virtual.
//
// A FiberWorld is a memmap_env (env.h) and the loop behind it. Fibers run until they park, relax, yield or spend; who
// comes next is asked of a Chooser, so that a seed is a schedule and the same seed is the same schedule everywhere.
// The clock moves only when every fiber waits: to the next end of a spend, a relax or a parking time-out. Where what a
// spend takes depends on who else spends meanwhile, a Pace says when it is over.
//
//     SeededChooser chooser(seed);
//     FiberWorld world(chooser);
//     ... memmap_pool_init() with world.env() ...
//     spawn_workers(world, pool, group_of_worker, nr_workers);
//     world.spawn("binder", 0, [&] { ... memmap_flush(&domain); ... });
//     ASSERT_EQ(world.run(), "");
//
// The engine runs here unchanged: this is what tests, the interleaving explorer and the simulator stand on.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/fiber.h"
#include "host/splitmix.h"
#include "memmap/env.h"

namespace memmap::host {

// Why somebody else may run. Where the fiber so far could go on (all but blocked), it is the last of `ready`.
enum class Switch { preempted, yielded, blocked };

class Chooser {
 public:
  virtual ~Chooser() = default;
  // Who runs next: an index into `ready`, which holds fiber numbers and is not empty.
  virtual size_t choose(const std::vector<uint32_t>& ready, Switch why) = 0;
};

// Every ready fiber equally likely.
class SeededChooser : public Chooser {
 public:
  explicit SeededChooser(uint64_t seed) : random_(seed) {}
  size_t choose(const std::vector<uint32_t>& ready, Switch) override { return random_.below(uint32_t(ready.size())); }

 private:
  Splitmix random_;
};

// What else makes time pass: shared things, such as a memory's bandwidth, whose ends move while others come and go.
class Pace {
 public:
  virtual ~Pace() = default;
  // When its next fiber is to go on; UINT64_MAX: none of its own accord.
  virtual uint64_t due_ns() const = 0;
  // It is due, and nobody can run: it resumes at least one fiber, or its due time moves on.
  virtual void advance(uint64_t now_ns) = 0;
};

class FiberWorld {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  // What `fiber` has done; parks and unparks too.
  using Tracer = std::function<void(uint32_t fiber, const memmap_trace& event)>;
  // Virtual nanoseconds that writing nr_pages records on records_nid takes `self`.
  using Cost = std::function<uint64_t(const memmap_self& self, uint32_t records_nid, uint64_t nr_pages)>;

  // Writes nr_pages records as the current fiber: may sleep, or suspend until a Pace resumes it.
  using Spend = std::function<void(const memmap_self& self, uint32_t records_nid, uint64_t nr_pages)>;

  explicit FiberWorld(Chooser& chooser, size_t stack_bytes = kFiberStackBytes);
  ~FiberWorld();
  FiberWorld(const FiberWorld&) = delete;
  FiberWorld& operator=(const FiberWorld&) = delete;

  // A fiber that run() waits for. Returns its number: 0, 1, ... in order of spawning. From anywhere.
  uint32_t spawn(std::string name, uint32_t group, std::function<void()> body);
  // A fiber that serves: it must end by itself after `when_callers_ended`.
  uint32_t spawn_worker(std::string name, uint32_t group, uint32_t worker, std::function<void()> body);
  void when_callers_ended(std::function<void()> action) { when_callers_ended_.push_back(std::move(action)); }

  // Runs until all fibers have ended: "", or why that cannot be ("deadlock: ..." says who is parked on what). Fibers
  // that did not end are abandoned where they are, their stacks not unwound.
  std::string run();
  // Forgets all fibers and sets the clock to 0; stacks are kept for the next ones.
  void reset();

  memmap_env& env() { return env_; }  // to add `stalled`, `buggify`
  uint64_t clock_ns() const { return clock_ns_; }
  void set_cost(Cost cost) { cost_ = std::move(cost); }  // default 2.6 ns a page
  void set_spend(Spend spend);                           // instead of a cost
  void set_pace(Pace* pace) { pace_ = pace; }            // lent
  // What an unpark that finds somebody takes the waker, and how much later the woken run. Default 0.
  void set_wake_ns(uint64_t waker_ns, uint64_t wakee_ns) { waker_ns_ = waker_ns, wakee_ns_ = wakee_ns; }
  void set_tracer(Tracer tracer);
  void set_relax_ns(uint64_t ns) { relax_ns_ = ns; }  // of one relax(); default 100; 0: as yield()
  // False: who parks with a time-out waits for ever, so that a lost wake-up is a deadlock and not a delay.
  void set_timeouts(bool fire) { timeouts_ = fire; }

  // For code inside a fiber, and its choosers.
  uint32_t current() const { return current_; }  // kNone outside
  bool alone() const { return ready_.empty(); }  // nobody else could run now
  uint32_t callers_left() const { return nr_callers_; }
  uint32_t nr_fibers() const { return nr_strands_; }
  const std::string& name(uint32_t fiber) const { return strands_[fiber]->name; }
  void preempt() { pass_on(Switch::preempted); }
  void yield() { pass_on(Switch::yielded); }
  void sleep(uint64_t ns);
  void suspend();               // until resume(); a resume that comes first is an error
  void resume(uint32_t fiber);  // one that is suspended
  void park(uint32_t* word, uint32_t value, uint64_t timeout_ns);
  void unpark(uint32_t* word);
  // run() returns these words at once; nobody runs on. Views, as no destructor runs on the stack of who calls it.
  [[noreturn]] void abandon(std::initializer_list<std::string_view> words);

 private:
  enum class State : uint8_t { ready, running, parked, sleeping, suspended, ended };
  // A virtual thread.
  struct Strand {
    Strand(FiberWorld& w, size_t stack_bytes) : world(w), fiber(stack_bytes) {}
    FiberWorld& world;
    Fiber fiber;
    bool fresh = true;  // must be prepared: new, or abandoned in the middle
    State state = State::ended;
    bool caller = true;
    std::string name;
    std::function<void()> body;
    memmap_self self{};
    uint32_t* word = nullptr;  // parked on
    uint64_t waits = 0;        // counts parks and sleeps: tells a stale timer
  };
  struct Timer {
    uint64_t at_ns, sequence, waits;
    uint32_t fiber;
    bool operator<(const Timer& other) const {  // for std::push_heap: the earliest on top
      return at_ns != other.at_ns ? at_ns > other.at_ns : sequence > other.sequence;
    }
  };

  static FiberWorld& of(void* context) { return *static_cast<FiberWorld*>(context); }
  static void strand_main(void* strand);
  uint32_t add(std::string name, std::function<void()> body, uint32_t worker, uint32_t group, bool caller);
  void fill_env();
  void tell(memmap_trace_kind kind, uint64_t begin_ns);
  void make_ready(uint32_t fiber);
  void pass_on(Switch why);
  void block(State state);
  void switch_to_next(Switch why);
  uint32_t next(Switch why);
  bool fire_timer();
  void set_timer(uint32_t fiber, uint64_t after_ns);
  std::string deadlock() const;

  Chooser& chooser_;
  const size_t stack_bytes_;
  memmap_env env_{};
  Cost cost_;
  Spend spend_;
  Pace* pace_ = nullptr;
  uint64_t waker_ns_ = 0, wakee_ns_ = 0;
  Tracer tracer_;
  uint64_t relax_ns_ = 100;
  bool timeouts_ = true;
  std::vector<std::function<void()>> when_callers_ended_;

  Fiber main_;
  memmap_self main_self_{};
  std::vector<std::unique_ptr<Strand>> strands_;  // the first nr_strands_ are in use
  uint32_t nr_strands_ = 0;
  uint32_t nr_callers_ = 0;  // that have not ended
  uint32_t nr_alive_ = 0;
  uint32_t current_ = kNone;
  std::vector<uint32_t> ready_;
  std::unordered_map<uint32_t*, std::vector<uint32_t>> parked_;
  std::vector<Timer> timers_;  // a heap
  uint64_t nr_timers_ = 0;
  uint64_t clock_ns_ = 0;
  std::string abandoned_;
};

// Workers 0 .. nr_workers - 1 of a pool: each steps while it finds work and idles where it finds none, until the
// callers have ended and the pool is stopped. In the header, so that the library links with any build of the engine.
inline void spawn_workers(FiberWorld& world, memmap_pool* pool, const uint16_t* group_of_worker, uint32_t nr_workers) {
  for (uint32_t worker = 0; worker < nr_workers; ++worker)
    world.spawn_worker("worker" + std::to_string(worker), group_of_worker[worker], worker, [pool, worker] {
      do
        while (memmap_worker_step(pool, worker)) {
        }
      while (memmap_worker_idle(pool, worker));
    });
  world.when_callers_ended([pool] { memmap_pool_stop(pool); });
}

}  // namespace memmap::host
