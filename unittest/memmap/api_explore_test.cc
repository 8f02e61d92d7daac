// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The calls of memmap.h against each other, from the first to the last: what the guarantees in the header promise to
// concurrent callers.
#include "memmap/small_pool.h"

namespace memmap::pages {
namespace {

using explore::expect;
using explore::Scenario;

class ApiExplore : public explore::EachMemory {};

TEST_P(ApiExplore, AnEventFromOpenToCloseBesideAWorker) {
  explore_each({}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kRunning);
    auto* const domain = scenario.make<memmap_domain>();
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 2);
    scenario.spawn("binder", [=] {
      expect(memmap_domain_open(domain, pool->pool, nullptr) == MEMMAP_OK, "opened");
      expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted");
      expect(memmap_flush_range(domain, span->pfn(1), 1) == MEMMAP_OK, "the first fault");
      span->expect_usable(1);
      expect(memmap_domain_close(domain) == MEMMAP_OK, "closed");
      span->expect_usable(0);
      explore::give_up(span->request.storage, span->request.storage_bytes);
      explore::give_up(domain, sizeof *domain);
    });
  });
}

// The newest is done first, and a flush of what is over returns at once.
TEST_P(ApiExplore, AFlushComesAfterAllEventsOfItsDomain) {
  explore_each({.weak = 1}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kRunning);
    memmap_domain* const domain = pool->open();
    SmallSpan* const old = pool->span(MEMMAP_DEVICE, 0, 1);
    SmallSpan* const young = pool->span(MEMMAP_DEVICE, 1, 1);
    for (SmallSpan* const span : {old, young})
      expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted");
    scenario.spawn("flusher", [=] {
      expect(memmap_flush(domain) == MEMMAP_OK, "flushed");
      for (SmallSpan* const span : {old, young}) span->expect_usable(0);
    });
  });
}

TEST_P(ApiExplore, ACancelUndoesWhatAWorkerDid) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kRunning);
    memmap_domain* const domain = pool->open();
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 2);
    expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted");
    scenario.spawn("canceller", [=] {
      expect(memmap_cancel(domain) == MEMMAP_OK, "cancelled");
      for (const uint64_t unit : {0u, 1u}) {
        explore::plain_read(&span->written[unit], "a record");
        expect(!memmap_ready(pool->pool, span->pfn(unit)), "nothing is ready after a cancel");
      }
      expect(span->nr_undone() == span->nr_written(), "what was done is undone");
      memmap_progress_counts counts;
      expect(memmap_progress(domain, &counts) == MEMMAP_OK, "progress is told");
      expect(counts.done_pages == span->nr_written() * span->unit_pages, "what was done is counted");
      expect(counts.done_pages + counts.dropped_pages == counts.total_pages, "the counts balance");
      expect(memmap_domain_close(domain) == MEMMAP_CANCELLED, "closed");
      explore::give_up(span->request.storage, span->request.storage_bytes);
    });
  });
}

TEST_P(ApiExplore, NothingIsReadyAfterEitherOfTwoCancels) {
  explore_each({}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotYet);
    memmap_domain* const domain = pool->open();
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 2);
    expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted");
    scenario.spawn("flusher", [=] { memmap_flush(domain); });
    for (const char* name : {"left", "right"})
      scenario.spawn(name, [=] {
        expect(memmap_cancel(domain) == MEMMAP_OK, "cancelled");
        for (const uint64_t unit : {0u, 1u}) expect(!memmap_ready(pool->pool, span->pfn(unit)), "not ready");
      });
    scenario.finally([=] { expect(span->nr_undone() == span->nr_written(), "what was done is undone"); });
  });
}

TEST_P(ApiExplore, ACloseTellsOfTheCancelThatCameBeforeIt) {
  explore_each({}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNone);
    memmap_domain* const domain = pool->open();
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 1);
    expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted");
    auto* const closed = scenario.make<int>();
    scenario.spawn("closer", [=] { *closed = memmap_domain_close(domain); });
    scenario.spawn("canceller", [=] {
      const int status = memmap_cancel(domain);
      expect(status == MEMMAP_OK || status == MEMMAP_CLOSED, "cancelled, or too late");
    });
    scenario.finally([=] {
      expect(*closed == (span->nr_undone() != 0 ? MEMMAP_CANCELLED : MEMMAP_OK), "OK means that nothing was undone");
    });
  });
}

// Who learns from memmap_pool_fini() that no domain is open comes after all that their closers did before.
TEST_P(ApiExplore, FiniComesAfterTheLastClose) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNone);
    memmap_domain* const domain = pool->open();
    auto* const used = scenario.make<uint32_t>();
    scenario.spawn("closer", [=] {
      explore::plain_write(used, "what the closer used");
      expect(memmap_domain_close(domain) == MEMMAP_OK, "closed");
    });
    scenario.spawn("owner", [=] {
      const int status = memmap_pool_fini(pool->pool);
      expect(status == MEMMAP_OK || status == MEMMAP_BUSY, "over, or busy");
      if (status == MEMMAP_OK) explore::plain_write(used, "what the closer used");
    });
  });
}

// An open refuses a domain that is open; one that was, whose slot is somebody else's by now, is not.
TEST_P(ApiExplore, AClosedDomainOpensAgainBesideTheOneThatTakesItsSlot) {
  explore_each({}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNone);
    memmap_domain* const domain = pool->open();
    auto* const neighbour = scenario.make<memmap_domain>();
    scenario.spawn("owner", [=] {
      expect(memmap_domain_close(domain) == MEMMAP_OK, "closed");
      expect(memmap_domain_open(domain, pool->pool, nullptr) == MEMMAP_OK, "opened again");
      expect(memmap_domain_open(domain, pool->pool, nullptr) == MEMMAP_BUSY, "it is open");
      expect(memmap_domain_close(domain) == MEMMAP_OK, "closed again");
    });
    scenario.spawn("neighbour", [=] {
      expect(memmap_domain_open(neighbour, pool->pool, nullptr) == MEMMAP_OK, "opened");
      expect(memmap_domain_close(neighbour) == MEMMAP_OK, "closed");
    });
  });
}

TEST_P(ApiExplore, TwoEventsDoNotWaitForEachOther) {
  explore_each({.weak = 1}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kRunning);
    for (const uint64_t unit : {0u, 4u}) {
      memmap_domain* const domain = pool->open();
      SmallSpan* const span = pool->span(MEMMAP_DEVICE, unit, 1);
      scenario.spawn("binder" + std::to_string(unit), [=] {
        expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted");
        expect(memmap_domain_close(domain) == MEMMAP_OK, "closed");
        span->expect_usable(0);
      });
    }
  });
}

EACH_MEMORY(ApiExplore);

}  // namespace
}  // namespace memmap::pages
