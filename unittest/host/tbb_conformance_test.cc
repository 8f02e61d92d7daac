// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The conformance suite over threads that oneTBB lends. The callers are tasks, too, which are suspended where they
// wait; or threads that oneTBB does not know, which block.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_group.h>

#include <thread>

#include "host/tbb_lender.h"
#include "host/two_nodes.h"
#include "support/conformance_cases.h"

namespace memmap::conformance {
namespace {

// Everybody at once: some cases have callers that look on until somebody else did something.
size_t threads_for(size_t nr_callers, uint32_t nr_workers) { return nr_callers + nr_workers + 1; }

class Lent : public Subject {
 public:
  explicit Lent(uint32_t nr_workers)
      : topology_(host::two_nodes(nr_workers)), lender_(*topology_, {-1, -1}, false, kWidth) {}
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
  static constexpr uint32_t kWidth = 2;
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

 private:
  void call(const std::vector<std::function<void()>>& callers) override {
    std::vector<std::thread> threads;
    for (const auto& caller : callers) threads.emplace_back(caller);
    for (std::thread& thread : threads) thread.join();
  }
};

template <typename Kind>
std::unique_ptr<Subject> make(uint32_t nr_workers, uint64_t seed) {
  return std::make_unique<Kind>(nr_workers, seed);
}

INSTANTIATE_TEST_SUITE_P(TbbTasks, Conformance, ::testing::ValuesIn(setups("TbbTasks", make<TasksCall>)),
                         name_of_setup);
INSTANTIATE_TEST_SUITE_P(TbbThreads, Conformance, ::testing::ValuesIn(setups("TbbThreads", make<ThreadsCall>)),
                         name_of_setup);

}  // namespace
}  // namespace memmap::conformance
