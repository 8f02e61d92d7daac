// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/shrink.h"

#include <algorithm>

namespace memmap::swarm {
namespace {

class Shrinking {
 public:
  Shrinking(Runner& runner, const Case& c, const Verdict& verdict, Plant plant, uint64_t runs_max)
      : runner_(runner), best_{c, verdict, 0}, plant_(plant), runs_max_(runs_max) {}

  Shrunk all() {
    uint64_t before;
    do {
      before = size_of(best_.smallest);
      callers();
      steps();
      faults();
      spans();
      machine();
    } while (size_of(best_.smallest) < before && best_.nr_runs < runs_max_);
    return std::move(best_);
  }

 private:
  // Keeps the candidate where it fails in the same way, on its schedule or on one of a few others.
  bool keeps(Case candidate) {
    for (uint32_t schedule = 0; schedule < 3 && best_.nr_runs < runs_max_; ++schedule, ++candidate.schedule) {
      Marks marks;
      ++best_.nr_runs;
      Verdict verdict = runner_.run(candidate, plant_, marks);
      if (verdict.violation.empty() || verdict.invariant() != best_.verdict.invariant()) continue;
      best_.smallest = std::move(candidate);
      best_.verdict = std::move(verdict);
      return true;
    }
    return false;
  }
  template <typename Change>
  bool tries(Change change) {
    Case candidate = best_.smallest;
    return change(candidate) && keeps(std::move(candidate));
  }

  // Halves, quarters ... of what a caller does, then single steps.
  void steps() {
    for (size_t i = 0; i < best_.smallest.callers.size(); ++i)
      for (size_t n = std::max<size_t>(1, best_.smallest.callers[i].steps.size() / 2);; n /= 2) {
        for (size_t at = 0; at < best_.smallest.callers[i].steps.size();)
          if (!tries([&](Case& c) {
                auto& all = c.callers[i].steps;
                const size_t last = std::min(all.size(), at + n);
                return all.erase(all.begin() + long(at), all.begin() + long(last)), true;
              }))
            at += n;
        if (n <= 1) break;
      }
  }

  void callers() {
    for (size_t i = best_.smallest.callers.size(); i-- > 0 && best_.smallest.callers.size() > 1;)
      tries([&](Case& c) { return c.callers.erase(c.callers.begin() + long(i)), true; });
  }

  void faults() {
    for (uint32_t FaultPlan::*fault :
         {&FaultPlan::preempt, &FaultPlan::spurious, &FaultPlan::late, &FaultPlan::clock_jump, &FaultPlan::buggify,
          &FaultPlan::stall, &FaultPlan::lent, &FaultPlan::slow_workers, &FaultPlan::order})
      if (best_.smallest.faults.*fault != 0) tries([&](Case& c) { return c.faults.*fault = 0, true; });
    for (bool FaultPlan::*fault : {&FaultPlan::timeouts, &FaultPlan::trace, &FaultPlan::bare})
      if (best_.smallest.faults.*fault) tries([&](Case& c) { return c.faults.*fault = false, true; });
    for (size_t i = best_.smallest.faults.absences.size(); i-- > 0;)
      tries([&](Case& c) { return c.faults.absences.erase(c.faults.absences.begin() + long(i)), true; });
  }

  void spans() {
    for (size_t i = 0; i < best_.smallest.spans.size(); ++i) {
      const auto now = [&]() -> const SpanPlan& { return best_.smallest.spans[i]; };
      if (now().deed.kind != HookDeed::none) tries([&](Case& c) { return c.spans[i].deed = {}, true; });
      if (now().next != kNone) tries([&](Case& c) { return c.spans[i].next = kNone, true; });
      if (now().fail_write_at != 0) tries([&](Case& c) { return c.spans[i].fail_write_at = 0, true; });
      if (now().fail_ready_at != 0) tries([&](Case& c) { return c.spans[i].fail_ready_at = 0, true; });
      if (now().fail_undo_at != 0) tries([&](Case& c) { return c.spans[i].fail_undo_at = 0, true; });
      if (now().layout != 0) tries([&](Case& c) { return c.spans[i].layout = 0, true; });
      if (now().version != 0) tries([&](Case& c) { return c.spans[i].version = MEMMAP_LINUX_6_1, true; });
      if (now().device != 0) tries([&](Case& c) { return c.spans[i].device = MEMMAP_DEVICE_GENERIC, true; });
      if (!now().pieces.empty()) tries([&](Case& c) { return c.spans[i].pieces.clear(), true; });
      while (best_.smallest.spans[i].nr_pages > 1 && tries([&](Case& c) { return halve(c.spans[i]); })) {
      }
    }
    forget_unused();
  }

