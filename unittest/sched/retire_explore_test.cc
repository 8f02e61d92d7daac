// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Claim and retire: whoever takes units, each is run once, retired once, and seen by who waited for it.
#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::ExploreResult;
using explore::Scenario;

class RetireExplore : public explore::EachMemory {};

TEST_P(RetireExplore, TwoFlushersWithoutAWorker) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(3);
    engine->accept(*domain, *job);
    for (const char* name : {"left", "right"})
      scenario.spawn(name, [=] {
        expect(engine->flush(*domain) == MEMMAP_OK, "flush is content");
        job->expect_done();
      });
    scenario.finally([=] { expect(job->nr_retired() == 3 && job->over(), "every unit is retired once"); });
  });
}

TEST_P(RetireExplore, AFlusherAndAWorkerOnTwoStripes) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u, 2u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(4, 2);
    engine->accept(*domain, *job);
    scenario.spawn("flusher", [=] {
      expect(engine->flush(*domain) == MEMMAP_OK, "flush is content");
      job->expect_done();
    });
    scenario.finally([=] { expect(job->nr_retired() == 4 && job->over(), "every unit is retired once"); });
  });
}

TEST_P(RetireExplore, AnErrorEndsTheDomainForAll) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(3);
    job->failing = 1;
    engine->accept(*domain, *job);
    for (const char* name : {"left", "right"})
      scenario.spawn(name, [=] { expect(engine->flush(*domain) == CountedJob::kError, "flush reports the error"); });
    scenario.finally([=] {
      expect(job->nr_retired() == 3 && job->over(), "every unit is retired once");
      expect(job->runs[1] == 1, "the failing unit was run");
      expect((job->done_word.load(relaxed) & 2) == 0, "the failing unit is not done");
    });
  });
}

EACH_MEMORY(RetireExplore);

}  // namespace
}  // namespace memmap::sched
