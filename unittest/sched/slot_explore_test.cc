// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Close against scan: workers and callers pin a slot while its domain is closed and the next one moves in. The memory
// of a closed domain and of its jobs is given up: whoever touches it then is found.
#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::Scenario;

class SlotExplore : public explore::EachMemory {};

TEST_P(SlotExplore, CloseAgainstAWorkersScan) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u, 1u, 1u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(1);
    engine->accept(*domain, *job);
    scenario.spawn("closer", [=] { expect(engine->close(*domain) == MEMMAP_OK, "closed"); });
    scenario.finally([=] { expect(job->nr_runs() == 1, "every unit was run"); });
  });
}

TEST_P(SlotExplore, TheNextDomainMovesInWhileAWorkerScans) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u, 1u, 1u);
    Domain* const first = engine->open();
    CountedJob* const job = engine->job(1);
    CountedJob* const next_job = engine->job(1);
    engine->accept(*first, *job);
    auto* const storage = scenario.make<Domain>();
    scenario.spawn("closer", [=] {
      expect(engine->close(*first) == MEMMAP_OK, "closed");
      open(*storage, engine->pool(), {});
      expect(storage->slot_index == 0, "the slot is free again");
      expect(engine->submit(*storage, *next_job) == MEMMAP_OK, "accepted");
      expect(engine->close(*storage) == MEMMAP_OK, "closed");
    });
    scenario.finally([=] { expect(job->nr_runs() == 1 && next_job->nr_runs() == 1, "every unit was run"); });
  });
}

// Callers pin as workers do; with a full table in the domain itself.
void close_against_a_flush(Scenario& scenario, uint32_t nr_slots) {
  auto* const engine = scenario.make<SmallEngine>(scenario, 0u, 1u, nr_slots);
  Domain* const domain = engine->open();
  CountedJob* const job = engine->job(1);
  engine->accept(*domain, *job);
  scenario.spawn("flusher", [=] {
    const int status = engine->flush(*domain);
    expect(status == MEMMAP_OK || (status == MEMMAP_CLOSED), "done, or closed");
  });
  scenario.spawn("closer", [=] { expect(engine->close(*domain, SmallEngine::kKeepDomain) == MEMMAP_OK, "closed"); });
  scenario.finally([=] { expect(job->nr_runs() == 1, "every unit was run"); });
}

TEST_P(SlotExplore, CloseAgainstAFlush) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& s) { close_against_a_flush(s, 1); });
}

TEST_P(SlotExplore, CloseAgainstAFlushWhereTheTableIsFull) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& s) { close_against_a_flush(s, 0); });
}

// The closer knows that the flusher is inside, and frees the domain as soon as the close returns.
void close_while_a_caller_is_inside(Scenario& scenario, uint32_t nr_slots) {
  auto* const engine = scenario.make<SmallEngine>(scenario, 0u, 1u, nr_slots);
  Domain* const domain = engine->open();
  CountedJob* const job = engine->job(1);
  job->tell = scenario.env();
  engine->accept(*domain, *job);
  scenario.spawn("flusher", [=] { expect(engine->flush(*domain) == MEMMAP_OK, "done"); });
  scenario.spawn("closer", [=] {
    job->wait_without_help();
    expect(engine->close(*domain) == MEMMAP_OK, "closed");
  });
}

TEST_P(SlotExplore, CloseWhileACallerIsInside) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& s) { close_while_a_caller_is_inside(s, 1); });
}

TEST_P(SlotExplore, CloseWhileACallerIsInsideWhereTheTableIsFull) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& s) { close_while_a_caller_is_inside(s, 0); });
}

// A handle of a closed domain stays without effect when its slot goes on to others.
TEST_P(SlotExplore, AnOldHandleDoesNotReachTheNextDomain) {
  explore_each({.interleaved = 3}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u, 1u, 1u);
    for (const char* name : {"left", "right"}) {
      auto* const domain = scenario.make<Domain>();
      CountedJob* const job = engine->job(1);
      scenario.spawn(name, [=] {
        open(*domain, engine->pool(), {});
        expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
        expect(engine->close(*domain, SmallEngine::kKeepDomain) == MEMMAP_OK, "closed");
        expect(engine->flush(*domain) == MEMMAP_CLOSED, "closed for good");
      });
    }
  });
}

TEST_P(SlotExplore, TwoCloses) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 1u, 1u, 1u);
    Domain* const domain = engine->open();
    CountedJob* const job = engine->job(1);
    engine->accept(*domain, *job);
    auto* const closed = scenario.make<Atomic<uint32_t>>();
    for (const char* name : {"left", "right"})
      scenario.spawn(name, [=] {
        const int status = engine->close(*domain, SmallEngine::kKeepDomain);
        expect(status == MEMMAP_OK || status == MEMMAP_CLOSED, "closed, or already");
        if (status == MEMMAP_OK) closed->fetch_add(1, relaxed);
      });
    scenario.finally([=] {
      expect(closed->load(relaxed) == 1, "one of them closed it");
      expect(job->nr_runs() == 1, "every unit was run");
    });
  });
}

// What is submitted while it closes is either refused or done before the close returns.
void close_against_a_submit(Scenario& scenario, uint32_t nr_workers) {
  auto* const engine = scenario.make<SmallEngine>(scenario, nr_workers, 1u, 1u);
  Domain* const domain = engine->open();
  CountedJob* const job = engine->job(1);
  auto* const accepted = scenario.make<Atomic<uint32_t>>();
  scenario.spawn("submitter", [=] {
    const int status = engine->submit(*domain, *job);
    expect(status == MEMMAP_OK || status == MEMMAP_CLOSED, "accepted, or closed");
    accepted->store(status == MEMMAP_OK, relaxed);
  });
  scenario.spawn("closer", [=] { expect(engine->close(*domain, SmallEngine::kKeepDomain) == MEMMAP_OK, "closed"); });
  scenario.finally([=] { expect(job->nr_runs() == accepted->load(relaxed), "run if accepted"); });
}

TEST_P(SlotExplore, CloseAgainstASubmit) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& s) { close_against_a_submit(s, 0); });
}

TEST_P(SlotExplore, CloseAgainstASubmitThatLeavesItToAWorker) {
  explore_each({}, [](Scenario& s) { close_against_a_submit(s, 1); });
}

EACH_MEMORY(SlotExplore);

}  // namespace
}  // namespace memmap::sched