  static bool halve(SpanPlan& span) {
    if (span.order != 0 || span.altmap.reserve + span.altmap.free >= span.nr_pages / 2) return false;
    span.nr_pages /= 2;
    while (!span.pieces.empty() && span.pieces.back().pfn >= span.start + span.nr_pages) span.pieces.pop_back();
    if (span.pieces.empty()) return true;
    memmap_piece& last = span.pieces.back();
    last.nr_pages = std::min(last.nr_pages, span.start + span.nr_pages - last.pfn);
    return true;
  }

  // Spans that nobody submits; numbers of the others move up.
  void forget_unused() {
    for (size_t i = best_.smallest.spans.size(); i-- > 0;)
      tries([&](Case& c) {
        const auto moves = [&](uint32_t& span) {
          return span == i ? false : (span -= span != kNone && span > i, true);
        };
        for (CallerPlan& caller : c.callers)
          for (Step& step : caller.steps)
            if (!moves(step.span)) return false;
        for (SpanPlan& span : c.spans)
          if (!moves(span.next) || !moves(span.deed.span)) return false;
        return c.spans.erase(c.spans.begin() + long(i)), true;
      });
    while (best_.smallest.domains.size() > 1 && tries([](Case& c) {
             const uint32_t last = uint32_t(c.domains.size()) - 1;
             for (const CallerPlan& caller : c.callers)
               for (const Step& step : caller.steps)
                 if (step.domain == last) return false;
             for (const SpanPlan& span : c.spans)
               if (span.deed.domain == last) return false;
             return c.domains.pop_back(), true;
           })) {
    }
  }

  void machine() {
    for (size_t g = 0; g < best_.smallest.machine.groups.size(); ++g) {
      while (best_.smallest.machine.groups[g].nr_workers > 0 &&
             tries([&](Case& c) { return --c.machine.groups[g].nr_workers, true; })) {
      }
      if (best_.smallest.machine.groups[g].width != 0)
        tries([&](Case& c) { return c.machine.groups[g].width = 0, true; });
    }
    while (best_.smallest.machine.groups.size() > 1 && tries([](Case& c) {
             const uint32_t last = uint32_t(c.machine.groups.size()) - 1;
             for (const CallerPlan& caller : c.callers)
               if (caller.group == last) return false;
             return c.machine.groups.pop_back(), true;
           })) {
    }
    for (size_t d = 0; d < best_.smallest.domains.size(); ++d) {
      if (best_.smallest.domains[d].max_workers != 0)
        tries([&](Case& c) { return c.domains[d].max_workers = 0, true; });
      if (best_.smallest.domains[d].naming != DomainPlan::number)
        tries([&](Case& c) { return c.domains[d].naming = DomainPlan::number, true; });
      if (best_.smallest.domains[d].background) tries([&](Case& c) { return c.domains[d].background = false, true; });
    }
    if (best_.smallest.machine.domain_slots != 64) tries([](Case& c) { return c.machine.domain_slots = 64, true; });
  }

  Runner& runner_;
  Shrunk best_;
  const Plant plant_;
  const uint64_t runs_max_;
};

}  // namespace

Shrunk shrink(Runner& runner, const Case& c, const Verdict& verdict, Plant plant, uint64_t runs_max) {
  return Shrinking(runner, c, verdict, plant, runs_max).all();
}

}  // namespace memmap::swarm
