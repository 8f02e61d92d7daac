// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Each call on a domain, with what it may answer, given what others have begun and ended meanwhile.
#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "simulator/swarm/case_run.h"

namespace memmap::swarm {
namespace {

constexpr uint32_t kDepthMax = 4;

std::string said(int status) { return status > 0 ? std::to_string(status) : memmap_status_text(status); }

}  // namespace

bool CaseRun::wait_open(uint32_t domain) {
  for (uint32_t turns = 0; turns < 200 && !events_[domain]->opened; ++turns) environment_.sleep(2000);
  return events_[domain]->opened;
}

// As others see it: what is longer is cut off.
std::string CaseRun::name_of(uint32_t domain, const DomainPlan& plan) {
  std::string name = std::to_string(domain);
  if (plan.naming == DomainPlan::lengthy) name.append(31 - name.size(), '+');
  return name;
}

void CaseRun::open(uint32_t domain) {
  Event& event = *events_[domain];
  const DomainPlan& plan = case_.domains[domain];
  if (event.opening || (plan.parent != kNone && !wait_open(plan.parent))) return;
  char text[64] = {};  // not on the heap: see Environment::violated()
  name_of(domain, plan).copy(text, sizeof text - 1);
  if (plan.naming == DomainPlan::lengthy) text[31] = '+';  // one too many
  const memmap_domain_options options = {plan.naming != DomainPlan::none ? text : nullptr, plan.max_workers,
                                         plan.background,
                                         plan.parent != kNone ? &events_[plan.parent]->domain : nullptr};
  const bool has_options =
      plan.naming != DomainPlan::none || plan.max_workers != 0 || plan.background || options.parent;
  if (!has_options) marks_(Mark::without_options);
  uint32_t others = 0;
  for (const auto& other : events_) others += other->opening && !other->closed();
  event.opening = true;
  event.opening_at = fact();
  const int status = memmap_domain_open(&event.domain, pool_, has_options ? &options : nullptr);
  for (const auto& other : events_) others += other->opening_at != kNever && other->opening_at > event.opening_at;
  if (others >= case_.machine.domain_slots) marks_(Mark::table_full);
  if (status == MEMMAP_OK) {
    event.opened = true;
    event.opened_at = fact();
    expect(depth(domain) <= kDepthMax, "API", "a domain is deeper than may be");
    marks_(plan.parent == kNone ? Mark::open_ok : Mark::child_opened);
    if (plan.background) marks_(Mark::background);
    if (plan.max_workers != 0) marks_(Mark::crew_full);
    return;
  }
  event.closed_at = fact();
  marks_(depth(domain) > kDepthMax ? Mark::too_deep : Mark::open_refused);
  expect(plan.parent != kNone, "API", "open refuses: " + said(status));
  const Event& parent = *events_[plan.parent];
  const bool may = status == MEMMAP_INVALID     ? depth(domain) > kDepthMax
                   : status == MEMMAP_BUSY      ? others >= case_.machine.domain_slots
                   : status == MEMMAP_CLOSED    ? parent.close_begun != kNever
                   : status == MEMMAP_CANCELLED ? may_be_cancelled(plan.parent)
                   : status == MEMMAP_FAILED    ? has_failed(plan.parent)
                                                : false;
  expect(may, "API", "open of a child answers " + said(status));
}

void CaseRun::mark_accepted(const SpanPlan& plan) {
  if (plan.kind != SpanPlan::request) return marks_(plan.kind == SpanPlan::task ? Mark::task : Mark::range_job);
  if (!plan.writes_by_hook)
    marks_(Mark(uint32_t(Mark::image_boot) + plan.image));  // they stand in the order of memmap_kind
  if (!plan.pieces.empty()) marks_(Mark::hole);
  if (plan.altmap.reserve + plan.altmap.free != 0) marks_(Mark::altmap);
  if (plan.order != 0) marks_(plan.writes_by_hook ? Mark::compound : Mark::image_compound);
  if (plan.shared) marks_(Mark::shared_records);
  if (plan.layout != 0) marks_(Mark::other_layout);
  if (plan.version != MEMMAP_LINUX_6_1) marks_(Mark::other_version);
  if (plan.device != MEMMAP_DEVICE_GENERIC) marks_(Mark::other_device);
}

int CaseRun::submit(uint32_t domain, uint32_t index) {
  Event& event = *events_[domain];
  const uint64_t since = fact();
  std::array<Ledger*, 4> chain{};  // not on the heap: see Environment::violated()
  size_t length = 0;
  bool valid = true, nodes = true, inside = true, may_meet = false, must_meet = false;
  uint64_t at = 0;
  for (uint32_t i = index; i != kNone && length < chain.size(); i = case_.spans[i].next) {
    Ledger& span = *spans_[i];
    if (span.domain != kNone) return MEMMAP_OK;  // a step of a case that was made smaller
    chain[length++] = &span;
    nodes &= knows(span.plan.nid) && (span.plan.kind != SpanPlan::request || knows(span.plan.records_nid));
    if (span.plan.kind != SpanPlan::request) continue;
    valid &= span.request.storage_bytes != 0 && span.plan.start >= at;
    at = span.end();
    inside &= span.plan.start >= config_.start_pfn && at <= config_.start_pfn + config_.nr_pages;
    must_meet |= must_overlap(span, since);
  }
  const std::span<Ledger* const> links(chain.data(), length);
  for (Ledger* span : links) span->domain = domain, span->begun_at = since;
  Ledger& first = *links.front();
  const int status = first.plan.kind == SpanPlan::task    ? memmap_task_async(&first.task, &event.domain)
                     : first.plan.kind == SpanPlan::range ? memmap_range_async(&first.range, &event.domain)
                                                          : memmap_init_async(&first.request, &event.domain);
  const uint64_t now = fact();
  environment_.note(uint64_t(uint32_t(status)));
  for (Ledger* span : links) {
    may_meet |= may_overlap(*span, since);
    (status == MEMMAP_OK ? span->accepted_at : span->released_at) = now;
    if (status == MEMMAP_OK) mark_accepted(span->plan);
  }
  const bool may = status == MEMMAP_OK            ? valid && nodes && inside && !must_meet
                   : status == MEMMAP_INVALID     ? !valid
                   : status == MEMMAP_UNSUPPORTED ? !valid
                   : status == MEMMAP_NO_NODE     ? !nodes
                   : status == MEMMAP_OUTSIDE     ? !inside
                   : status == MEMMAP_OVERLAP     ? may_meet
                   : status == MEMMAP_CLOSED      ? event.close_begun != kNever
                   : status == MEMMAP_CANCELLED   ? may_be_cancelled(domain)
                   : status == MEMMAP_FAILED      ? has_failed(domain)
                                                  : false;
  expect(may, "I12", "submit answers " + said(status));
  if (status == MEMMAP_OK)
    expect(event.cancelled_at == kNever || event.cancelled_at > since, "I6", "a submit is accepted after a cancel");
  answered(status, domain, "submit");
  if (status == MEMMAP_OK && length > 1) marks_(Mark::submit_chain);
  return status;
}

// What was accepted before is done, here and below, but where it failed or was cancelled.
void CaseRun::check_accepted(uint32_t domain, uint64_t before) {
  for (const auto& span : spans_) {
    if (!span->accepted() || span->accepted_at > before || !is_below(span->domain, domain)) continue;
    if (span->domain != domain && (may_be_cancelled(span->domain) || has_failed(span->domain))) continue;
    if (span->released_at != kNever && span->domain == domain) continue;
    span->check_done("I5", span->plan.start, span->plan.nr_pages);
  }
}

int CaseRun::flush(uint32_t domain) {
  const Event& event = *events_[domain];
  const uint64_t since = fact(), began_ns = environment_.world().clock_ns();
  const int status = memmap_flush(&events_[domain]->domain);
  environment_.note(uint64_t(uint32_t(status)));
  const uint64_t took_ns = environment_.world().clock_ns() - began_ns;
  const uint64_t faults_ns = environment_.stalled_ns() + environment_.late_ns();  // also by who stood still before
  if (status == MEMMAP_OK) {
    check_accepted(domain, since);
    expect(event.cancelled_at == kNever || event.cancelled_at > since, "I6", "a flush after a cancel says ok");
  }
  expect(may_answer(status, domain, since, true), "I5", "flush answers " + said(status));
  if (is_bounded(domain))
    expect(
        took_ns <= 2 * work_ns(domain) + faults_ns + 100'000, "I5",
        "a flush took " + std::to_string(took_ns) + " ns where its own work takes " + std::to_string(work_ns(domain)));
  answered(status, domain, "flush");
  return status;
}

void CaseRun::flush_range(uint32_t domain, const Ledger& span, uint64_t first, uint64_t count) {
  const uint64_t since = fact();
  const bool is_range = span.plan.kind == SpanPlan::range && span.domain == domain && span.accepted();
  bool mine = is_range && first + count <= span.end();
  if (span.plan.kind != SpanPlan::request && !is_range) return;
  for (const auto& other : spans_)
    mine |= !is_range && other->plan.kind == SpanPlan::request && other->domain == domain && other->accepted() &&
            other->plan.start < first + count && first < other->end();
  if (is_range && span.released_at != kNever) return;  // its storage is gone: nothing to name it by
  const int status = is_range ? memmap_range_flush(&events_[domain]->domain, &span.range, first, count)
                              : memmap_flush_range(&events_[domain]->domain, first, count);
  environment_.note(uint64_t(uint32_t(status)));
  answered(status, domain, "range");
  if (status == MEMMAP_OUTSIDE) return expect(!mine, "I5", "pages that a domain has are outside of it");
  expect(may_answer(status, domain, since, true), "I5", "flush_range answers " + said(status));
  if (status != MEMMAP_OK) return;
  for (const auto& other : spans_) {
    if (other->accepted_at > since || other->domain != domain || other->released_at != kNever) continue;
    if (is_range ? other.get() != &span : other->plan.kind != SpanPlan::request) continue;
    const uint64_t from = std::max(first, other->plan.start), to = std::min(first + count, other->end());
    if (from < to) other->check_done("I5", from, to - from);
  }
}

int CaseRun::cancel(uint32_t domain) {
  Event& event = *events_[domain];
  const uint64_t since = fact();
  event.cancel_begun = std::min(event.cancel_begun, since);
  bool in_flight = false, children = false;
  for (const auto& span : spans_)
    in_flight |= span->domain == domain && span->seen_pages() != 0 && span->seen_pages() < span->present_pages;
  const bool again = event.cancelled_at != kNever;
  const int status = memmap_cancel(&event.domain);
  environment_.note(uint64_t(uint32_t(status)));
  if (status == MEMMAP_CLOSED) {
    marks_(Mark::cancel_closed);
    expect(event.close_begun != kNever, "I6", "cancel says closed");
    return status;
  }
  expect(status == MEMMAP_OK || is_error_of(status, domain), "I6", "cancel answers " + said(status));
  event.cancelled_at = std::min(event.cancelled_at, fact());
  for (const auto& span : spans_) {
    if (span->domain == kNone || !is_below(span->domain, domain)) continue;
    if (span->domain != domain && events_[span->domain]->opened_at > since) continue;
    children |= span->domain != domain;
    if (events_[span->domain]->closed_at < since) continue;  // what it has done stays
    span->freeze();
    if (span->domain != domain || span->plan.kind != SpanPlan::request || !span->accepted() ||
        span->released_at != kNever)
      continue;
    span->unready = true;
    const uint64_t own_pfn = span->plan.pieces.empty() ? span->plan.start : span->plan.pieces[0].pfn;
    expect(!memmap_ready(pool_, own_pfn), "I6", "a page is ready although it is cancelled");
  }
  marks_(again ? Mark::cancel_again : Mark::cancel_first);
  if (children) marks_(Mark::cancel_of_children);
  if (in_flight) marks_(Mark::removed_while_initialised);
  return status;
}

int CaseRun::close(uint32_t domain) {
  Event& event = *events_[domain];
  const uint64_t since = fact(), begun_before = event.close_begun;
  event.close_begun = std::min(event.close_begun, since);
  ++event.closers;
  const int status = memmap_domain_close(&event.domain);
  --event.closers;
  environment_.note(uint64_t(uint32_t(status)));
  answered(status, domain, "close");
  if (status == MEMMAP_WOULD_DEADLOCK || status == MEMMAP_BUSY) {
    expect(status == MEMMAP_WOULD_DEADLOCK ? would_deadlock(domain) : has_open_child(domain, since), "I7",
           "close answers " + said(status));
    if (event.closers == 0 && !event.closed()) event.close_begun = kNever;
    return status;
  }
  if (status == MEMMAP_CLOSED) {
    expect(begun_before != kNever || event.closers != 0 || event.closed(), "I7", "close says closed");
    return status;
  }
  expect(may_answer(status, domain, since, false), "I7", "close answers " + said(status));
  expect(!event.closed(), "I7", "closed twice");
  event.closed_at = fact();
  for (const auto& span : spans_) {
    if (span->domain != domain || !span->accepted()) continue;
    if (status == MEMMAP_OK) span->check_done("I5", span->plan.start, span->plan.nr_pages);
    if (span->storage)
      std::memset(span->storage.get(), 0xDD, std::max(span->request.storage_bytes, span->range.storage_bytes));
    span->storage.reset();  // whoever touches it now touches what is not his
    span->released_at = event.closed_at;
  }
  return status;
}

void CaseRun::progress(uint32_t domain) {
  uint64_t requests = 0, total = 0;
  for (const auto& span : spans_)
    if (span->domain == domain && span->accepted()) ++requests, total += span->present_pages;
  memmap_progress_counts counts{};
  const int status = memmap_progress(&events_[domain]->domain, &counts);
  environment_.note(counts.done_pages);
  if (status == MEMMAP_CLOSED) return expect(events_[domain]->close_begun != kNever, "I7", "progress says closed");
  expect(status == MEMMAP_OK, "I7", "progress answers " + said(status));
  expect(counts.requests >= requests && counts.total_pages >= total, "I7", "progress has lost a request");
  expect(counts.caller_pages <= counts.done_pages && counts.done_pages + counts.dropped_pages <= counts.total_pages,
         "I7", "progress does not balance");
  if (counts.done_pages < counts.total_pages) marks_(Mark::progress_busy);
  if (counts.caller_pages != 0) marks_(Mark::done_by_caller);
  if (environment_.world().callers_left() > 1) return;
  expect(counts.requests == requests && counts.total_pages == total, "I7", "progress knows other requests");
  expect(counts.done_pages + counts.dropped_pages == total, "I7", "after a flush something is still to do");
  if (!may_be_cancelled(domain) && !has_failed(domain))
    expect(counts.dropped_pages == 0, "I7", "pages are dropped of a domain that neither failed nor was cancelled");
}

}  // namespace memmap::swarm
