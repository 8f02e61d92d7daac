// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The calls of memmap.h: every bad input has its status, and afterwards the tables are as they were.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "memmap/pool.h"
#include "sched/domain.h"
#include "support/record_span.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;
using support::Call;
using support::kBlock;
using support::kSection;
using support::kSubsection;
using support::RecordSpan;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr uint64_t kFirst = 2 * kSection;  // pfns of the pool
constexpr uint64_t kSections = 16;

struct ApiTest : testing::Test {
  // Taken and ready words of all sections.
  std::vector<uint64_t> tables() const {
    const uint64_t* const words =
        reinterpret_cast<const uint64_t*>(pool.storage().at() + pool.storage().size()) - 2 * kSections;
    return {words, words + 2 * kSections};
  }
  bool ready(uint64_t pfn) { return memmap_ready(pool.get(), pfn); }
  // A submit that is refused: nothing is changed, neither in the tables nor in the storage nor in the domain.
  void expect_refused(TestDomain& domain, Span& span, int status, const char* what) {
    const std::vector<uint64_t> before = tables();
    const uint64_t requests = domain.progress().requests;
    EXPECT_EQ(domain.submit(&span.request), status) << what;
    EXPECT_EQ(tables(), before) << what;
    EXPECT_TRUE(span.storage.all(0)) << what;
    EXPECT_EQ(domain.progress().requests, requests) << what;
    EXPECT_TRUE(span.calls.empty()) << what;
  }

  TestEnv env;
  TestTopology topology{2, 1, 1};
  TestPool pool{env, topology, kFirst, kSections* kSection};
};

struct BadCall {
  const char* what;
  int status;
  std::function<void(memmap_request&)> spoil;
};

TEST_F(ApiTest, BadRequestsAreRefusedAndLeaveNoTrace) {
  const memmap_piece descending[] = {{kFirst + 10, 2}, {kFirst + 5, 2}}, outside[] = {{kFirst + kSection, 1}};
  const std::vector<BadCall> all = {
      {"zero pages", MEMMAP_INVALID, [](memmap_request& r) { r.nr_pages = 0; }},
      {"overflow", MEMMAP_INVALID, [](memmap_request& r) { r.nr_pages = UINT64_MAX; }},
      {"neither records nor write", MEMMAP_INVALID, [](memmap_request& r) { r.hooks.write = nullptr; }},
      {"descending pieces", MEMMAP_INVALID, [&](memmap_request& r) { r.pieces = descending, r.nr_pieces = 2; }},
      {"a piece outside", MEMMAP_INVALID, [&](memmap_request& r) { r.pieces = outside, r.nr_pieces = 1; }},
      {"shared records and an altmap", MEMMAP_UNSUPPORTED,
       [](memmap_request& r) { r.vmemmap_shift = 9, r.shared_records = true, r.altmap.free = kSubsection; }},
      {"unknown node", MEMMAP_NO_NODE, [](memmap_request& r) { r.nid = 2; }},
      {"unknown node of records", MEMMAP_NO_NODE, [](memmap_request& r) { r.records_nid = 2; }},
      {"node of records beyond all numbers", MEMMAP_NO_NODE, [](memmap_request& r) { r.records_nid = UINT32_MAX; }},
      {"before the pool", MEMMAP_OUTSIDE, [](memmap_request& r) { r.start_pfn = kFirst - 1; }},
      {"behind the pool", MEMMAP_OUTSIDE, [](memmap_request& r) { r.start_pfn += kSections * kSection - 1; }},
      {"far behind the pool", MEMMAP_OUTSIDE, [](memmap_request& r) { r.start_pfn = kPfnLimit - r.nr_pages; }},
      {"no storage", MEMMAP_STORAGE, [](memmap_request& r) { r.storage = nullptr; }},
      {"storage of nothing", MEMMAP_STORAGE, [](memmap_request& r) { r.storage_bytes = 0; }},
      {"storage too small by one byte", MEMMAP_STORAGE, [](memmap_request& r) { --r.storage_bytes; }},
      {"unaligned storage", MEMMAP_STORAGE, [](memmap_request& r) { r.storage = static_cast<char*>(r.storage) + 8; }},
  };
  for (const BadCall& bad : all) {
    Span span(MEMMAP_DEVICE, kFirst, kSection);
    TestDomain domain(pool);
    span.prepare();
    const memmap_request good = span.request;
    bad.spoil(span.request);
    expect_refused(domain, span, bad.status, bad.what);
    span.request = good;
    EXPECT_EQ(domain.submit(&span.request), MEMMAP_OK) << "right after " << bad.what;
    EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
    EXPECT_EQ(span.pages(Call::ready), kSection);
  }
}

