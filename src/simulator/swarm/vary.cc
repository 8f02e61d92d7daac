// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/vary.h"

#include "simulator/kernel/geometry.h"
#include "simulator/swarm/expected_records.h"

namespace memmap::swarm {
namespace {

constexpr uint64_t kRecordsMax = 8192;  // of another layout: their reference takes longer to look up
constexpr uint32_t kTower = 7;          // domains above each other: more than there may be

// Images of compounds, and what the plan of a span has not yet said of its kernel.
void vary_image(SpanPlan& span, Dice& dice) {
  const bool has_altmap = span.altmap.reserve + span.altmap.free != 0;
  const bool device = span.image == MEMMAP_DEVICE;
  if (span.order != 0 && span.nr_pages <= kRecordsMax) span.writes_by_hook = dice.one_in(3);
  if (dice.one_in(2) || (!span.writes_by_hook && span.nr_pages > kRecordsMax)) return;
  span.layout = dice.below(kOwnLayoutIndex + 1);
  span.version = memmap_version(dice.below(4));
  if (device) span.device = memmap_device(dice.below(5));
  if (!device && dice.one_in(3)) span.image = dice.any({MEMMAP_ADDED, MEMMAP_RESERVED});
  span.shared = span.order != 0 && !has_altmap && dice.one_in(2) &&
                memmap_may_share_records(layout_of(span), span.order, false, true);
}

// Compounds behind an altmap: their grid begins with the data.
void vary_altmap(SpanPlan& span, const MachinePlan& machine, Dice& dice) {
  const uint64_t data = span.nr_pages;
  const uint64_t reserve = dice.below(3000),
                 free = simulator::round_up(reserve + 1, simulator::kSubsectionPages) - reserve;
  if (span.start + reserve + free + data > machine.start_pfn + machine.nr_pages) return;
  span.altmap = {reserve, free};
  span.nr_pages += reserve + free;
}

void vary_spans(Case& c, Dice& dice) {
  for (SpanPlan& span : c.spans) {
    if (span.kind != SpanPlan::request) {
      if (dice.one_in(8)) span.unit_ns = 0;  // the default
      continue;
    }
    if (span.order != 0 && dice.one_in(4)) vary_altmap(span, c.machine, dice);
    if (dice.one_in(2)) vary_image(span, dice);
    if (c.machine.start_pfn != 0 && span.pieces.empty() && span.order == 0 && dice.one_in(60))
      span.start = c.machine.start_pfn - (span.nr_pages + 1) / 2;  // begins below the pool
  }
}

void vary_machine(Case& c, Dice& dice) {
  bool narrow = false;
  for (const GroupPlan& group : c.machine.groups) narrow |= group.width != 0;
  c.machine.without_widths = !narrow && dice.one_in(4);
  c.machine.workers_beside = dice.one_in(4);
  c.faults.bare = dice.one_in(10);
  if (!dice.one_in(4)) return;
  for (DomainPlan& domain : c.domains)
    domain.naming = dice.any({DomainPlan::none, DomainPlan::lengthy, DomainPlan::number});
}

// Each domain below the one before, closed from the last one on.
void tower(Case& c, Dice& dice) {
  CallerPlan caller{dice.below(uint32_t(c.machine.groups.size())), kNone, {}};
  const uint32_t first = uint32_t(c.domains.size());
  for (uint32_t i = 0; i < kTower; ++i) {
    DomainPlan domain;
    domain.parent = i == 0 ? kNone : first + i - 1;
    c.domains.push_back(domain);
    caller.steps.push_back({Step::open, first + i, kNone, 0, 0, 0});
  }
  for (uint32_t i = kTower; i-- > 0;) caller.steps.push_back({Step::close, first + i, kNone, 0, 0, 0});
  c.callers.push_back(std::move(caller));
}

// A domain of its own for a range of many small units, opened and submitted to by a new caller. Returns the caller's
// index; the domain and the span are the last ones.
size_t long_range(Case& c, Dice& dice, uint32_t nr_units, uint32_t page_ns) {
  SpanPlan range;
  range.kind = SpanPlan::range;
  range.nr_pages = nr_units;
  range.nid = range.records_nid = c.machine.groups[0].nid;
  range.grain_units = dice.any({1u, 4u});
  range.unit_ns = 100'000;
  range.page_ns = page_ns;
  range.writes_by_hook = true;
  range.has_ready = range.has_undo = false;
  const uint32_t domain = uint32_t(c.domains.size()), span = uint32_t(c.spans.size());
  c.domains.push_back({});
  c.spans.push_back(std::move(range));
  c.callers.push_back({0, kNone, {{Step::open, domain, kNone, 0, 0, 0}, {Step::submit, domain, span, 0, 0, 0}}});
  return c.callers.size() - 1;
}

// Long domains that let one worker in each, and become urgent: they fill up while others are about to enter.
void crews(Case& c, Dice& dice) {
  c.faults.preempt = 400;
  c.faults.late = 300;
  for (GroupPlan& group : c.machine.groups) group.nr_workers = 3 + dice.below(3), group.width = 0;
  for (const uint32_t nr_units : {400u, 200u, 100u, 50u}) {  // the fewer are left the more urgent
    CallerPlan& caller = c.callers[long_range(c, dice, nr_units, 2000)];
    caller.steps.insert(caller.steps.begin(), {Step::pause, kNone, kNone, 0, 0, dice.logarithmic(200'000)});
    const uint32_t domain = uint32_t(c.domains.size()) - 1;
    c.domains[domain].max_workers = 1;
    caller.steps.push_back({Step::pause, kNone, kNone, 0, 0, dice.logarithmic(50'000)});
    caller.steps.push_back({Step::flush, domain, kNone, 0, 0, 0});
  }
}

// Everybody waits for other numbers of one long range, and then for all of it.
void readers(Case& c, Dice& dice) {
  long_range(c, dice, 300, dice.any({1000u, 500'000u}));
  c.faults.stall = 30;  // one of them holds its unit so long that the others ask who it is
  c.faults.timeouts = dice.one_in(2);
  const uint32_t domain = uint32_t(c.domains.size()) - 1, span = uint32_t(c.spans.size()) - 1;
  for (uint32_t i = 0; i < 6; ++i) {
    CallerPlan caller{0, kNone, {}};
    for (uint32_t n = 0; n < 4; ++n)
      caller.steps.push_back({Step::flush_range, domain, span, dice.below(290), 1 + dice.below(10), 0});
    caller.steps.push_back({Step::flush, domain, kNone, 0, 0, 0});
    c.callers.push_back(std::move(caller));
  }
}

// A boot whose last pages are grown while its domain is closed.
void growers(Case& c, Dice& dice) {
  SpanPlan boot;
  boot.start = c.machine.start_pfn;
  boot.nr_pages = 4 * simulator::kMaxOrderPages;
  boot.image = MEMMAP_BOOT;
  boot.nid = boot.records_nid = c.machine.groups[0].nid;
  boot.writes_by_hook = true;
  boot.page_ns = 30;
  c.faults.stall = 300;
  c.machine.wake_ns = 1;
  const uint32_t domain = uint32_t(c.domains.size()), span = uint32_t(c.spans.size());
  c.domains.push_back({});
  c.callers.push_back({0,
                       kNone,
                       {{Step::open, domain, kNone, 0, 0, 0},
                        {Step::submit, domain, span, 0, 0, 0},
                        {Step::close, domain, kNone, 0, 0, 0}}});
  for (uint32_t i = 0; i < 3; ++i) {
    CallerPlan caller{0, kNone, {}};
    for (uint32_t n = 0; n < 8; ++n) {
      caller.steps.push_back({Step::pause, kNone, kNone, 0, 0, dice.logarithmic(20'000)});
      caller.steps.push_back({Step::grow, kNone, kNone, boot.nid, 1, 0});
    }
    c.callers.push_back(std::move(caller));
  }
  c.spans.push_back(std::move(boot));
}

void wrong_calls(Case& c, Dice& dice) {
  for (CallerPlan& caller : c.callers)
    for (uint32_t i = 0; i < dice.below(3) && !c.spans.empty(); ++i) {
      const Step wrong{Step::misuse,
                       dice.below(uint32_t(c.domains.size())),
                       dice.below(uint32_t(c.spans.size())),
                       dice.below(1u << 16),
                       0,
                       0};
      caller.steps.insert(caller.steps.begin() + dice.below(uint32_t(caller.steps.size()) + 1), wrong);
    }
}

}  // namespace

void vary(Case& c, Dice& dice) {
  vary_spans(c, dice);
  vary_machine(c, dice);
  if (dice.one_in(40)) tower(c, dice);
  if (dice.one_in(30)) crews(c, dice);
  if (dice.one_in(30)) readers(c, dice);
  if (dice.one_in(30)) growers(c, dice);
  if (dice.one_in(2)) wrong_calls(c, dice);
}

}  // namespace memmap::swarm
