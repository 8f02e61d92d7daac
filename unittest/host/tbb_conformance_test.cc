// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The conformance suite over threads that oneTBB lends. The callers are tasks, too, which are suspended where they
// wait; or threads that oneTBB does not know, which block; or these while CPUs go and come and all is recorded.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_group.h>

#include <atomic>
#include <thread>
#include <utility>

#include "host/splitmix.h"
#include "host/tbb_lender.h"
#include "host/two_nodes.h"
#include "support/conformance_cases.h"

namespace memmap::conformance {
namespace {

// Everybody at once: some cases have callers that look on until somebody else did something.
size_t threads_for(size_t nr_callers, uint32_t nr_workers) { return nr_callers + nr_workers + 1; }

class Lent : public Subject {
 public:
  explicit Lent(uint32_t nr_workers, const host::TbbLenderOptions& options = {.width = 2})
      : topology_(host::two_nodes(nr_workers)), lender_(*topology_, {-1, -1}, options) {}
  const memmap_env* env() override { return lender_.env(); }
  const memmap_topology* topology() override { return lender_.table(); }
  std::string run(memmap_pool* pool, const std::vector<std::function<void()>>& callers) override {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    threads_for(callers.size(), topology_->nr_workers()));
    lender_.start(pool);
    call(callers);
    lender_.stop();
    return "";
  }

 protected:
  virtual void call(const std::vector<std::function<void()>>& callers) = 0;

 private:
  std::unique_ptr<host::EngineTopology> topology_;
  host::TbbLender lender_;
};

class TasksCall : public Lent {
 public:
  TasksCall(uint32_t nr_workers, uint64_t) : Lent(nr_workers) {}

 private:
  void call(const std::vector<std::function<void()>>& callers) override {
    tbb::task_arena arena(int(callers.size()) + 1);
    arena.execute([&] {
      tbb::task_group tasks;
      for (const auto& caller : callers) tasks.run(caller);
      tasks.wait();
    });
  }
};

class ThreadsCall : public Lent {
 public:
  ThreadsCall(uint32_t nr_workers, uint64_t) : Lent(nr_workers) {}

 protected:
  using Lent::Lent;

 private:
  void call(const std::vector<std::function<void()>>& callers) override {
    std::vector<std::thread> threads;
    for (const auto& caller : callers) threads.emplace_back(caller);
    for (std::thread& thread : threads) thread.join();
  }
};

// Each look finds other CPUs.
host::WatchSources coming_and_going(uint64_t seed) {
  host::WatchSources sources;
  sources.interval_ns = 0;
  const auto looks = std::make_shared<std::atomic<uint64_t>>(seed);
  sources.mask = [looks] {
    std::vector<uint32_t> cpus;
    const uint64_t mask = host::Splitmix((*looks)++).next();
    for (uint32_t cpu = 0; cpu < 4; ++cpu)
      if (mask >> cpu & 1) cpus.push_back(cpu);
    return cpus;
  };
  sources.online = [looks](uint32_t) { return *looks % 3 != 0; };
  sources.pin = [](uint32_t) { return false; };
  sources.allowance = [looks](uint32_t nr) { return uint32_t(*looks % 8 == 0 ? 1 : nr); };
  return sources;
}

class RecordedThreadsCall : public ThreadsCall {
 public:
  RecordedThreadsCall(uint32_t nr_workers, uint64_t seed)
      : RecordedThreadsCall(nr_workers, seed, make_trace(nr_workers)) {}

 private:
  RecordedThreadsCall(uint32_t nr_workers, uint64_t seed, std::unique_ptr<host::Trace> trace)
      : ThreadsCall(nr_workers, {.located = true, .trace = trace.get(), .sources = coming_and_going(seed)}),
        trace_(std::move(trace)) {}
  static std::unique_ptr<host::Trace> make_trace(uint32_t nr_workers) {
    return *host::Trace::create(std::vector<host::Trace::Place>(nr_workers), {0, 1}, 1 << 12);
  }
  const std::unique_ptr<host::Trace> trace_;
};

template <typename Kind>
std::unique_ptr<Subject> make(uint32_t nr_workers, uint64_t seed) {
  return std::make_unique<Kind>(nr_workers, seed);
}

INSTANTIATE_TEST_SUITE_P(TbbTasks, Conformance, ::testing::ValuesIn(setups("TbbTasks", make<TasksCall>)),
                         name_of_setup);
INSTANTIATE_TEST_SUITE_P(TbbThreads, Conformance, ::testing::ValuesIn(setups("TbbThreads", make<ThreadsCall>)),
                         name_of_setup);
INSTANTIATE_TEST_SUITE_P(TbbComingAndGoing, Conformance,
                         ::testing::ValuesIn(setups("TbbComingAndGoing", make<RecordedThreadsCall>)), name_of_setup);

}  // namespace
}  // namespace memmap::conformance
