// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Claim against fault: one wants a few units now, others walk the same stripes from their cursors.
#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::Scenario;

class JobExplore : public explore::EachMemory {};

TEST_P(JobExplore, AFaultAgainstAFlush) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(4);
    job->grain_units = 2;
    engine->accept(*domain, *job);
    scenario.spawn("fault", [=] {
      expect(engine->flush_units(*domain, *job, 1, 2) == MEMMAP_OK, "the range is done");
      job->expect_done(1, 2);
    });
    scenario.spawn("flusher", [=] {
      expect(engine->flush(*domain) == MEMMAP_OK, "flush is content");
      job->expect_done();
    });
    scenario.finally([=] { expect(job->nr_retired() == 4 && job->over(), "every unit is retired once"); });
  });
}

TEST_P(JobExplore, AFaultInTheWordThatAFlushWasGiven) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(4);
    job->parts[0].whole_words = true;
    engine->accept(*domain, *job);
    scenario.spawn("fault", [=] {
      expect(engine->flush_units(*domain, *job, 1, 2) == MEMMAP_OK, "the range is done");
      job->expect_done(1, 2);
    });
    for (const char* name : {"given it", "comes later"})
      scenario.spawn(name, [=] {
        expect(engine->flush(*domain) == MEMMAP_OK, "flush is content");
        job->expect_done();
      });
    scenario.finally([=] { expect(job->nr_retired() == 4 && job->over(), "every unit is retired once"); });
  });
}

TEST_P(JobExplore, AFaultAcrossTwoStripesAgainstAWorker) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u, 2u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(4, 2);
    engine->accept(*domain, *job);
    scenario.spawn("fault", [=] {
      expect(engine->flush_units(*domain, *job, 1, 3) == MEMMAP_OK, "the range is done");
      job->expect_done(1, 3);
    });
  });
}

TEST_P(JobExplore, TwoFaultsInOneUnit) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    engine->accept(*domain, *job);
    for (const char* name : {"left", "right"})
      scenario.spawn(name, [=] {
        expect(engine->flush_units(*domain, *job, 0, 1) == MEMMAP_OK, "the range is done");
        job->expect_done(0, 1);
      });
    scenario.finally([=] { expect(job->nr_runs() == 1 && job->nr_retired() == 1, "nothing else was touched"); });
  });
}

EACH_MEMORY(JobExplore);

}  // namespace
}  // namespace memmap::sched
