// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The flush test: group B has 60 tasks of 2 ms queued, group A 8 of 50 us; how long does it take from A's first task
// being queued until the wait for A is over? 210 us if both CPUs help at once, 410 us if only the waiter does, 2 ms or
// more where it gets stuck in a task of B's.
#include <oneapi/tbb/task_group.h>
#include <algorithm>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "foreign_units.h"
#include "openmp.h"
#include "rounds.h"
#include "simulator/stage/engine.h"

namespace memmap::bench {
namespace {

using simulator::Engine;
using simulator::kSectionPages;
using simulator::now_ns;
using simulator::Violations;

constexpr int kTasksB = 60;
constexpr int kTasksA = 8;
constexpr uint64_t kTaskBNs = 2'000'000;
constexpr uint64_t kTaskANs = 50'000;
constexpr std::chrono::milliseconds kSpinning(12);  // of libgomp's threads, after a region

enum class Order { a_after_b, a_before_b };

// Those of B's that have not begun when A is done do nothing: only A is measured.
struct Jobs {
  std::atomic<bool> given_up{false};
  Spin a{kTaskANs};
  Spin b{kTaskBNs, &given_up};
};

double ours_ns(const Rig& rig, Engine& engine, Order order, bool one_domain) {
  Jobs jobs;
  const uint32_t nid = rig.machine.nid(0);
  Tasks tasks_a(kTasksA, nid, &jobs.a);
  Tasks tasks_b(kTasksB, nid, &jobs.b);
  Domain domain_a(engine.pool(), "A");
  Domain domain_b(engine.pool(), "B");
  Domain& a = domain_a;
  Domain& b = one_domain ? domain_a : domain_b;
  std::this_thread::sleep_for(kPause);
  uint64_t began = now_ns();
  int status = order == Order::a_before_b ? tasks_a.submit(a) : tasks_b.submit(b);
  if (order == Order::a_after_b) began = now_ns();
  if (status == MEMMAP_OK) status = order == Order::a_before_b ? tasks_b.submit(b) : tasks_a.submit(a);
  if (status == MEMMAP_OK) status = a.flush();
  const uint64_t took = now_ns() - began;
  jobs.given_up.store(true);
  rig.violations.found(&Violations::calls, status != MEMMAP_OK || b.flush() != MEMMAP_OK, "flush test");
  return double(took);
}

template <typename Group>
double tbb_ns(Order order) {
  Jobs jobs;
  Group a;
  Group b;
  const auto queue = [](Group& group, const Spin& task, int nr) {
    for (int n = 0; n < nr; ++n) group.run(task);
  };
  std::this_thread::sleep_for(kPause);
  uint64_t began = now_ns();
  if (order == Order::a_before_b) queue(a, jobs.a, kTasksA);
  queue(b, jobs.b, kTasksB);
  if (order == Order::a_after_b) began = now_ns();
  if (order == Order::a_after_b) queue(a, jobs.a, kTasksA);
  a.wait();
  const uint64_t took = now_ns() - began;
  jobs.given_up.store(true);
  b.wait();
  return double(took);
}

void queue_openmp(const Spin& task, int nr) {
  const auto run = [](void* argument) { (**static_cast<const Spin**>(argument))(); };
  const Spin* pointer = &task;
  for (int n = 0; n < nr; ++n) {
    GOMP_task(run, &pointer, nullptr, sizeof(pointer), alignof(const Spin*), true, 0, nullptr, 0, nullptr);
  }
}

// A task group is a block in OpenMP: one thread can queue B before A, but what comes after A and is not waited for with
// A another thread must queue.
class OpenmpTeam {
 public:
  explicit OpenmpTeam(Order order) : order_(order) {}

  void operator()(int thread, int) {
    if (thread == 1 && order_ == Order::a_before_b) {
      await(a_queued_);
      queue_openmp(jobs_.b, kTasksB);
      b_queued_.store(true);
    }
    if (thread == 0) wait_for_a();
  }
  double took_ns() const { return double(took_ns_); }

 private:
  static void await(const std::atomic<bool>& flag) {
    while (!flag.load()) std::this_thread::yield();
  }
  void wait_for_a() {
    if (order_ == Order::a_after_b) queue_openmp(jobs_.b, kTasksB);
    const uint64_t began = now_ns();
    GOMP_taskgroup_start();
    queue_openmp(jobs_.a, kTasksA);
    a_queued_.store(true);
    if (order_ == Order::a_before_b) await(b_queued_);
    GOMP_taskgroup_end();
    took_ns_ = now_ns() - began;
    jobs_.given_up.store(true);
  }

  const Order order_;
  Jobs jobs_;
  std::atomic<bool> a_queued_{false};
  std::atomic<bool> b_queued_{false};
  uint64_t took_ns_ = 0;
};

double openmp_ns(Order order, unsigned nr_threads) {
  OpenmpTeam team(order);
  std::this_thread::sleep_for(kPause);
  on_team(nr_threads, team);
  std::this_thread::sleep_for(kSpinning);
  return team.took_ns();
}

absl::StatusOr<std::unique_ptr<Engine>> engine_for_tasks(const Rig& rig, uint32_t nr_workers) {
  auto engine = Engine::make(rig.machine, nr_workers, kSectionPages);
  if (!engine.ok()) return engine;
  if (absl::Status status = (*engine)->start_workers(); !status.ok()) return status;
  return engine;
}

}  // namespace

void group_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  const uint32_t nr_threads = std::max(2u, uint32_t(rig.machine.cpus.size()));
  auto equal = engine_for_tasks(rig, nr_threads - 1);  // and the one who waits, as the others have it
  auto usual = engine_for_tasks(rig, rig.engine.nr_workers());
  if (!equal.ok() || !usual.ok()) return;
  for (const Order order : {Order::a_after_b, Order::a_before_b}) {
    const bool after = order == Order::a_after_b;
    const std::string vs = after ? "group_after_vs_" : "group_before_vs_";
    Comparison comparison{.title = after ? "wait for A, queued after B" : "wait for A, queued before B",
                          .contestants = {}};
    comparison.contestants = {
        {"this engine", "", 0, once([&, order] { return ours_ns(rig, **equal, order, false); })},
        {"this engine, a worker more", vs + "worker_more", 0,
         once([&, order] { return ours_ns(rig, **usual, order, false); })},
        {"this engine, one shared domain", vs + "shared_domain", 0.05,
         once([&, order] { return ours_ns(rig, **equal, order, true); })},
        {"oneTBB, task_group", vs + "tbb_group", after ? 1.1 : 0.5,
         once([order] { return tbb_ns<oneapi::tbb::task_group>(order); })},
        {"oneTBB, isolated_task_group", vs + "tbb_isolated", 1.1,
         once([order] { return tbb_ns<oneapi::tbb::isolated_task_group>(order); })},
        {"OpenMP (libgomp), taskgroup", vs + "openmp", 1.1,
         once([order, nr_threads] { return openmp_ns(order, nr_threads); })},
    };
    compare(bench, std::move(comparison), rig.nr_pairs);
  }
}

}  // namespace memmap::bench
