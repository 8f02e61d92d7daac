// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Runs one case through the engine's public API in virtual time, and holds what it sees against the invariants.
#ifndef MEMMAP_SIMULATOR_SWARM_CASE_RUN_H
#define MEMMAP_SIMULATOR_SWARM_CASE_RUN_H

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "simulator/swarm/case.h"
#include "simulator/swarm/environment.h"
#include "simulator/swarm/ledger.h"
#include "simulator/swarm/machine_tables.h"
#include "simulator/swarm/marks.h"

namespace memmap::swarm {

struct Verdict {
  std::string violation;  // "I5: ...": the invariant and what broke it; empty: none
  uint64_t print = 0;     // of all that happened: the same for the same case
  uint64_t virtual_ns = 0;
  std::string invariant() const { return violation.substr(0, violation.find(':')); }
};

// One thread's: the fibers' stacks are kept from one run to the next.
class Runner {
 public:
  Runner() : world_(chooser_), environment_(world_, chooser_) {}
  Verdict run(const Case& c, Plant plant, Marks& marks);

 private:
  CaseChooser chooser_;
  host::FiberWorld world_;
  Environment environment_;
};

// A domain, and when what became of it. Facts are numbered: calls' begins and ends, in the order in which they happen.
struct Event {
  memmap_domain domain{};
  bool opening = false, opened = false;
  uint32_t closers = 0;  // at work
  uint64_t opening_at = kNever, opened_at = kNever;
  uint64_t cancel_begun = kNever, cancelled_at = kNever, close_begun = kNever, closed_at = kNever;
  bool closed() const { return closed_at != kNever; }
};

class CaseRun {
 public:
  CaseRun(const Case& c, Environment& environment, Marks& marks, Plant plant);
  CaseRun(const CaseRun&) = delete;
  CaseRun& operator=(const CaseRun&) = delete;

  void spawn();

 private:
  // case_run.cc
  void start_pool();
  void serve(uint32_t worker);
  bool leaves(uint32_t worker, uint32_t grains);
  void call(const CallerPlan& caller);
  void take_step(const Step& step);
  void mark_machine() const;
  void finish();
  void check_counters();
  void watch_ageing(const memmap_trace& grain);
  void do_deed(Ledger& span);
  int block(Ledger& span);
  bool has_deeds() const;
  bool has_backlog(uint32_t domain) const;
  uint64_t seen_pages(uint32_t domain) const;

  // case_steps.cc: each call, with what it may answer
  void open(uint32_t domain);
  int submit(uint32_t domain, uint32_t span);
  void mark_accepted(const SpanPlan& plan);
  int flush(uint32_t domain);
  void flush_range(uint32_t domain, const Ledger& span, uint64_t first, uint64_t count);
  int cancel(uint32_t domain);
  int close(uint32_t domain);
  void progress(uint32_t domain);
  void misuse(uint32_t domain, uint64_t which, Ledger& span);
  void submit_again(uint32_t domain, Ledger& span);
  void misname(const Ledger& span);
  // case_looks.cc: those that look at the pool
  void grow(uint32_t nid, uint64_t nr_pages);
  void look(const Ledger& span, uint64_t page);
  void await(uint32_t domain);

  uint64_t fact() { return ++facts_; }
  void expect(bool holds, const char* invariant, std::string what) {
    if (!holds) environment_.violated(invariant, std::move(what));
  }
  bool wait_open(uint32_t domain);
  bool knows(uint32_t nid) const { return tables_.is_node(nid); }
  static std::string name_of(uint32_t domain, const DomainPlan& plan);
  bool is_below(uint32_t domain, uint32_t above) const;  // or the same
  uint32_t depth(uint32_t domain) const;
  uint64_t held_pages() const;
  bool may_be_cancelled(uint32_t domain) const;
  bool has_failed(uint32_t domain) const;
  bool has_open_child(uint32_t domain, uint64_t since) const;
  bool is_error_of(int status, uint32_t domain) const;
  bool touches(const Ledger& one, const Ledger& other) const;
  bool has_new_owner(const Ledger& span, uint64_t first) const;
  bool may_overlap(const Ledger& span, uint64_t since) const;
  bool must_overlap(const Ledger& span, uint64_t since) const;
  bool would_deadlock(uint32_t domain) const;
  bool may_answer(int status, uint32_t domain, uint64_t since, bool family) const;
  void check_accepted(uint32_t domain, uint64_t before);
  uint64_t work_ns(uint32_t domain) const;
  bool is_bounded(uint32_t domain) const;
  void answered(int status, uint32_t domain, const char* call);

  const Case& case_;
  Environment& environment_;
  Marks& marks_;
  const Plant plant_;
  MachineTables tables_;
  memmap_pool_config config_{};
  Memory pool_storage_;
  std::vector<Memory> spares_;  // of calls that are wrong
  memmap_pool* pool_ = nullptr;
  std::vector<std::unique_ptr<Event>> events_;
  std::vector<std::unique_ptr<Ledger>> spans_;
  struct Waiting {
    std::vector<uint32_t> grains_of_others;  // by worker, since anybody began with something of the domain
    uint64_t seen_pages = 0;
  };
  std::vector<Waiting> waiting_;  // by domain
  uint64_t facts_ = 0, grain_events_ = 0;
  uint32_t present_workers_ = 0;
  bool stopped_ = false;
};

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_CASE_RUN_H
