// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What it costs to share out: a claim, all of a grain but its units, and claims by everybody at once.
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_group.h>

#include <array>
#include <chrono>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "device_jobs.h"
#include "foreign_units.h"
#include "host/record_cost.h"
#include "memmap/writer.h"
#include "openmp.h"
#include "rounds.h"
#include "sched/job.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::Engine;
using simulator::kSubsectionPages;
using simulator::now_ns;

constexpr uint64_t kUnitsAGrain = host::kGrainPages / kSubsectionPages;
constexpr uint64_t kUnits = 16384;
constexpr uint64_t kPages = kUnits * kSubsectionPages;

// Nanoseconds a grain, with a write hook that does nothing.
double grain_ns(const Rig& rig, Engine& engine, uint64_t units_a_grain) {
  DeviceRequest request = units(0, kUnits, rig.machine.nid(0), nullptr);
  return bind_ns(engine, request, rig.violations) * double(units_a_grain) / double(kUnits);
}

// A claim alone: the claim word, and at times the cursor, of a stripe that nobody else works on.
double claims_ns() {
  std::vector<Atomic<uint64_t>> words(kUnits / kWordBits);
  sched::Stripe stripe;
  stripe.end = kUnits;
  stripe.whole_words = true;
  sched::Job job;
  job.claim = words.data();
  sched::Grain grain = {&job, &stripe};
  const uint64_t began = now_ns();
  while ((grain = sched::take(grain, kUnitsAGrain)).bits != 0) {
  }
  return double(now_ns() - began) * double(kUnitsAGrain) / double(kUnits);
}

// What a grain cannot be without, each in a cache line of its own: to claim; a fence; to say that pages are ready, that
// units are done, and how many are left. The cursor moves once in four.
double bare_accesses_ns() {
  struct alignas(64) Line {
    Atomic<uint64_t> word;
  };
  static std::array<Line, 4> lines;
  constexpr int kTimes = 2048;
  const uint64_t began = now_ns();
  for (int n = 0; n < kTimes; ++n) {
    lines[0].word.fetch_add(1, relaxed);
    pages::writer_fence();
    for (const size_t i : {1u, 2u, 3u}) lines[i].word.fetch_add(1, relaxed);
  }
  return double(now_ns() - began) / kTimes;
}

// Grains of one unit and of several differ by the units between; what is left belongs to the grain: claim, fence,
// hand-over, retire.
void claim_cost(Bench& bench) {
  if (!bench.wants("claim_ns") && !bench.wants("grain_ns")) return;
  const Rig& rig = bench.rig;
  auto by_one = Engine::make(rig.machine, 0, kPages, {.grain_pages = uint32_t(kSubsectionPages)});
  auto by_grain = Engine::make(rig.machine, 0, kPages, {.grain_pages = host::kGrainPages});
  if (!by_one.ok() || !by_grain.ok()) return;
  Samples claims, grains, bare;
  for (uint32_t n = 0; n < 10 * rig.nr_pairs; ++n) {
    claims.push_back(claims_ns());
    bare.push_back(bare_accesses_ns());
    const double one = grain_ns(rig, **by_one, 1);
    const double whole_ns = grain_ns(rig, **by_grain, kUnitsAGrain);
    grains.push_back((double(kUnitsAGrain) * one - whole_ns) / double(kUnitsAGrain - 1));
  }
  bench.add(time_of("claim_ns", "claim of a grain", claims, "ns", 50));
  Figure whole = time_of("grain_ns", "claim, hand-over and retire of a grain, without its units", grains, "ns", 0);
  whole.bound = simulator::median(bare);
  bench.add(whole);
}

// When the worker was at a request's first unit and at its last, and how many grains it had claimed by then.
struct Marks {
  const Engine* engine = nullptr;
  uint64_t first_ns = 0, last_ns = 0, first_grains = 0, last_grains = 0;

  static int mark(void* marks, uint64_t pfn, uint64_t) {
    Marks& own = *static_cast<Marks*>(marks);
    if (pfn == 0) own.first_ns = now_ns(), own.first_grains = own.engine->counts().grains;
    if (pfn == kPages - kSubsectionPages) own.last_ns = now_ns(), own.last_grains = own.engine->counts().grains;
    return 0;
  }
  double grain_ns() const { return double(last_ns - first_ns) / double(last_grains - first_grains); }
};

