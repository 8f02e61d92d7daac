// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Three workers, exhausted at two preemptions: what two workers cannot show, such as a wake that goes to the third one,
// or a stripe whose last units three of them retire. Too long for the suite.
#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::Scenario;

constexpr explore::Bounds kToTheEnd{.max_seconds = 1e9};

class ThreeWorkersExplore : public explore::EachMemory {};

TEST_P(ThreeWorkersExplore, ParkAgainstASubmit) {
  explore_each(kToTheEnd, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 3u);
    Domain* const domain = engine->open();
    CountedJob* const job = scenario.make<CountedJob>(2u, 1u);
    job->tell = scenario.env();
    scenario.spawn("submitter", [=] {
      expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
      job->wait_without_help();
    });
  });
}

TEST_P(ThreeWorkersExplore, RetireAgainstAFlush) {
  explore_each(kToTheEnd, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 3u);
    Domain* const domain = engine->open();
    CountedJob* const job = scenario.make<CountedJob>(3u, 1u);
    engine->accept(*domain, *job);
    scenario.spawn("flusher", [=] {
      expect(engine->flush(*domain) == MEMMAP_OK, "flushed");
      job->expect_done();
    });
  });
}

EACH_MEMORY(ThreeWorkersExplore);

}  // namespace
}  // namespace memmap::sched
