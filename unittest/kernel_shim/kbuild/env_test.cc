// SPDX-License-Identifier: GPL-2.0-only
// The kernel's environment, over tasks that are threads of this process: the conformance suite, and how workers start
// and end.
#include <chrono>
#include <optional>
#include <thread>

#include "kernel_shim/fake/machine.h"
#include "kernel_shim/fake/threads.h"
#include "support/conformance_cases.h"

extern "C" {
#include "kernel_shim/kbuild/module.h"
}

namespace memmap::conformance {
namespace {

// Two nodes, the workers dealt out in turn; the main thread is a caller.
class Kernel : public Subject {
 public:
  Kernel(uint32_t nr_workers, uint64_t) {
    const unsigned long cpus[] = {(1ul << (nr_workers + 1) / 2) - 1, ((1ul << nr_workers / 2) - 1) << 32};
    fake_cpus_set(2, cpus, ~0ul);
    memmap_workers_count(MEMMAP_TABLES_PER_NODE, false);
    EXPECT_EQ(topology()->nr_workers, nr_workers);
    memmap_caller_enter(&main_);
  }
  ~Kernel() override { memmap_caller_leave(&main_); }
  const memmap_env* env() override { return &memmap_kernel_env; }
  const memmap_topology* topology() override { return &memmap_kernel_tables.topology; }
  std::string run(memmap_pool* pool, const std::vector<std::function<void()>>& callers) override {
    if (memmap_workers_start(pool, 0) != 0) return "no workers";
    std::vector<std::thread> threads;
    for (const auto& caller : callers)
      threads.emplace_back([&caller] {
        memmap_caller own;
        memmap_caller_enter(&own);
        caller();
        memmap_caller_leave(&own);
      });
    for (std::thread& thread : threads) thread.join();
    memmap_workers_stop(pool);
    return fake_kthreads() == 0 ? "" : "a worker is left";
  }

 private:
  memmap_caller main_;
};

std::unique_ptr<Subject> make(uint32_t nr_workers, uint64_t seed) { return std::make_unique<Kernel>(nr_workers, seed); }

INSTANTIATE_TEST_SUITE_P(Kernel, Conformance, ::testing::ValuesIn(setups("Kernel", make)), name_of_setup);

class Workers : public ::testing::Test {
 protected:
  // A pool for so many workers, all on a node of four CPUs.
  struct Pool {
    explicit Pool(int nr_workers) {
      const unsigned long cpus[] = {0xF};
      fake_cpus_set(1, cpus, ~0ul);
      memmap_workers_count(nr_workers, false);
      memmap_pool_config config{};
      config.env = &memmap_kernel_env;
      config.topology = &memmap_kernel_tables.topology;
      config.nr_pages = 32'768;
      storage.emplace(memmap_pool_bytes(&config));
      EXPECT_EQ(memmap_pool_init(&pool, &config, storage->memory.get(), storage->nr_bytes), MEMMAP_OK);
    }
    ~Pool() { EXPECT_EQ(memmap_pool_fini(pool), MEMMAP_OK); }

    std::optional<Storage> storage;
    memmap_pool* pool = nullptr;
  };

  static std::vector<uint32_t> per_node(int wanted) {
    memmap_workers_count(wanted, false);
    const memmap_topology& topology = memmap_kernel_tables.topology;
    std::vector<uint32_t> counts(3);
    for (uint32_t i = 0; i < topology.nr_workers; ++i)
      ++counts[memmap_kernel_tables.nid_of_group[topology.group_of_worker[i]]];
    return counts;
  }
  using Counts = std::vector<uint32_t>;
};

TEST_F(Workers, AsManyAsAreAskedForAndAsThereAreCpus) {
  const unsigned long cpus[] = {0xFFFF, 0x10000, 0};
  fake_cpus_set(3, cpus, ~0ul);
  EXPECT_EQ(per_node(-1), (Counts{4, 1, 0})) << "a quarter, at least 2, at most one a CPU";
  EXPECT_EQ(per_node(3), (Counts{3, 1, 0}));
  EXPECT_EQ(per_node(0), (Counts{0, 0, 0}));
  fake_cpus_set(3, cpus, 0x3);
  EXPECT_EQ(per_node(3), (Counts{2, 1, 0})) << "on housekeeping CPUs; where a node has none, on its own";
}

TEST_F(Workers, WhereOneCannotBeCreatedNoneIsLeft) {
  const Pool lent(4);
  fake_kthreads_fail_after(2);
  EXPECT_NE(memmap_workers_start(lent.pool, 0), 0);
  fake_kthreads_fail_after(-1);
  EXPECT_EQ(fake_kthreads(), 0);
  EXPECT_EQ(std::string(fake_last_message()), "memmap_async: worker 3 of 4 not created: error -12\n");
}

TEST_F(Workers, AStallNamesWhoHoldsWhat) {
  const Pool lent(2);
  ASSERT_EQ(memmap_workers_start(lent.pool, 0), 0);
  const uint64_t before = memmap_stalls();
  const auto said = [](uint32_t worker, uint64_t nr_pages) {
    const memmap_stall stall = {"node 3", 1'500'000'000, worker, 4096, nr_pages, "write"};
    memmap_kernel_env.stalled(nullptr, &stall);
    const std::string message = fake_last_message();
    return message.substr(message.find(" has "));
  };
  EXPECT_EQ(said(1, 512),
            " has waited 1500 ms for node 3: pfn [4096, 4608) held by memmap/0:1 (pid 1, state R, CPU 0) in write\n");
  EXPECT_EQ(said(MEMMAP_NO_WORKER, 512), " has waited 1500 ms for node 3: pfn [4096, 4608) held by a caller\n");
  EXPECT_EQ(said(MEMMAP_NO_WORKER, 0), " has waited 1500 ms for node 3: pfn [4096, 4096) held by nobody any more\n");
  EXPECT_EQ(memmap_stalls(), before + 3);
  memmap_workers_stop(lent.pool);
}

TEST(Park, LooksAtTheWordBeforeItSleeps) {
  EXPECT_EQ(memmap_env_test(), nullptr);
  memmap_plant_no_recheck = true;
  EXPECT_EQ(std::string(memmap_env_test()), "park slept although the word had changed");
  memmap_plant_no_recheck = false;
}

TEST(Yield, ARealTimeTaskSleepsSoThatOthersGetItsCpu) {
  const auto begin = std::chrono::steady_clock::now();
  fake_task_is_real_time(true);
  for (int i = 0; i < 1000; ++i) memmap_kernel_env.yield(nullptr);
  fake_task_is_real_time(false);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(10));
}

}  // namespace
}  // namespace memmap::conformance
