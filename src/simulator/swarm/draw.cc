// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Draws cases. Not sizes of one kind of machine but kinds of machines: each part is left out of most cases, so that
// what remains meets in combinations that a mean case never has.
#include <algorithm>

#include "simulator/kernel/geometry.h"
#include "simulator/swarm/case.h"
#include "simulator/swarm/dice.h"
#include "simulator/swarm/vary.h"

namespace memmap::swarm {
namespace {

using simulator::kMaxOrderPages;
using simulator::kSectionPages;
using simulator::kSubsectionPages;

class Draw {
 public:
  explicit Draw(uint64_t seed) : dice_(seed) { case_.seed = seed; }
  Case all() {
    case_.schedule = dice_.next();
    machine();
    faults();
    const uint32_t nr_events = 1 + below(6);
    for (uint32_t i = 0; i < 1 + below(5); ++i) case_.callers.push_back({group(), worker_or_none(), {}});
    for (uint32_t i = 0; i < nr_events; ++i) event(kNone, 0);
    guests();
    if (one_in(4)) allocations();
    if (one_in(12)) backlog();
    if (one_in(16)) crowd();
    vary(case_, dice_);
    return std::move(case_);
  }

 private:
  uint32_t below(uint32_t n) { return dice_.below(n); }
  bool one_in(uint32_t n) { return dice_.one_in(n); }
  uint64_t logarithmic(uint64_t most) { return dice_.logarithmic(most); }
  template <typename T>
  T any(std::initializer_list<T> of) {
    return dice_.any(of);
  }
  uint32_t group() { return below(uint32_t(case_.machine.groups.size())); }
  uint32_t nr_workers() const {
    uint32_t n = 0;
    for (const GroupPlan& g : case_.machine.groups) n += g.nr_workers;
    return n;
  }
  uint32_t worker_or_none() { return nr_workers() != 0 && one_in(4) ? below(nr_workers()) : kNone; }

  void machine() {
    MachinePlan& m = case_.machine;
    const uint32_t nr_nodes = any({1u, 1u, 2u, 3u, 4u});
    const uint32_t most_workers = any({0u, 1u, 1u, 2u, 2u, 3u, 4u});
    uint32_t nid = one_in(8) ? 1 : 0;
    for (uint32_t n = 0; n < nr_nodes; ++n, nid += one_in(6) ? 2 : 1) {
      if (n > 0 && one_in(5)) {
        m.bare.push_back(nid);
        continue;
      }
      for (uint32_t g = 0; g < 1 + (one_in(4) ? below(3) : 0); ++g) {
        uint32_t nr = most_workers == 0 ? 0 : below(most_workers);
        if (most_workers != 0 && !one_in(6)) ++nr;
        m.groups.push_back({nid, nr, one_in(5) ? 1u : 0});
      }
    }
    m.nr_nids = nid + 1;
    m.domain_slots = any({64u, 64u, 8u, 2u, 1u});
    m.grain_pages = any({4096u, 4096u, 512u, 1024u, 2048u, 32768u});
    m.wake_ns = one_in(2) ? 1 : 0;
    m.spin_ns = any({UINT32_MAX, 2000u, 0u});
    m.record_ps = one_in(8) ? 50'000 : 0;
    m.start_pfn = one_in(2) ? 0 : kSectionPages * below(1000);
    m.nr_pages = kSectionPages * (1 + below(4));
  }

  void faults() {
    FaultPlan& f = case_.faults;
    const auto chance = [&](uint32_t in, uint32_t most) { return one_in(in) ? 1 + below(most) : 0; };
    f.preempt = one_in(4) ? 0 : uint32_t(logarithmic(512));
    f.spurious = chance(4, 300);
    f.late = chance(3, 500);
    f.clock_jump = chance(6, 30);
    f.buggify = chance(3, 300);
    f.stall = chance(3, 40);
    f.lent = chance(4, 700);
    f.slow_workers = one_in(4) ? below(4) : 0;
    f.timeouts = one_in(4);
    f.trace = one_in(2);
    f.order = below(3);
    for (uint32_t i = 0; nr_workers() != 0 && i < (one_in(3) ? 1 + below(4) : 0); ++i)
      f.absences.push_back({below(nr_workers()), uint32_t(logarithmic(12)), one_in(2) ? 0 : logarithmic(3'000'000)});
  }