// A worker's grain of nothing, while other domains have work as well: once in eight it looks at each of them.
double worker_grain_ns(const Rig& rig, uint32_t nr_others) {
  constexpr uint64_t kOthersUnits = 2 * kUnits;  // who has less to do is chosen, but when it is the oldest's turn
  auto made = Engine::make(rig.machine, 1, kPages + nr_others * kOthersUnits * kSubsectionPages,
                           {.grain_pages = uint32_t(kSubsectionPages), .record_ps = 1'000'000});
  if (!made.ok()) return 0;
  Engine& engine = **made;
  Marks marks{&engine};
  std::deque<DeviceRequest> requests;
  std::deque<Domain> domains;
  for (uint32_t n = 0; n <= nr_others; ++n) {
    const uint64_t begin = n == 0 ? 0 : kPages + (n - 1) * kOthersUnits * kSubsectionPages;
    requests.push_back(units(begin, n == 0 ? kUnits : kOthersUnits, rig.machine.nid(0), nullptr));
    memmap_request request = requests.back().renewed();
    request.hooks.write = Marks::mark;
    request.hooks.context = &marks;
    domains.emplace_back(engine.pool(), "units");
    const int status = domains.back().submit(request);
    rig.violations.found(&simulator::Violations::calls, status != MEMMAP_OK, "a submit before the worker starts");
    if (status != MEMMAP_OK) return 0;
  }
  if (!engine.start_workers().ok()) return 0;
  while (!memmap_ready(engine.pool(), kPages - 1)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (Domain& domain : domains) (void)domain.cancel();
  return marks.grain_ns();
}

void claims_beside_others(Bench& bench) {
  Comparison comparison{.title = "a worker's grain of nothing, beside 60 domains with work", .contestants = {}};
  comparison.contestants = {
      {"beside 60", "", 0, once([&bench] { return worker_grain_ns(bench.rig, 60); })},
      {"alone", "grain_beside_60_busy_vs_alone", 0, once([&bench] { return worker_grain_ns(bench.rig, 0); })}};
  compare(bench, std::move(comparison), bench.rig.nr_pairs);
}

double tbb_claims_ns() {
  const uint64_t began = now_ns();
  oneapi::tbb::parallel_for(
      oneapi::tbb::blocked_range<uint64_t>(0, kUnits, 1), [](const auto&) {}, oneapi::tbb::simple_partitioner());
  return double(now_ns() - began);
}

double openmp_claims_ns(unsigned nr_threads) {
  auto nothing = [](long, long) {};
  const uint64_t began = now_ns();
  on_team_dynamically(nr_threads, long(kUnits), 1, nothing);
  return double(now_ns() - began);
}

// 16,384 things of nothing, taken one at a time on all CPUs: what sharing out costs when everybody comes at once.
void claims_by_all(Bench& bench) {
  const Rig& rig = bench.rig;
  auto engine = Engine::make(rig.machine, rig.engine.nr_workers(), kPages, {.grain_pages = uint32_t(kSubsectionPages)});
  if (!engine.ok() || !(*engine)->start_workers().ok()) return;
  const unsigned nr_threads = unsigned(rig.machine.cpus.size());
  const auto ours = [&rig, &engine] { return grain_ns(rig, **engine, 1) * double(kUnits); };
  Comparison comparison{.title = "16,384 empty units, claimed one by one on all CPUs", .contestants = {}};
  comparison.contestants = {
      {"this engine", "", 0, once(ours)},
      {"oneTBB, simple_partitioner", "claims_vs_tbb", 0, once(tbb_claims_ns)},
      {"OpenMP (libgomp), dynamic, chunk 1", "claims_vs_openmp_dynamic", 0,
       once([nr_threads] { return openmp_claims_ns(nr_threads); })},
  };
  compare(bench, std::move(comparison), 3 * rig.nr_pairs);
}

constexpr size_t kManyTasks = 10'000;
constexpr size_t kFewTasks = 100;

// Nanoseconds a task of nothing, from the first submit until all are waited for; its domain has them all at once.
double task_ns(const Rig& rig, Engine& engine, Tasks& tasks, size_t nr_tasks) {
  Domain domain(engine.pool(), "tasks");
  const uint64_t began = now_ns();
  int status = tasks.submit(domain);
  if (status == MEMMAP_OK) status = domain.flush();
  const uint64_t took = now_ns() - began;
  rig.violations.found(&simulator::Violations::calls, status != MEMMAP_OK, "tasks of nothing");
  return double(took) / double(nr_tasks);
}

double tbb_task_ns(size_t nr_tasks) {
  oneapi::tbb::task_group group;
  const uint64_t began = now_ns();
  for (size_t n = 0; n < nr_tasks; ++n) group.run([] {});
  group.wait();
  return double(now_ns() - began) / double(nr_tasks);
}

// What a task costs must not depend on how many there are.
void tasks_by_all(Bench& bench) {
  const Rig& rig = bench.rig;
  Tasks many(kManyTasks, rig.machine.nid(0), nullptr);
  Tasks few(kFewTasks, rig.machine.nid(0), nullptr);
  const auto of_few = [&] { return task_ns(rig, rig.engine, few, kFewTasks); };
  Comparison comparison{.title = "a task of nothing, of 10,000 in one domain", .contestants = {}};
  comparison.contestants = {
      {"this engine", "", 0, once([&] { return task_ns(rig, rig.engine, many, kManyTasks); })},
      {"of 100", "task_1e4_vs_1e2", 2.0, once(of_few)},
      {"oneTBB, task_group", "task_1e4_vs_tbb", 0, once([] { return tbb_task_ns(kManyTasks); })},
  };
  compare(bench, std::move(comparison), 3 * rig.nr_pairs);
}

}  // namespace

void claim_figures(Bench& bench) {
  for (const auto measure : {claim_cost, claims_beside_others, claims_by_all, tasks_by_all}) measure(bench);
}

}  // namespace memmap::bench
