// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A lender in miniature around the explored engine: each task is a fiber that is brought and ends. The callers do not
// help: they sleep until hooks have run every unit, so that a want that is lost is a deadlock. Two tasks of one worker
// at a time are a race on what it has, and so is one that is not over when a stop has returned.
#include "host/lent_worker.h"

#include <string>

#include "sched/small_engine.h"

namespace memmap::sched {
namespace {

using explore::expect;
using explore::plain_write;
using explore::Scenario;

class LentWorkers {
 public:
  // Instead of the environment of a scenario whose engine has no workers yet.
  LentWorkers(Scenario& scenario, SmallEngine& engine, uint32_t nr_workers)
      : scenario_(scenario), engine_(engine), nr_workers_(nr_workers), env_(*scenario.env()), world_(env_) {
    env_.context = this;
    env_.park = [](void* own, uint32_t* word, uint32_t value, uint64_t ns) {
      const memmap_env& world = of(own).world_;
      world.park(world.context, word, value, ns);
    };
    env_.unpark = env_.wake_later = [](void* own, uint32_t* word) { of(own).unpark(word); };
    env_.clock_ns = [](void* own) { return of(own).world_.clock_ns(of(own).world_.context); };
    env_.relax = env_.yield = [](void* own) { of(own).world_.yield(of(own).world_.context); };
    env_.self = [](void* own) { return of(own).world_.self(of(own).world_.context); };
    engine.lend_workers(env_, nr_workers);
    for (uint32_t worker = 0; worker < nr_workers; ++worker) bring_task(worker, false);
  }

  // In a fiber. What workers have is the stopper's then.
  void stop() {
    engine_.stop();
    while (tasks_.any()) env_.yield(this);
    for (uint64_t& had : had_) plain_write(&had, "what a worker has");
  }

 private:
  static LentWorkers& of(void* own) { return *static_cast<LentWorkers*>(own); }

  void unpark(uint32_t* word) {
    for (uint32_t worker = 0; worker < nr_workers_; ++worker) {
      if (engine_.pool().workers[worker].event.address() != word) continue;
      if (lent_[worker].want() && engine_.pool().stopping.load(relaxed) == 0) bring_task(worker, true);
      return;
    }
    world_.unpark(world_.context, word);
  }

  void bring_task(uint32_t worker, bool returns) {
    tasks_.bring();
    scenario_.spawn("task of worker" + std::to_string(worker), [=, this] {
      run(worker, returns);
      tasks_.over();
    });
  }

  void run(uint32_t worker, bool returns) {
    Pool& pool = engine_.pool();
    for (;;) {
      if (returns) {
        lent_[worker].begin();
        worker_return(pool, worker);
      }
      plain_write(&had_[worker], "what a worker has");
      while (worker_step(pool, worker)) {
      }
      plain_write(&had_[worker], "what a worker has");
      if (pool.stopping.load(relaxed) != 0) return;
      uint32_t seen;
      returns = worker_rest(pool, worker, &seen);
      if (returns && lent_[worker].rest()) return;
    }
  }

  Scenario& scenario_;
  SmallEngine& engine_;
  const uint32_t nr_workers_;
  memmap_env env_;
  const memmap_env world_;
  host::LentWorker lent_[2];
  host::LentTasks tasks_;
  uint64_t had_[2] = {};
};

class LentWorkerEngine : public explore::EachMemory {};

void submit_and_sleep(Scenario& scenario, SmallEngine* engine, const char* name, uint32_t units) {
  Domain* const domain = engine->open();
  CountedJob* const job = engine->job(units);
  job->tell = engine->pool().env;
  scenario.spawn(name, [=] {
    expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
    job->wait_without_help();
  });
}

TEST_P(LentWorkerEngine, RestsAgainstASubmit) {
  explore_each({}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    scenario.make<LentWorkers>(scenario, *engine, 1u);
    submit_and_sleep(scenario, engine, "submitter", 1);
  });
}

TEST_P(LentWorkerEngine, RestsAgainstTwoSubmitters) {
  explore_each({.interleaved = 1, .weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    scenario.make<LentWorkers>(scenario, *engine, 1u);
    submit_and_sleep(scenario, engine, "left", 1);
    submit_and_sleep(scenario, engine, "right", 1);
  });
}

TEST_P(LentWorkerEngine, TwoWorkersWakeEachOther) {
  explore_each({.interleaved = 1, .weak = 1}, [](Scenario& scenario) {
    auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
    scenario.make<LentWorkers>(scenario, *engine, 2u);
    submit_and_sleep(scenario, engine, "submitter", 2);
  });
}

void submit_sleep_and_stop(Scenario& scenario, uint32_t nr_workers) {
  auto* const engine = scenario.make<SmallEngine>(scenario, 0u);
  auto* const lender = scenario.make<LentWorkers>(scenario, *engine, nr_workers);
  Domain* const domain = engine->open();
  CountedJob* const job = engine->job(nr_workers);
  job->tell = engine->pool().env;
  scenario.spawn("stopper", [=] {
    expect(engine->submit(*domain, *job) == MEMMAP_OK, "accepted");
    job->wait_without_help();
    lender->stop();
  });
}

TEST_P(LentWorkerEngine, AStopWaitsForATask) {
  explore_each({}, [](Scenario& scenario) { submit_sleep_and_stop(scenario, 1); });
}

// A task that ends brings the other worker's.
TEST_P(LentWorkerEngine, AStopWaitsForTwoTasks) {
  explore_each({.interleaved = 1, .weak = 1}, [](Scenario& scenario) { submit_sleep_and_stop(scenario, 2); });
}

EACH_MEMORY(LentWorkerEngine);

}  // namespace
}  // namespace memmap::sched