  uint32_t nid() {
    const MachinePlan& m = case_.machine;
    if (one_in(40)) return below(m.nr_nids + 1);  // perhaps no node
    if (!m.bare.empty() && one_in(3)) return m.bare[below(uint32_t(m.bare.size()))];
    return m.groups[group()].nid;
  }

  void pieces(SpanPlan& s) {
    if (s.altmap.reserve + s.altmap.free != 0 || s.order != 0 || one_in(2)) return;
    const bool fine = one_in(2);  // holes down to a page
    for (uint64_t at = one_in(2) ? 0 : logarithmic(s.nr_pages); at < s.nr_pages && s.pieces.size() < 24;) {
      const uint64_t n = std::min<uint64_t>(s.nr_pages - at, logarithmic(fine ? 700 : 5000));
      s.pieces.push_back({s.start + at, n});
      at += n + (one_in(5) ? 0 : logarithmic(fine ? 40 : 4000));
    }
  }

  void request(SpanPlan& s) {
    const MachinePlan& m = case_.machine;
    s.image = any({MEMMAP_BOOT, MEMMAP_BOOT_FREED, MEMMAP_DEVICE, MEMMAP_DEVICE, MEMMAP_DEVICE});
    s.nr_pages = logarithmic(one_in(6) ? 40 * kMaxOrderPages : 8 * kMaxOrderPages);
    if (one_in(2)) s.nr_pages = simulator::round_up(s.nr_pages, kSubsectionPages);
    s.nr_pages = std::min(s.nr_pages, m.nr_pages);
    s.start = m.start_pfn + dice_.next() % (m.nr_pages - s.nr_pages + 1);
    if (!one_in(3)) s.start = simulator::round_down(s.start, one_in(2) ? kMaxOrderPages : kSubsectionPages);
    if (one_in(60)) s.start = m.start_pfn + m.nr_pages - s.nr_pages / 2;  // outside
    s.nid = nid();
    s.records_nid = one_in(3) ? nid() : s.nid;
    s.writes_by_hook = one_in(2);
    if (s.image == MEMMAP_DEVICE && s.nr_pages > 4 && one_in(4))
      s.altmap = {below(uint32_t(s.nr_pages / 2)), below(uint32_t(s.nr_pages / 2))};
    if (s.image == MEMMAP_DEVICE && one_in(8)) {
      s.order = any({1u, 2u, 3u, 9u, 10u, 11u, 12u});
      s.altmap = {};
      s.start = simulator::round_down(s.start, kSubsectionPages);
      s.nr_pages = std::min(simulator::round_up(s.nr_pages, uint64_t{1} << s.order), m.nr_pages);
      s.start = std::min(s.start, m.start_pfn + m.nr_pages - s.nr_pages);
      s.writes_by_hook = true;
    }
    pieces(s);
  }