TEST_F(ApiTest, NullArguments) {
  Span span(MEMMAP_DEVICE, kFirst, kSection);
  TestDomain domain(pool);
  memmap_progress_counts counts;
  EXPECT_EQ(memmap_domain_open(nullptr, pool.get(), nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_domain_open(&domain.d, nullptr, nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_init_async(nullptr, &domain.d), MEMMAP_INVALID);
  EXPECT_EQ(memmap_init_async(span.prepare(), nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_flush(nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_flush_range(nullptr, 0, 1), MEMMAP_INVALID);
  EXPECT_EQ(memmap_cancel(nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_domain_close(nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_progress(nullptr, &counts), MEMMAP_INVALID);
  EXPECT_EQ(memmap_progress(&domain.d, nullptr), MEMMAP_INVALID);
  EXPECT_FALSE(memmap_ready(nullptr, kFirst));
  EXPECT_EQ(memmap_node_ready_pages(nullptr, 0), 0u);
  EXPECT_FALSE(memmap_grow(nullptr, 0, 1, nullptr));
  EXPECT_FALSE(memmap_grow(pool.get(), 0, 1, nullptr));
}

TEST_F(ApiTest, UnalignedDomain) {
  Bytes storage(sizeof(memmap_domain) + 64, 8);
  EXPECT_EQ(memmap_domain_open(reinterpret_cast<memmap_domain*>(storage.at()), pool.get(), nullptr), MEMMAP_INVALID);
  EXPECT_TRUE(storage.all(0));
}

TEST_F(ApiTest, NamesAreCutAndCopied) {
  char name[] = "a name of more than thirty-one characters";
  const memmap_domain_options options = {name, 0, false, nullptr};
  TestDomain domain(pool, options);
  name[0] = '?';
  EXPECT_STREQ(reinterpret_cast<sched::Domain*>(domain.d.opaque)->name, "a name of more than thirty-one ");
}

TEST_F(ApiTest, OverlapWithAnActiveRequest) {
  Span active(MEMMAP_DEVICE, kFirst + kSection, kSection);
  TestDomain owner(pool), other(pool);
  ASSERT_EQ(owner.submit(active.prepare()), MEMMAP_OK);
  struct {
    uint64_t begin, end;
  } const overlapping[] = {{kFirst, kFirst + kSection + 1},
                           {kFirst + kSection, kFirst + 2 * kSection},
                           {kFirst + 2 * kSection - 1, kFirst + 3 * kSection},
                           {kFirst + kSection + 700, kFirst + kSection + 701},
                           {kFirst, kFirst + 3 * kSection}};
  for (const auto& range : overlapping) {
    Span span(MEMMAP_BOOT, range.begin, range.end - range.begin);
    span.prepare();
    expect_refused(other, span, MEMMAP_OVERLAP, "while it is worked on");
    expect_refused(owner, span, MEMMAP_OVERLAP, "also in its own domain");
  }
  ASSERT_EQ(memmap_flush(&owner.d), MEMMAP_OK);
  Span again(MEMMAP_DEVICE, kFirst + kSection, kSection);
  again.prepare();
  expect_refused(other, again, MEMMAP_OVERLAP, "done, but not closed");
  ASSERT_EQ(memmap_domain_close(&owner.d), MEMMAP_OK);
  EXPECT_EQ(other.submit(&again.request), MEMMAP_OK) << "closed: free again";
  pool.run_all();
  EXPECT_EQ(memmap_domain_close(&other.d), MEMMAP_OK);
}

TEST_F(ApiTest, SpansMayNotShareASubsection) {
  Span a(MEMMAP_DEVICE, kFirst, 100), b(MEMMAP_DEVICE, kFirst + 100, 100), c(MEMMAP_DEVICE, kFirst + kSubsection, 5);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(a.prepare()), MEMMAP_OK);
  b.prepare();
  expect_refused(domain, b, MEMMAP_OVERLAP, "the rest of a subsection");
  EXPECT_EQ(domain.submit(c.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
}

TEST_F(ApiTest, AChainIsAcceptedWholeOrNotAtAll) {
  Span a(MEMMAP_BOOT, kFirst, kSection), b(MEMMAP_BOOT, kFirst + 3 * kSection, kSection),
      c(MEMMAP_BOOT, kFirst + 5 * kSection, kSection);
  TestDomain domain(pool);
  b.then(c).prepare(), c.prepare();
  a.then(b).prepare();
  c.request.storage_bytes = 1;
  expect_refused(domain, a, MEMMAP_STORAGE, "the last one has no storage");
  EXPECT_TRUE(b.storage.all(0) && c.storage.all(0)) << "the storage of those before is zeroed again";
  c.prepare();
  c.request.records_nid = 77;
  expect_refused(domain, a, MEMMAP_NO_NODE, "the last one is nowhere");
  c.request.records_nid = 0;
  c.request.start_pfn = kFirst + 15 * kSection + 1;
  expect_refused(domain, a, MEMMAP_OUTSIDE, "the last one is outside");
  c.request.start_pfn = kFirst + 4 * kSection - 1;
  expect_refused(domain, a, MEMMAP_INVALID, "the last one overlaps the one before");
  c.request.start_pfn = kFirst + 2 * kSection;
  expect_refused(domain, a, MEMMAP_INVALID, "unsorted");
  c.request.start_pfn = kFirst + 5 * kSection;
  a.request.nr_pages = 2 * kSection + 100, b.request.start_pfn = kFirst + 2 * kSection + 100;
  a.prepare(), b.prepare();
  expect_refused(domain, a, MEMMAP_OVERLAP, "two of the chain share a subsection");
  a.request.nr_pages = kSection, b.request.start_pfn = kFirst + 3 * kSection;
  a.prepare(), b.prepare();
  ASSERT_EQ(domain.submit(&a.request), MEMMAP_OK);
  EXPECT_EQ(domain.progress().requests, 3u);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  for (const Span* span : {&a, &b, &c}) EXPECT_EQ(span->pages(Call::ready), kSection);
}

// Pages that an earlier, closed event made ready stay so when a later submit of them is refused, for whatever reason.
TEST_F(ApiTest, ARefusedSubmitLeavesReadyPagesReady) {
  Span first(MEMMAP_DEVICE, kFirst, kSection), again(MEMMAP_DEVICE, kFirst, kSection),
      next(MEMMAP_DEVICE, kFirst + kSection, kSection);
  TestDomain event(pool), cancelled(pool), failed(pool), open(pool);
  ASSERT_EQ(event.submit(first.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_domain_close(&event.d), MEMMAP_OK);
  ASSERT_TRUE(ready(kFirst));
  again.prepare();
  ASSERT_EQ(memmap_cancel(&cancelled.d), MEMMAP_OK);
  expect_refused(cancelled, again, MEMMAP_CANCELLED, "by a cancelled domain");
  EXPECT_TRUE(ready(kFirst));
  reinterpret_cast<sched::Domain*>(failed.d.opaque)->state.fetch_or(sched::Domain::kFailed, seq_cst);
  expect_refused(failed, again, MEMMAP_FAILED, "by a failed domain");
  EXPECT_TRUE(ready(kFirst));
  next.prepare();
  next.request.storage_bytes = 0;
  again.then(next);
  expect_refused(open, again, MEMMAP_STORAGE, "because of another one in its chain");
  EXPECT_TRUE(ready(kFirst));
  again.request.next = nullptr;
  ASSERT_EQ(open.submit(&again.request), MEMMAP_OK);
  EXPECT_FALSE(ready(kFirst)) << "accepted: its records are about to be written again";
  pool.run_all();
  EXPECT_EQ(memmap_domain_close(&open.d), MEMMAP_OK);
  EXPECT_TRUE(ready(kFirst)) << "and closing keeps it";
}

TEST_F(ApiTest, FlushRangeSaysWhatItWasAskedForInVain) {
  Span span(MEMMAP_DEVICE, kFirst + 10, 100, {{kFirst + 20, 5}});
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush_range(&domain.d, kFirst + 10, 0), MEMMAP_INVALID);
  EXPECT_EQ(memmap_flush_range(&domain.d, kPfnLimit, 1), MEMMAP_INVALID);
  EXPECT_EQ(memmap_flush_range(&domain.d, 1, kPfnLimit), MEMMAP_INVALID);
  EXPECT_EQ(memmap_flush_range(&domain.d, UINT64_MAX, UINT64_MAX), MEMMAP_INVALID);
  EXPECT_EQ(memmap_flush_range(&domain.d, kFirst, 10), MEMMAP_OUTSIDE);
  EXPECT_EQ(memmap_flush_range(&domain.d, kFirst + 110, 1), MEMMAP_OUTSIDE);
  EXPECT_TRUE(span.calls.empty());
  EXPECT_EQ(memmap_flush_range(&domain.d, 0, kPfnLimit), MEMMAP_OK) << "as much as there is of it";
  EXPECT_EQ(span.pages(Call::ready), 5u);
  EXPECT_EQ(memmap_flush_range(&domain.d, kFirst + 11, 1), MEMMAP_OK) << "a hole of the span: nothing to wait for";
}

// Bug 32: who waits for one device has no part in another's.
TEST_F(ApiTest, AFlushLeavesOtherEventsAlone) {
  Span big(MEMMAP_DEVICE, kFirst, 8 * kSection), small(MEMMAP_DEVICE, kFirst + 8 * kSection, kSection);
  TestDomain first(pool), second(pool);
  ASSERT_EQ(first.submit(big.prepare()), MEMMAP_OK);
  ASSERT_EQ(second.submit(small.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&second.d), MEMMAP_OK);
  EXPECT_EQ(small.pages(Call::ready), kSection);
  EXPECT_EQ(big.pages(Call::ready), 0u);
}

TEST_F(ApiTest, AfterCloseEverythingSaysClosed) {
  Span span(MEMMAP_DEVICE, kFirst, kSection);
  TestDomain domain(pool);
  memmap_progress_counts counts;
  span.prepare();
  ASSERT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  EXPECT_EQ(domain.submit(&span.request), MEMMAP_CLOSED);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_CLOSED);
  EXPECT_EQ(memmap_flush_range(&domain.d, kFirst, 1), MEMMAP_CLOSED);
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_CLOSED);
  EXPECT_EQ(memmap_progress(&domain.d, &counts), MEMMAP_CLOSED);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_CLOSED);
  memmap_domain never_opened = {};
  EXPECT_EQ(memmap_flush(&never_opened), MEMMAP_CLOSED);
  EXPECT_EQ(memmap_domain_close(&never_opened), MEMMAP_CLOSED);
}

TEST_F(ApiTest, HooksMayNotWaitForADomain) {
  Span span(MEMMAP_BOOT, kFirst, 2 * kBlock);
  TestDomain other(pool), domain(pool);
  uint32_t refused = 0;
  span.on_call = [&](const Call& call) {
    for (memmap_domain* waited_for : {&domain.d, &other.d}) {
      refused += memmap_flush(waited_for) == MEMMAP_WOULD_DEADLOCK;
      refused += memmap_flush_range(waited_for, call.pfn, 1) == MEMMAP_WOULD_DEADLOCK;
      refused += memmap_cancel(waited_for) == MEMMAP_WOULD_DEADLOCK;
      refused += memmap_domain_close(waited_for) == MEMMAP_WOULD_DEADLOCK;
    }
    return 0;
  };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  pool.run_all();
  EXPECT_EQ(refused, span.calls.size() * 8);
  EXPECT_EQ(memmap_flush(&other.d), MEMMAP_OK) << "still open";
  span.calls.clear();
  refused = 0;
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_EQ(span.nr(Call::undo), 2u);
  EXPECT_EQ(refused, 2 * 8u) << "undo is a hook too: a close of its own domain would wait for itself";
}

TEST_F(ApiTest, HooksMaySubmitAlsoToTheirOwnDomain) {
  Span outer(MEMMAP_DEVICE, kFirst, kSubsection), inner(MEMMAP_DEVICE, kFirst + kSection, kSection);
  TestDomain domain(pool);
  inner.prepare();
  outer.on_call = [&](const Call& call) { return call.hook == Call::ready ? domain.submit(&inner.request) : 0; };
  ASSERT_EQ(domain.submit(outer.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_TRUE(inner.calls.empty()) << "a flush is for what was accepted before it";
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  EXPECT_EQ(inner.pages(Call::ready), kSection);
}

TEST_F(ApiTest, CancelUndoesExactlyWhatWasDone) {
  RecordSpan span(MEMMAP_DEVICE, kFirst + 7, kSection - 7,
                  {{kFirst + 7, 3}, {kFirst + 100, 50}, {kFirst + 3 * kSubsection, 2000}});
  TestDomain domain(pool);
  int undone = 0;
  span.on_call = [&](const Call& call) { return call.hook == Call::undo ? 40 + ++undone : 0; };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush_range(&domain.d, kFirst + 7, 1), MEMMAP_OK);
  ASSERT_EQ(memmap_flush_range(&domain.d, kFirst + 4 * kSubsection, 1), MEMMAP_OK);
  ASSERT_TRUE(ready(kFirst + 7) && ready(kFirst + 4 * kSubsection));
  EXPECT_EQ(memmap_cancel(&domain.d), 41) << "the first error of undo, the others are called all the same";
  std::vector<Call> undo;
  for (const Call& call : span.calls)
    if (call.hook == Call::undo) undo.push_back(call);
  EXPECT_EQ(undo, (std::vector<Call>{{Call::undo, kFirst + 7, 3},
                                     {Call::undo, kFirst + 100, 50},
                                     {Call::undo, kFirst + 4 * kSubsection, kSubsection}}));
  EXPECT_FALSE(ready(kFirst + 7) || ready(kFirst + 4 * kSubsection));
  EXPECT_EQ(span.nr_wrong(kFirst + 3 * kSubsection, kFirst + 4 * kSubsection, true), 0u) << "never written";
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_CANCELLED);
}

TEST_F(ApiTest, ProgressAddsUpAtEveryStep) {
  Span a(MEMMAP_DEVICE, kFirst, kSection), b(MEMMAP_BOOT, kFirst + kSection, kSection, {{kFirst + kSection + 5, 1500}});
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(a.prepare()), MEMMAP_OK);
  ASSERT_EQ(domain.submit(b.prepare()), MEMMAP_OK);
  uint64_t last_done = 0;
  do {
    const memmap_progress_counts counts = domain.progress();
    EXPECT_EQ(counts.requests, 2u);
    EXPECT_EQ(counts.total_pages, kSection + 1500);
    EXPECT_EQ(counts.done_pages, a.pages(Call::ready) + b.pages(Call::ready));
    EXPECT_EQ(counts.dropped_pages, 0u);
    EXPECT_TRUE(counts.done_pages > last_done || last_done == 0);
    last_done = counts.done_pages;
  } while (pool.step(0));
  EXPECT_EQ(last_done, kSection + 1500);
}

}  // namespace
}  // namespace memmap::pages
