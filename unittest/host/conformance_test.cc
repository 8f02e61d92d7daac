// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The conformance suite over the environments of this floor: own threads, and fibers with several schedules.
#include <thread>

#include "host/fibers.h"
#include "host/threads.h"
#include "host/two_nodes.h"
#include "support/conformance_cases.h"

namespace memmap::conformance {
namespace {

class Threads : public Subject {
 public:
  Threads(uint32_t nr_workers, uint64_t) : topology_(host::two_nodes(nr_workers)), environment_(*topology_, false) {}
  const memmap_env* env() override { return environment_.env(); }
  const memmap_topology* topology() override { return topology_->table(); }
  std::string run(memmap_pool* pool, const std::vector<std::function<void()>>& callers) override {
    host::WorkerThreads workers;
    const absl::Status started = workers.start(pool, environment_);
    if (!started.ok()) return std::string(started.message());
    std::vector<std::thread> threads;
    for (const auto& caller : callers) threads.emplace_back(caller);
    for (std::thread& thread : threads) thread.join();
    workers.stop();
    return "";
  }

 private:
  std::unique_ptr<host::EngineTopology> topology_;
  host::ThreadEnvironment environment_;
};

class Fibers : public Subject {
 public:
  Fibers(uint32_t nr_workers, uint64_t seed)
      : topology_(host::two_nodes(nr_workers)), chooser_(seed), world_(chooser_) {}
  const memmap_env* env() override { return &world_.env(); }
  const memmap_topology* topology() override { return topology_->table(); }
  std::string run(memmap_pool* pool, const std::vector<std::function<void()>>& callers) override {
    const memmap_topology& table = *topology_->table();
    host::spawn_workers(world_, pool, table.group_of_worker, table.nr_workers);
    for (size_t i = 0; i < callers.size(); ++i)
      world_.spawn("caller" + std::to_string(i), uint32_t(i) % table.nr_groups, callers[i]);
    return world_.run();
  }

 private:
  std::unique_ptr<host::EngineTopology> topology_;
  host::SeededChooser chooser_;
  host::FiberWorld world_;
};

template <typename Kind>
std::unique_ptr<Subject> make(uint32_t nr_workers, uint64_t seed) {
  return std::make_unique<Kind>(nr_workers, seed);
}

#if defined(MEMMAP_FIBER_ASAN) || defined(MEMMAP_FIBER_TSAN)
constexpr uint64_t kSchedules = 2;
#else
constexpr uint64_t kSchedules = 20;
#endif

INSTANTIATE_TEST_SUITE_P(Threads, Conformance, ::testing::ValuesIn(setups("Threads", make<Threads>)), name_of_setup);
INSTANTIATE_TEST_SUITE_P(Fibers, Conformance, ::testing::ValuesIn(setups("Fibers", make<Fibers>, kSchedules)),
                         name_of_setup);

}  // namespace
}  // namespace memmap::conformance
