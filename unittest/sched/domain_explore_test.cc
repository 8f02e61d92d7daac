// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Cancel against everything: submit, flush, range flush, a worker, an error, a second cancel. After a cancel has
// returned nothing is run, and every unit that was accepted is retired, run or not.
#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::Scenario;

class DomainExplore : public explore::EachMemory {};

bool ended(int status) { return status == MEMMAP_OK || status == MEMMAP_CANCELLED; }

void cancel_and_look(SmallEngine* engine, Domain* domain, std::initializer_list<CountedJob*> jobs) {
  const int status = engine->cancel(*domain);
  expect(ended(status), "cancelled, by us or another");
  for (CountedJob* job : jobs) job->expect_still();
}

TEST_P(DomainExplore, CancelAgainstAWorker) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    engine->accept(*domain, *job);
    scenario.spawn("canceller", [=] { cancel_and_look(engine, domain, {job}); });
    scenario.finally([=] { expect(job->nr_retired() == 2 && job->over(), "every unit is retired"); });
  });
}

TEST_P(DomainExplore, CancelAgainstASubmit) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    int* const status = scenario.make<int>();
    scenario.spawn("submitter", [=] {
      *status = engine->submit(*domain, *job);
      expect(ended(*status), "accepted or refused");
    });
    scenario.spawn("canceller", [=] { cancel_and_look(engine, domain, {job}); });
    scenario.finally([=] {
      expect(*status == MEMMAP_OK || job->nr_runs() == 0, "what is refused is not touched");
      expect(job->nr_retired() == (*status == MEMMAP_OK ? 2 : 0), "what is accepted is retired");
    });
  });
}

TEST_P(DomainExplore, CancelAgainstASubmitThatLeavesItToAWorker) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(1);
    scenario.spawn("submitter", [=] { expect(ended(engine->submit(*domain, *job)), "accepted or refused"); });
    scenario.spawn("canceller", [=] { cancel_and_look(engine, domain, {job}); });
  });
}

// The submit was counted before the cancel and is published behind it: the flusher, who finds the job, may not have
// seen the flag yet.
TEST_P(DomainExplore, CancelAgainstASubmitThatAFlushFinds) {
  explore_each({.weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(1);
    scenario.spawn("submitter", [=] { expect(ended(engine->submit(*domain, *job)), "accepted or refused"); });
    scenario.spawn("canceller", [=] { cancel_and_look(engine, domain, {job}); });
    scenario.spawn("flusher", [=] { expect(ended(engine->flush(*domain)), "flushed or cancelled"); });
  });
}

TEST_P(DomainExplore, CancelAgainstAFlush) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    engine->accept(*domain, *job);
    scenario.spawn("flusher", [=] {
      const int status = engine->flush(*domain);
      expect(ended(status), "done, or cancelled");
      if (status == MEMMAP_OK) job->expect_done();
    });
    scenario.spawn("canceller", [=] { cancel_and_look(engine, domain, {job}); });
    scenario.finally([=] { expect(job->nr_retired() == 2 && job->over(), "every unit is retired"); });
  });
}

TEST_P(DomainExplore, CancelAgainstARangeFlushThatWaits) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    engine->accept(*domain, *job);
    scenario.spawn("holder", [=] { expect(ended(engine->flush_units(*domain, *job, 0, 1)), "done, or cancelled"); });
    scenario.spawn("range", [=] {
      const int status = engine->flush_units(*domain, *job, 0, 2);
      expect(ended(status), "done, or cancelled");
      if (status == MEMMAP_OK) job->expect_done();
    });
    scenario.spawn("canceller", [=] { cancel_and_look(engine, domain, {job}); });
  });
}

TEST_P(DomainExplore, TwoCancelsAgainstAWorker) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    engine->accept(*domain, *job);
    for (const char* name : {"left", "right"})
      scenario.spawn(name, [=] {
        expect(ended(engine->cancel(*domain)), "one of them is the first");
        explore::plain_read(&job->runs[0], "a unit");
        explore::plain_read(&job->runs[1], "a unit");
      });
    scenario.finally([=] { expect(job->nr_retired() == 2 && job->over(), "every unit is retired"); });
  });
}

TEST_P(DomainExplore, CancelAgainstAnError) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(2);
    job->failing = 0;
    engine->accept(*domain, *job);
    scenario.spawn("flusher", [=] {
      const int status = engine->flush(*domain);
      expect(status == (job->nr_runs() != 0 ? int{CountedJob::kError} : int{MEMMAP_CANCELLED}),
             "the error, or cancelled before it could happen");
    });
    scenario.spawn("canceller", [=] {
      cancel_and_look(engine, domain, {job});
      const int status = engine->flush(*domain);
      expect(status == (job->nr_runs() != 0 ? int{CountedJob::kError} : int{MEMMAP_CANCELLED}),
             "a cancel does not erase an error");
    });
  });
}

TEST_P(DomainExplore, ASubmitAgainstAnError) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    Domain* const domain = engine->open();
    CountedJob* const failing = engine->job(1);
    CountedJob* const job = engine->job(2);
    failing->failing = 0;
    engine->accept(*domain, *failing);
    scenario.spawn("flusher", [=] { expect(engine->flush(*domain) == CountedJob::kError, "the error is reported"); });
    scenario.spawn("submitter", [=] {
      const int status = engine->submit(*domain, *job);
      expect(status == MEMMAP_OK || status == MEMMAP_FAILED, "accepted or refused");
      if (status == MEMMAP_OK) engine->flush(*domain);
      expect(job->nr_retired() == (status == MEMMAP_OK ? 2 : 0), "what is accepted is retired when a flush returns");
    });
  });
}

// Several submitters at once: each finds its job on the list, and a flush of either waits for its own.
TEST_P(DomainExplore, TwoSubmitsAndAWorker) {
  explore_each({.weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u);
    Domain* const domain = engine->open();
    for (const char* name : {"left", "right"}) {
      CountedJob* const job = engine->job(1);
      scenario.spawn(name, [=] {
        expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
        expect(engine->flush(*domain) == MEMMAP_OK, "flush is content");
        job->expect_done();
      });
    }
  });
}

EACH_MEMORY(DomainExplore);

}  // namespace
}  // namespace memmap::sched
