// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Taken and ready under concurrency: overlapping submits, and readers who only ask memmap_ready().
#include "memmap/small_pool.h"

namespace memmap::pages {
namespace {

using explore::expect;
using explore::Scenario;

class SectionsExplore : public explore::EachMemory {};

TEST_P(SectionsExplore, OverlappingSubmitsAreNotBothAccepted) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNone);
    auto* const accepted = scenario.make<Atomic<uint32_t>>();
    SmallSpan* const spans[] = {pool->span(MEMMAP_DEVICE, 0, 2), pool->span(MEMMAP_DEVICE, 1, 2)};
    for (SmallSpan* span : spans) {
      memmap_domain* const domain = pool->open();
      scenario.spawn("submitter", [=] {
        const int status = memmap_init_async(&span->request, domain);
        expect(status == MEMMAP_OK || status == MEMMAP_OVERLAP, "accepted, or overlap");
        expect(span->nr_written() == (status == MEMMAP_OK ? 2 : 0), "written if accepted");
        accepted->fetch_add(status == MEMMAP_OK, relaxed);
        expect(memmap_domain_close(domain) == MEMMAP_OK, "closed");
      });
    }
    // One after the other both fit; at once none may.
    scenario.finally([=] {
      expect(spans[0]->nr_written() + spans[1]->nr_written() == 2 * accepted->load(relaxed), "no more than accepted");
      memmap_domain* const last = pool->open();
      SmallSpan* const all = pool->span(MEMMAP_DEVICE, 0, 3);
      expect(memmap_init_async(&all->request, last) == MEMMAP_OK, "nothing is taken any more");
    });
  });
}

// What an owner does with its records, by itself and not only in hooks, is over for the next one.
TEST_P(SectionsExplore, TheNextOwnerComesAfterTheLast) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNone);
    auto* const record = scenario.make<uint32_t>();
    for (const char* name : {"left", "right"}) {
      memmap_domain* const domain = pool->open();
      SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 1);
      scenario.spawn(name, [=] {
        if (memmap_init_async(&span->request, domain) != MEMMAP_OK) return;
        explore::plain_write(record, "a record that is owned");
        expect(memmap_domain_close(domain) == MEMMAP_OK, "closed");
      });
    }
  });
}

TEST_P(SectionsExplore, WhoSeesReadySeesTheRecord) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNone);
    memmap_domain* const domain = pool->open();
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 2);
    scenario.spawn("submitter", [=] { expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted"); });
    scenario.spawn("reader", [=] {
      for (const uint64_t unit : {1u, 0u})
        if (memmap_ready(pool->pool, span->pfn(unit))) span->expect_usable(unit);
    });
  });
}

// The pages were ready once; from the moment of a new submit on they are ready only when they are written again.
TEST_P(SectionsExplore, ASecondLifeIsNotReadyBeforeItIsWritten) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotYet);
    memmap_domain* const first = pool->open();
    SmallSpan* const before = pool->span(MEMMAP_DEVICE, 0, 1);
    SmallSpan* const after = pool->span(MEMMAP_DEVICE, 0, 1);
    expect(memmap_init_async(&before->request, first) == MEMMAP_OK, "accepted");
    expect(memmap_domain_close(first) == MEMMAP_OK, "closed");
    expect(memmap_ready(pool->pool, 0), "ready stays when the domain is closed");
    memmap_domain* const second = pool->open();
    auto* const submitted = scenario.make<Atomic<uint32_t>>();
    scenario.spawn("submitter", [=] {
      expect(memmap_init_async(&after->request, second) == MEMMAP_OK, "accepted");
      submitted->store(1, release);
    });
    scenario.spawn("reader", [=] {
      if (submitted->load(acquire) == 1 && memmap_ready(pool->pool, 0)) after->expect_usable(0);
    });
    scenario.spawn("flusher", [=] {
      if (submitted->load(acquire) == 1) expect(memmap_flush(second) == MEMMAP_OK, "flush is content");
    });
  });
}

// Pages of a closed domain are in use. A submit that is refused leaves them ready, at every moment.
TEST_P(SectionsExplore, ARefusedSubmitLeavesReadyAlone) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNone);
    memmap_domain* const first = pool->open();
    expect(memmap_init_async(&pool->span(MEMMAP_DEVICE, 0, 1)->request, first) == MEMMAP_OK, "accepted");
    expect(memmap_domain_close(first) == MEMMAP_OK, "closed");
    memmap_domain* const second = pool->open();
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 1);
    int* const status = scenario.make<int>();
    bool* const was_ready = scenario.make<bool>();
    scenario.spawn("submitter", [=] { *status = memmap_init_async(&span->request, second); });
    scenario.spawn("canceller", [=] { memmap_cancel(second); });
    scenario.spawn("reader", [=] { *was_ready = memmap_ready(pool->pool, 0); });
    scenario.finally([=] {
      expect(*status == MEMMAP_OK || *status == MEMMAP_CANCELLED, "accepted, or refused");
      if (*status == MEMMAP_CANCELLED) expect(*was_ready && memmap_ready(pool->pool, 0), "still ready");
      if (*status == MEMMAP_OK) expect(!memmap_ready(pool->pool, 0), "cancelled");
    });
  });
}

EACH_MEMORY(SectionsExplore);

}  // namespace
}  // namespace memmap::pages