  void range(SpanPlan& s) {
    s.kind = one_in(3) ? SpanPlan::task : SpanPlan::range;
    s.nr_pages = s.kind == SpanPlan::task ? 1 : logarithmic(3000);
    s.start = s.kind == SpanPlan::task ? 0 : dice_.next() % 5000;
    s.nid = nid();
    s.unit_shift = below(8);
    s.grain_units = any({0u, 1u, 4u, 64u});
    s.unit_ns = any({1u, 1000u, 100'000u});
    s.writes_by_hook = true;
    s.has_ready = s.has_undo = false;
  }

  uint32_t span(uint32_t domain, uint32_t depth) {
    SpanPlan s;
    if (one_in(6))
      range(s);
    else
      request(s);
    s.page_ns = any({1u, 3u, 3u, 30u});
    if (s.kind == SpanPlan::request) s.has_ready = !one_in(4), s.has_undo = !one_in(4);
    if (one_in(10)) s.fail_write_at = 1 + uint32_t(logarithmic(12));
    if (one_in(10)) s.fail_ready_at = uint32_t(logarithmic(12));
    if (one_in(10)) s.fail_undo_at = uint32_t(logarithmic(4));
    const uint32_t index = uint32_t(case_.spans.size());
    case_.spans.push_back(s);
    of_domain_.push_back(domain);
    if (s.writes_by_hook && depth < 2 && one_in(5)) deed(index, domain, depth);
    return index;
  }

  void deed(uint32_t index, uint32_t domain, uint32_t depth) {
    HookDeed d{any({HookDeed::submit, HookDeed::block, HookDeed::child}), uint32_t(logarithmic(8)), kNone, kNone};
    if (d.kind == HookDeed::submit) d.domain = one_in(2) ? domain : below(uint32_t(case_.domains.size()));
    if (d.kind == HookDeed::child) d.domain = new_domain(domain);
    if (d.kind != HookDeed::block) d.span = span(d.domain, depth + 1);
    case_.spans[index].deed = d;
  }

  uint32_t new_domain(uint32_t parent) {
    case_.domains.push_back({parent, one_in(4) ? 1 + below(2) : 0, one_in(5)});
    return uint32_t(case_.domains.size()) - 1;
  }

  Step pause(uint64_t most_ns) { return {Step::pause, kNone, kNone, 0, 0, logarithmic(most_ns)}; }

  // An event from its begin to its end, by one caller.
  void event(uint32_t parent, uint32_t depth) {
    std::vector<Step>& steps = case_.callers[below(uint32_t(case_.callers.size()))].steps;
    std::vector<Step> own;
    const uint32_t domain = new_domain(parent);
    if (one_in(2)) own.push_back(pause(200'000));
    own.push_back({Step::open, domain, kNone, 0, 0, 0});
    for (uint32_t i = 0; i < 1 + below(3); ++i) {
      own.push_back({Step::submit, domain, submitted(domain), 0, 0, 0});
      if (one_in(4)) own.push_back(visit(domain));
    }
    if (depth < 4 && one_in(4)) {
      steps.insert(steps.end(), own.begin(), own.end());
      own.clear();
      event(domain, depth + 1);
    }
    own.push_back(
        {any({Step::await, Step::flush, Step::await, Step::cancel, Step::pause}), domain, kNone, 0, 0, 20'000});
    if (one_in(3)) own.push_back(visit(domain));
    if (!one_in(5)) own.push_back({Step::close, domain, kNone, 0, 0, 0});
    if (one_in(4)) again(own);
    steps.insert(steps.end(), own.begin(), own.end());
  }

  // The same pages once more, for another event.
  void again(std::vector<Step>& steps) {
    SpanPlan copy = case_.spans.back();
    copy.next = kNone;
    copy.deed = {};
    const uint32_t domain = new_domain(kNone);
    steps.push_back({Step::open, domain, kNone, 0, 0, 0});
    steps.push_back({Step::submit, domain, uint32_t(case_.spans.size()), 0, 0, 0});
    if (one_in(2)) steps.push_back({Step::await, domain, kNone, 0, 0, 0});
    if (one_in(2)) steps.push_back({Step::close, domain, kNone, 0, 0, 0});
    case_.spans.push_back(std::move(copy));
    of_domain_.push_back(domain);
  }

  // A span, or a chain of them, in ascending order where they can be.
  uint32_t submitted(uint32_t domain) {
    uint32_t first = span(domain, 0);
    if (one_in(5)) {
      uint32_t second = span(domain, 0);
      if (case_.spans[first].kind == SpanPlan::request && case_.spans[second].kind == SpanPlan::request) {
        if (case_.spans[second].start < case_.spans[first].start && !one_in(10)) std::swap(first, second);
        case_.spans[first].next = second;
      }
    }
    return first;
  }

  // What anybody may do with a domain at any time.
  Step visit(uint32_t domain) {
    Step step{any({Step::flush, Step::flush_range, Step::flush_range, Step::cancel, Step::close, Step::progress,
                   Step::grow, Step::grow, Step::look, Step::look, Step::width, Step::misuse, Step::pause}),
              domain,
              kNone,
              0,
              0,
              logarithmic(100'000)};
    if (case_.spans.empty()) return pause(1000);
    do step.span = below(uint32_t(case_.spans.size()));
    while (of_domain_[step.span] != domain && !one_in(4));
    step.first = logarithmic(case_.spans[step.span].nr_pages) - 1;
    step.count = logarithmic(3000);
    if (step.kind == Step::grow) step.first = nid(), step.count = logarithmic(4000);
    if (step.kind == Step::width) step.first = group(), step.count = 1 + below(3);
    if (step.kind == Step::misuse) step.first = below(1u << 16);
    return step;
  }

  void guests() {
    for (CallerPlan& caller : case_.callers)
      for (uint32_t i = 0; i < below(5); ++i) {
        const uint32_t domain = below(uint32_t(case_.domains.size()));
        const auto at = caller.steps.begin() + below(uint32_t(caller.steps.size()) + 1);
        const Step after = pause(100'000);  // each draw a statement: compilers order arguments as they like
        caller.steps.insert(caller.steps.insert(at, visit(domain)), after);
      }
  }

  // Somebody whose allocations fail while a boot goes on: growth behind growth.
  void allocations() {
    const uint32_t node = case_.machine.groups[group()].nid;
    for (SpanPlan& s : case_.spans)
      if (s.kind == SpanPlan::request && s.order == 0 && s.altmap.reserve + s.altmap.free == 0 && one_in(2))
        s.image = MEMMAP_BOOT, s.nid = node;
    CallerPlan caller{group(), kNone, {}};
    for (uint32_t i = 0; i < 30; ++i) {
      caller.steps.push_back({Step::grow, kNone, kNone, node, logarithmic(3000), 0});
      if (one_in(3)) caller.steps.push_back(pause(20'000));
    }
    case_.callers.push_back(std::move(caller));
  }

  // More wait for one unit than a domain has slots for waiters.
  void crowd() {
    const uint32_t domain = new_domain(kNone), index = uint32_t(case_.spans.size());
    SpanPlan s;
    s.start = case_.machine.start_pfn;
    s.nr_pages = kSubsectionPages;
    s.nid = s.records_nid = case_.machine.groups[0].nid;
    s.writes_by_hook = true;
    s.page_ns = 200;
    case_.spans.push_back(s);
    of_domain_.push_back(domain);
    if (one_in(2)) case_.faults.clock_jump = 200;  // who wakes up has waited long
    const Step flush{Step::flush_range, domain, index, 0, 1, 0};
    case_.callers.push_back({0, kNone, {{Step::open, domain, kNone, 0, 0, 0}, {Step::submit, domain, index, 0, 0, 0}}});
    for (uint32_t i = 0; i < 11; ++i)
      case_.callers.push_back({0, kNone, {one_in(4) ? Step{Step::flush, domain, kNone, 0, 0, 0} : flush}});
  }

  // One group and events of very many small units: who waits how long?
  void backlog() {
    case_.machine.groups.resize(1);
    case_.machine.groups[0].nr_workers = 1 + below(3);
    case_.machine.bare.clear();
    case_.machine.domain_slots = 64;
    case_.faults.trace = true;
    for (CallerPlan& caller : case_.callers) caller.group = 0, caller.beside = kNone;
    for (uint32_t i = 0; i < 3; ++i) {
      SpanPlan s;
      s.kind = SpanPlan::range;
      s.nr_pages = 40'000 + below(40'000);
      s.nid = s.records_nid = case_.machine.groups[0].nid;
      s.unit_shift = 5;
      s.grain_units = any({1u, 4u});
      s.unit_ns = 100'000;
      s.page_ns = 1;
      s.writes_by_hook = true;
      s.has_ready = s.has_undo = false;
      const uint32_t domain = new_domain(kNone), index = uint32_t(case_.spans.size());
      case_.spans.push_back(s);
      case_.callers.push_back({0,
                               kNone,
                               {pause(20'000),
                                {Step::open, domain, kNone, 0, 0, 0},
                                {Step::submit, domain, index, 0, 0, 0},
                                {Step::await, domain, kNone, 0, 0, 0}}});
    }
    for (AbsencePlan& absence : case_.faults.absences) absence.worker = 0;
  }

  Dice dice_;
  Case case_;
  std::vector<uint32_t> of_domain_;  // by span
};

}  // namespace

Case draw(uint64_t seed) { return Draw(seed).all(); }

}  // namespace memmap::swarm
