// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Calls that look at the pool, calls that are wrong, and what is known of domains.
#include <algorithm>

#include "simulator/kernel/geometry.h"
#include "simulator/swarm/case_run.h"
#include "simulator/swarm/wrong_calls.h"

namespace memmap::swarm {

using simulator::kSubsectionPages;

void CaseRun::grow(uint32_t nid, uint64_t nr_pages) {
  const uint64_t since = fact(), before = memmap_node_ready_pages(pool_, nid);
  uint64_t seen = before;
  Environment::Fiber& self = environment_.mine();
  self.in_grow = true;
  const bool moved = memmap_grow(pool_, nid, nr_pages, &seen);
  environment_.mine().in_grow = false;
  environment_.note(seen << 1 | moved);
  marks_(moved ? Mark::grow_moved : Mark::grow_nothing);
  expect(seen >= before && moved == (seen != before), "I11", "grow's answer is not what its counter says");
  if (moved || !knows(nid) || case_.machine.domain_slots < events_.size()) return;
  for (const auto& span : spans_) {
    if (!span->at_boot() || span->plan.nid != nid || span->accepted_at > since) continue;
    if (may_be_cancelled(span->domain) || has_failed(span->domain)) continue;
    if (!span->plan.writes_by_hook && !span->plan.has_ready) continue;
    expect(span->present_pages - span->seen_pages() <= held_pages(), "I11",
           "grow finds nothing where something is unclaimed");
  }
}

// Its pages of that subsection were accepted again after it gave them back. Of RAM that is there from the start only
// blocks with pages count: what is between them somebody has written before, and it stays ready.
bool CaseRun::has_new_owner(const Ledger& span, uint64_t first) const {
  for (const auto& other : spans_) {
    if (other->plan.kind != SpanPlan::request || !other->accepted() || other->begun_at <= span.released_at) continue;
    if (other->plan.start >= first + kSubsectionPages || first >= other->end()) continue;
    const bool is_plugged = other->plan.image == MEMMAP_DEVICE || other->plan.image == MEMMAP_ADDED;
    if (is_plugged || other->unit_has_pages(std::max(first, other->plan.start))) return true;
  }
  return false;
}

// Who sees a page ready sees a unit of its subsection done, of a request that is not cancelled.
void CaseRun::look(const Ledger& span, uint64_t page) {
  if (span.plan.kind != SpanPlan::request || !span.present(page)) return;
  const bool ready = memmap_ready(pool_, page);
  environment_.note(ready);
  marks_(ready ? Mark::ready_seen : Mark::unready_seen);
  if (!ready) return;
  const uint64_t first = simulator::round_down(page, kSubsectionPages);
  for (const auto& other : spans_) {
    if (other->plan.kind != SpanPlan::request || other->domain == kNone || other->unready) continue;
    if (has_new_owner(*other, first)) continue;
    const uint64_t from = std::max(first, other->plan.start), to = std::min(first + kSubsectionPages, other->end());
    for (uint64_t p = from; p < to; p += std::max<uint64_t>(1, to - from - 1))  // units begin and end with subsections
      if (other->unit_has_pages(p) && other->unit_done(p)) return;
  }
  environment_.violated("I8", "page " + std::to_string(page) + " is ready, and nobody has written it");
}

// Waits until a domain's work is done by itself. Where nobody is at work and somebody could be, it never will be.
void CaseRun::await(uint32_t domain) {
  const Event& event = *events_[domain];
  for (uint32_t quiet_turns = 0; quiet_turns < 2;) {
    memmap_progress_counts counts{};
    if (event.close_begun != kNever || may_be_cancelled(domain) || has_failed(domain)) return;
    if (memmap_progress(&events_[domain]->domain, &counts) != MEMMAP_OK) return;
    if (counts.done_pages == counts.total_pages) return marks_(Mark::awaited);
    if (present_workers_ == 0) return;
    environment_.sleep(5000);
    quiet_turns = environment_.quiet() ? quiet_turns + 1 : 0;
  }
  if (event.close_begun != kNever || may_be_cancelled(domain) || has_failed(domain)) return;
  memmap_progress_counts counts{};
  if (memmap_progress(&events_[domain]->domain, &counts) != MEMMAP_OK || counts.done_pages == counts.total_pages)
    return;
  environment_.violated(present_workers_ == tables_.view()->nr_workers ? "I14" : "I17",
                        "all workers sleep, and domain " + std::to_string(domain) + " has work that is unclaimed");
}

// Calls that are wrong, and change nothing.
void CaseRun::misuse(uint32_t domain, uint64_t which, Ledger& span) {
  const size_t nr_calls = nr_wrong_calls();
  which %= nr_calls + nr_calls / 8;
  if (which >= nr_calls) return submit_again(domain, span);
  const WrongCall& wrong = wrong_call(which);
  Event& event = *events_[domain];
  spares_.push_back(zeroed(Tried::kSpareBytes));  // not on the stack: see Environment::violated()
  char* const spare = spares_.back().get();
  Tried tried(pool_, config_, &event.domain, spare);
  const int found = wrong.call(tried);
  marks_(wrong.expected == MEMMAP_STORAGE ? Mark::refused_storage : Mark::misused);
  // What else it may be, where it is asked after what is wrong by itself.
  const bool closing = event.close_begun != kNever;
  const bool ended = closing && found == (wrong.expected == MEMMAP_BUSY ? MEMMAP_OK : MEMMAP_CLOSED);
  const bool taken = found == MEMMAP_OVERLAP && (wrong.expected == MEMMAP_STORAGE || wrong.expected == MEMMAP_NO_NODE);
  expect(found == wrong.expected || ended || taken, "API",
         std::string(wrong.what) + " is answered " + memmap_status_text(found));
  expect(std::count(spare, spare + Tried::kSpareBytes, 0) == Tried::kSpareBytes, "API",
         std::string(wrong.what) + " leaves something in its storage");
}

// A range's numbers before its first, or a request as if it were a range.
void CaseRun::misname(const Ledger& span) {
  memmap_range named = span.range;
  named.storage = span.storage.get();
  marks_(Mark::misnamed);
  const uint64_t first = span.plan.start - std::min<uint64_t>(1, span.plan.start);
  const int found = memmap_range_flush(&events_[span.domain]->domain, &named, first, span.plan.nr_pages + 1);
  expect(found == MEMMAP_OUTSIDE || found == MEMMAP_CLOSED, "I5",
         std::string("a flush of what is no range of this domain answers ") + memmap_status_text(found));
}

// Its pages are taken, by itself.
void CaseRun::submit_again(uint32_t domain, Ledger& span) {
  if (!span.accepted() || span.plan.kind == SpanPlan::task || span.released_at != kNever) return;
  misname(span);
  if (span.plan.kind == SpanPlan::range || span.released_at != kNever) return;
  marks_(Mark::submit_again);
  const int found = memmap_init_async(&span.request, &events_[domain]->domain);
  if (span.released_at != kNever || found == MEMMAP_CLOSED) return;
  expect(found == MEMMAP_OVERLAP, "I12", std::string("a second submit answers ") + memmap_status_text(found));
}

// More than all together can have claimed and not begun.
uint64_t CaseRun::held_pages() const {
  uint64_t grain = 1;
  for (const auto& span : spans_) {
    if (span->plan.kind == SpanPlan::request)
      grain = std::max({grain, uint64_t{case_.machine.grain_pages}, span->unit_pages()});
    if (span->plan.kind == SpanPlan::range)
      grain = std::max(grain, uint64_t{std::max(1u, span->plan.grain_units)} << span->plan.unit_shift);
  }
  return grain * (tables_.view()->nr_workers + case_.callers.size() + 1);
}

bool CaseRun::is_below(uint32_t domain, uint32_t above) const {
  for (; domain != kNone; domain = case_.domains[domain].parent)
    if (domain == above) return true;
  return false;
}

uint32_t CaseRun::depth(uint32_t domain) const {
  uint32_t above = 0;
  while ((domain = case_.domains[domain].parent) != kNone) ++above;
  return above;
}

bool CaseRun::may_be_cancelled(uint32_t domain) const {
  for (; domain != kNone; domain = case_.domains[domain].parent)
    if (events_[domain]->cancel_begun != kNever) return true;
  return false;
}

bool CaseRun::has_failed(uint32_t domain) const {
  for (const auto& span : spans_)
    if (span->domain == domain && span->failed()) return true;
  return false;
}

bool CaseRun::has_open_child(uint32_t domain, uint64_t since) const {
  for (uint32_t d = 0; d < events_.size(); ++d)
    if (case_.domains[d].parent == domain && events_[d]->opening && events_[d]->closed_at > since) return true;
  return false;
}

bool CaseRun::is_error_of(int status, uint32_t domain) const {
  for (const auto& span : spans_) {
    if (span->domain == kNone || !is_below(span->domain, domain)) continue;
    for (int hook = 1; hook <= 3; ++hook)
      if (status == span->error(hook) && (span->failed_by >> hook & 1) != 0) return true;
  }
  return false;
}

// A hook inside of a hook has the depth of the deepest.
bool CaseRun::would_deadlock(uint32_t domain) const {
  return environment_.world().env().self(&environment_.world())->depth > depth(domain);
}

bool CaseRun::may_answer(int status, uint32_t domain, uint64_t since, bool family) const {
  if (status == MEMMAP_OK) return true;
  if (status == MEMMAP_CLOSED) return events_[domain]->close_begun != kNever;
  if (status == MEMMAP_WOULD_DEADLOCK) return would_deadlock(domain);
  bool cancelled = may_be_cancelled(domain);
  for (uint32_t d = 0; family && d < events_.size(); ++d)
    cancelled |= events_[d]->opening && events_[d]->closed_at > since && is_below(d, domain) && may_be_cancelled(d);
  return status == MEMMAP_CANCELLED ? cancelled : is_error_of(status, domain);
}

bool CaseRun::touches(const Ledger& one, const Ledger& other) const {
  const auto below = [](uint64_t page) { return page / kSubsectionPages; };
  return &one != &other && other.plan.kind == SpanPlan::request && one.plan.kind == SpanPlan::request &&
         below(one.plan.start) <= below(other.end() - 1) && below(other.plan.start) <= below(one.end() - 1);
}

// Somebody else had these pages, or tried to get them, at some time since then.
bool CaseRun::may_overlap(const Ledger& span, uint64_t since) const {
  for (const auto& other : spans_)
    if (touches(span, *other) && other->begun_at != kNever && other->released_at > since) return true;
  return false;
}

// Somebody has them, and does not begin to give them back.
bool CaseRun::must_overlap(const Ledger& span, uint64_t since) const {
  for (const auto& other : spans_) {
    if (!touches(span, *other) || other->accepted_at > since || other->released_at != kNever) continue;
    if (events_[other->domain]->close_begun == kNever) return true;
  }
  return false;
}

// What the domain's pages take one who does all of them alone, as slow as the slowest.
uint64_t CaseRun::work_ns(uint32_t domain) const {
  uint64_t ns = 0;
  for (const auto& span : spans_) {
    if (span->domain == kNone || !is_below(span->domain, domain)) continue;
    ns += span->plan.nr_pages * (span->plan.page_ns + 2) + 40 * span->plan.nr_pages / 8 + 100'000;
  }
  return ns * (case_.faults.slow_workers != 0 ? 8 : 1);
}

// Its hooks do nothing that takes as long as others' work.
bool CaseRun::is_bounded(uint32_t domain) const {
  for (const auto& span : spans_)
    if (span->domain != kNone && is_below(span->domain, domain) && span->plan.deed.kind != HookDeed::none) return false;
  return true;
}

void CaseRun::answered(int status, uint32_t domain, const char* call) {
  // Marks of a call stand behind each other: ok, error, cancelled, closed.
  switch (call[0]) {
    case 's':
      return marks_(status == MEMMAP_OK          ? Mark::submit_ok
                    : status == MEMMAP_OVERLAP   ? Mark::submit_overlap
                    : status == MEMMAP_OUTSIDE   ? Mark::submit_outside
                    : status == MEMMAP_NO_NODE   ? Mark::submit_no_node
                    : status == MEMMAP_FAILED    ? Mark::submit_failed
                    : status == MEMMAP_CANCELLED ? Mark::submit_cancelled
                    : status == MEMMAP_CLOSED    ? Mark::submit_closed
                                                 : Mark::submit_invalid);
    case 'f':
      return marks_(status == MEMMAP_OK          ? Mark::flush_ok
                    : status == MEMMAP_CANCELLED ? Mark::flush_cancelled
                    : status == MEMMAP_CLOSED    ? Mark::flush_closed
                                                 : Mark::flush_error);
    case 'r':
      return marks_(status == MEMMAP_OK          ? Mark::range_ok
                    : status == MEMMAP_OUTSIDE   ? Mark::range_outside
                    : status == MEMMAP_CANCELLED ? Mark::range_cancelled
                    : status == MEMMAP_CLOSED    ? Mark::range_closed
                                                 : Mark::range_error);
    default:
      if (status == MEMMAP_BUSY && domain != kNone) return marks_(Mark::close_busy);
      return marks_(status == MEMMAP_OK          ? Mark::close_ok
                    : status == MEMMAP_CANCELLED ? Mark::close_cancelled
                    : status == MEMMAP_CLOSED    ? Mark::close_closed
                                                 : Mark::close_error);
  }
}

}  // namespace memmap::swarm
