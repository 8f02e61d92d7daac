// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Park against submit: work that appears while a worker goes to sleep is found, by it or by somebody else.
//
// The callers here do not help: they sleep until hooks have run every unit. A lost wake-up is a deadlock.
#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::Scenario;

class WorkerExplore : public explore::EachMemory {};

CountedJob* telling_job(Scenario& scenario, SmallEngine* engine, uint32_t units, uint32_t parts = 1) {
  CountedJob* const job = engine->job(units, parts);
  job->tell = scenario.env();
  return job;
}

TEST_P(WorkerExplore, ParksAgainstASubmit) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const domain = engine->open();
    CountedJob* const job = telling_job(scenario, engine, 1);
    scenario.spawn("submitter", [=] {
      expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
      job->wait_without_help();
    });
  });
}

TEST_P(WorkerExplore, ParksAgainstTwoSubmitters) {
  explore_each({.weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    for (const char* name : {"left", "right"}) {
      Domain* const domain = engine->open();
      CountedJob* const job = telling_job(scenario, engine, 1);
      scenario.spawn(name, [=] {
        expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
        job->wait_without_help();
      });
    }
  });
}

// The second submit comes while the worker finds the first one's work spent and switches the domain's busy bit off.
TEST_P(WorkerExplore, ParksAgainstASecondSubmitToItsDomain) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const domain = engine->open();
    CountedJob* const first = telling_job(scenario, engine, 1);
    CountedJob* const second = telling_job(scenario, engine, 1);
    engine->accept(*domain, *first);
    scenario.spawn("submitter", [=] {
      expect(engine->submit(*domain, *second) == MEMMAP_OK, "accepted");
      second->wait_without_help();
      first->wait_without_help();
    });
  });
}

TEST_P(WorkerExplore, TwoOfTwoGroups) {
  explore_each({.weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 2u, 2u);
    Domain* const domain = engine->open();
    CountedJob* const job = telling_job(scenario, engine, 2, 2);
    scenario.spawn("submitter", [=] {
      expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
      job->wait_without_help();
    });
  });
}

// A worker passes a full domain over and parks; who leaves it must see to what is left.
TEST_P(WorkerExplore, AFullDomainIsNotForgotten) {
  explore_each({.weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 2u);
    Domain* const domain = engine->open({.name = nullptr, .max_workers = 1, .background = true, .parent = nullptr});
    CountedJob* const job = telling_job(scenario, engine, 2);
    CountedJob* const more = telling_job(scenario, engine, 1);
    engine->accept(*domain, *job);
    scenario.spawn("submitter", [=] {
      expect(engine->submit(*domain, *more) == MEMMAP_OK, "accepted");
      job->wait_without_help();
      more->wait_without_help();
    });
  });
}

// Both find room for one; only one may take it.
TEST_P(WorkerExplore, NoMoreThanMaxWorkersAtOnce) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 2u);
    Domain* const domain = engine->open({.name = nullptr, .max_workers = 1, .background = true, .parent = nullptr});
    CountedJob* const job = telling_job(scenario, engine, 2);
    engine->accept(*domain, *job);
    scenario.spawn("watcher", [=] { expect(domain->crew.load(relaxed) <= 1, "one worker at a time"); });
  });
}

// In a background domain a grain is a unit: more of them than a worker takes before it chooses again.
constexpr uint32_t kTwoChoices = 10;
constexpr memmap_domain_options kOneByOne = {.name = nullptr, .max_workers = 1, .background = true, .parent = nullptr};

// Who chooses the domain where it is has pinned it before: the close would wait for a second pin.
TEST_P(WorkerExplore, StaysWhereItIs) {
  explore_each({.interleaved = 1, .weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const domain = engine->open(kOneByOne);
    CountedJob* const job = telling_job(scenario, engine, kTwoChoices);
    engine->accept(*domain, *job);
    scenario.spawn("closer", [=] {
      job->wait_without_help();
      expect(engine->close(*domain) == MEMMAP_OK, "closed");
    });
  });
}

// Who keeps its place in the full domain that it leaves finds it full when it comes back.
TEST_P(WorkerExplore, GoesElsewhereAndComesBack) {
  explore_each({.interleaved = 1, .weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const full = engine->open(kOneByOne);
    Domain* const urgent = engine->open();
    CountedJob* const job = telling_job(scenario, engine, kTwoChoices);
    CountedJob* const more = telling_job(scenario, engine, 1);
    engine->accept(*full, *job);
    scenario.spawn("submitter", [=] {
      expect(engine->submit(*urgent, *more) == MEMMAP_OK, "accepted");
      more->wait_without_help();
      job->wait_without_help();
    });
  });
}

// The caller does nothing, so that the pool is stopped while workers search, announce themselves and park.
TEST_P(WorkerExplore, StopsWhereverItIs) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 2u);
    scenario.spawn("stopper", [=] { engine->stop(); });
  });
}

EACH_MEMORY(WorkerExplore);

}  // namespace
}  // namespace memmap::sched
