// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Grow against workers, against another grow, against cancel and close: it says true only if the node has more ready
// pages than its caller had seen, and false only if there was nothing that it could have taken.
#include "memmap/small_pool.h"

namespace memmap::pages {
namespace {

using explore::expect;
using explore::Scenario;

class GrowExplore : public explore::EachMemory {};

// One failed allocation's retry.
void grow_once(SmallPool* pool, const SmallSpan* span) {
  uint64_t seen = memmap_node_ready_pages(pool->pool, 0);
  const uint64_t before = seen;
  const bool moved = memmap_grow(pool->pool, 0, kUnit, &seen);
  expect(moved == (seen != before), "true if the counter has moved");
  if (!moved) return;
  uint64_t usable = 0;
  for (uint64_t unit = 0; unit < span->request.nr_pages / kUnit; ++unit) {
    if (!memmap_ready(pool->pool, span->pfn(unit))) continue;
    span->expect_usable(unit);
    ++usable;
  }
  expect(usable * kUnit >= seen, "as many pages are ready as were counted");
}

struct Boot {
  Boot(Scenario& scenario, SmallPool::Workers workers, uint64_t nr_units)
      : pool(scenario, workers), domain(pool.open()), span(pool.span(MEMMAP_BOOT, 0, nr_units)) {}
  void submit() { expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted"); }
  void grow() { grow_once(&pool, span); }
  void expect_counted() const {
    expect(span->nr_written() * kUnit == memmap_node_ready_pages(pool.pool, 0), "what was written is counted");
  }

  SmallPool pool;
  memmap_domain* domain;
  SmallSpan* span;
};

TEST_P(GrowExplore, AgainstAWorker) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const boot = scenario.make<Boot>(scenario, SmallPool::kRunning, 3u);
    boot->submit();
    scenario.spawn("grower", [=] { boot->grow(); });
    scenario.finally([=] { boot->expect_counted(); });
  });
}

TEST_P(GrowExplore, TwoBeforeWorkersRun) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const boot = scenario.make<Boot>(scenario, SmallPool::kNotYet, 2u);
    boot->submit();
    for (const char* name : {"left", "right"}) scenario.spawn(name, [=] { boot->grow(); });
    scenario.finally([=] { boot->expect_counted(); });
  });
}

TEST_P(GrowExplore, WhileASubmitWorksInItsCaller) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const boot = scenario.make<Boot>(scenario, SmallPool::kNone, 2u);
    scenario.spawn("submitter", [=] { boot->submit(); });
    scenario.spawn("grower", [=] { boot->grow(); });
    scenario.finally([=] {
      boot->expect_counted();
      expect(boot->span->nr_written() == 2, "all is written");
    });
  });
}

// The flusher may have to wait for a unit that the grower holds, which has to wake it although it may not.
TEST_P(GrowExplore, AgainstAFlush) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const boot = scenario.make<Boot>(scenario, SmallPool::kNotYet, 2u);
    boot->submit();
    scenario.spawn("grower", [=] { boot->grow(); });
    scenario.spawn("flusher", [=] {
      expect(memmap_flush(boot->domain) == MEMMAP_OK, "flush is content");
      for (const uint64_t unit : {0u, 1u}) boot->span->expect_usable(unit);
    });
  });
}

TEST_P(GrowExplore, AgainstACancel) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const boot = scenario.make<Boot>(scenario, SmallPool::kNotYet, 2u);
    boot->submit();
    scenario.spawn("grower", [=] {
      uint64_t seen = 0;
      memmap_grow(boot->pool.pool, 0, kUnit, &seen);
    });
    scenario.spawn("canceller", [=] {
      expect(memmap_cancel(boot->domain) == MEMMAP_OK, "cancelled");
      for (const uint64_t unit : {0u, 1u})
        expect(!memmap_ready(boot->pool.pool, boot->span->pfn(unit)), "nothing is ready after a cancel");
      expect(boot->span->nr_undone() == boot->span->nr_written(), "what was done is undone");
    });
  });
}

TEST_P(GrowExplore, AgainstAClose) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const boot = scenario.make<Boot>(scenario, SmallPool::kNotYet, 1u);
    boot->submit();
    scenario.spawn("grower", [=] {
      uint64_t seen = 0;
      memmap_grow(boot->pool.pool, 0, kUnit, &seen);
    });
    scenario.spawn("closer", [=] {
      expect(memmap_domain_close(boot->domain) == MEMMAP_OK, "closed");
      explore::give_up(boot->span->request.storage, boot->span->request.storage_bytes);
      explore::give_up(boot->domain, sizeof *boot->domain);
    });
    scenario.finally([=] { boot->expect_counted(); });
  });
}

EACH_MEMORY(GrowExplore);

}  // namespace
}  // namespace memmap::pages
