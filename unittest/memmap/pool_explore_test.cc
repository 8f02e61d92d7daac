// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A worker leaves for ever while work is submitted: it takes no place in its group's width any more, and whoever comes
// second, the submitter or it, wakes a parked one; so does a width that is raised. A stop reaches a worker wherever it
// is, once.
#include "memmap/small_pool.h"

namespace memmap::pages {
namespace {

using explore::expect;
using explore::Scenario;

class PoolExplore : public explore::EachMemory {};

TEST_P(PoolExplore, AWorkerLeavesAgainstASubmit) {
  explore_each({.interleaved = 3, .weak = 2}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kOneLeaves);
    memmap_domain* const domain = pool->open();
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 1);
    span->tell = scenario.env();
    scenario.spawn("submitter", [=] {
      expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted");
      span->wait_without_help();
    });
  });
}

TEST_P(PoolExplore, AWidthIsRaisedAgainstASubmit) {
  explore_each({.interleaved = 3, .weak = 2}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kRunning);
    expect(memmap_pool_set_width(pool->pool, 0, 0) == MEMMAP_OK, "nobody may be woken");
    memmap_domain* const domain = pool->open();
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 1);
    span->tell = scenario.env();
    scenario.spawn("submitter", [=] {
      expect(memmap_init_async(&span->request, domain) == MEMMAP_OK, "accepted");
      span->wait_without_help();
    });
    scenario.spawn("controller", [=] { expect(memmap_pool_set_width(pool->pool, 0, 1) == MEMMAP_OK, "one may"); });
  });
}

TEST_P(PoolExplore, AStopWhereverTheWorkerIs) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotStopped);
    scenario.spawn("stopper", [=] { pool->stop(); });
  });
}

EACH_MEMORY(PoolExplore);

}  // namespace
}  // namespace memmap::pages
