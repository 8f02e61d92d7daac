// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Flush and range flush against the last completion: who waits for what others hold is woken, whatever the order.
#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::Scenario;

class WaitersExplore : public explore::EachMemory {};

// The flusher finds everything claimed already: it can only wait.
TEST_P(WaitersExplore, AFlushAgainstTheLastCompletion) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(1);
    engine->accept(*domain, *job);
    scenario.spawn("holder", [=] { engine->flush_units(*domain, *job, 0, 1); });
    scenario.spawn("flusher", [=] {
      expect(engine->flush(*domain) == MEMMAP_OK, "flush is content");
      job->expect_done();
    });
  });
}

TEST_P(WaitersExplore, RangeFlushesAgainstCompletionByOthers) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    engine->accept(*domain, *job);
    scenario.spawn("flusher", [=] { expect(engine->flush(*domain) == MEMMAP_OK, "flush is content"); });
    for (const uint32_t unit : {0u, 1u})
      scenario.spawn("range" + std::to_string(unit), [=] {
        expect(engine->flush_units(*domain, *job, unit, unit + 1) == MEMMAP_OK, "the range is done");
        job->expect_done(unit, unit + 1);
      });
  });
}

// All slots are taken, by waiters for another job: these two wait in the crowd.
TEST_P(WaitersExplore, ACrowdWaitsForEverything) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    engine->accept(*domain, *job);
    CountedJob* const another = engine->job(1);
    for (uint32_t slot = 0; slot < 8; ++slot) scenario.make<Waiting>(domain->waiters, UnitRange{another, 0, 1});
    scenario.spawn("holder", [=] { engine->flush_units(*domain, *job, 0, 1); });
    scenario.spawn("range", [=] {
      expect(engine->flush_units(*domain, *job, 0, 1) == MEMMAP_OK, "the range is done");
      job->expect_done(0, 1);
    });
    scenario.spawn("flusher", [=] {
      expect(engine->flush(*domain) == MEMMAP_OK, "flush is content");
      job->expect_done();
    });
  });
}

// A waiter whose units an error ends.
TEST_P(WaitersExplore, AnErrorWakesWhoWaitsForOtherUnits) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    job->failing = 0;
    engine->accept(*domain, *job);
    scenario.spawn("failing", [=] {
      expect(engine->flush_units(*domain, *job, 0, 1) == CountedJob::kError, "the error is reported");
    });
    scenario.spawn("other", [=] {
      const int status = engine->flush_units(*domain, *job, 1, 2);
      expect(status == CountedJob::kError || status == MEMMAP_OK, "done before the error, or dropped by it");
      if (status == MEMMAP_OK) job->expect_done(1, 2);
    });
    scenario.spawn("all", [=] { expect(engine->flush(*domain) == CountedJob::kError, "the error is reported"); });
  });
}

EACH_MEMORY(WaitersExplore);

}  // namespace
}  // namespace memmap::sched
