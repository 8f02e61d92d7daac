// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Two workers with a width of one: after each unit both try to rest, whatever there is to do. The callers do not help:
// they sleep until hooks have run every unit, so that work which is left to nobody is a deadlock.
#include "host/beyond_width.h"

#include <string>

#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::Scenario;

constexpr uint32_t kWidth = 1;

// Own threads as in src/host/threads.cc, around an engine that has no workers yet.
class NarrowWorkers {
 public:
  NarrowWorkers(Scenario& scenario, SmallEngine& engine) : pool_(engine.pool()) {
    engine.lend_workers(*scenario.env(), 2);
    pool_.groups[0].width.store(kWidth, relaxed);
    for (uint32_t worker = 0; worker < 2; ++worker)
      scenario.world().spawn_worker("worker" + std::to_string(worker), 0, worker, [this, worker] { work(worker); });
  }

 private:
  void work(uint32_t worker) {
    const memmap_env& env = *pool_.env;
    do
      while (worker_step(pool_, worker)) {
        uint32_t seen = 0;
        if (!rest(worker, &seen)) continue;
        env.park(env.context, pool_.workers[worker].event.address(), seen, 0);
        worker_return(pool_, worker);
      }
    while (worker_idle(pool_, worker));
  }

  bool rest(uint32_t worker, uint32_t* seen) {
    uint32_t free = 0;
    if (!lock_.compare_exchange(free, 1, acq_rel)) return false;
    const bool rests = host::rest_beyond_width(pool_, worker, kWidth, seen);
    lock_.store(0, release);
    return rests;
  }

  Pool& pool_;
  Atomic<uint32_t> lock_;
};

class BeyondWidthEngine : public explore::EachMemory {};

Domain* submit_to_narrow(Scenario& scenario, SmallEngine* engine, const char* name, uint32_t units) {
  Domain* const domain = engine->open();
  CountedJob* const job = engine->job(units);
  job->tell = engine->pool().env;
  scenario.spawn(name, [=] {
    expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
    job->wait_without_help();
  });
  return domain;
}

TEST_P(BeyondWidthEngine, OneRestsAndNoUnitIsLeft) {
  explore_each({.interleaved = 2, .weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    scenario.make<NarrowWorkers>(scenario, *engine);
    submit_to_narrow(scenario, engine, "submitter", 3);
  });
}

// A worker has found nothing and takes the busy bit off when the submit comes; the other one looks meanwhile.
TEST_P(BeyondWidthEngine, RestsWhereABusyBitWasLeft) {
  explore_each({.interleaved = 2, .weak = 0}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    scenario.make<NarrowWorkers>(scenario, *engine);
    Domain* const domain = submit_to_narrow(scenario, engine, "submitter", 3);
    engine->pool().busy.fetch_or(domain->slot_bit(), relaxed);
  });
}

TEST_P(BeyondWidthEngine, RestsAgainstTwoSubmitters) {
  explore_each({.interleaved = 1, .weak = 0}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    scenario.make<NarrowWorkers>(scenario, *engine);
    submit_to_narrow(scenario, engine, "left", 1);
    submit_to_narrow(scenario, engine, "right", 1);
  });
}

// A domain for one worker: the other one has passed it over when that one rests.
TEST_P(BeyondWidthEngine, RestsFromADomainThatWasFull) {
  explore_each({.interleaved = 1, .weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    scenario.make<NarrowWorkers>(scenario, *engine);
    memmap_domain_options one{};
    one.max_workers = 1;
    Domain* const domain = engine->open(one);
    CountedJob* const job = engine->job(2);
    job->tell = engine->pool().env;
    scenario.spawn("submitter", [=] {
      expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
      job->wait_without_help();
    });
  });
}

EACH_MEMORY(BeyondWidthEngine);

}  // namespace
}  // namespace memmap::sched
