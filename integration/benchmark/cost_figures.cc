// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the engine itself costs: beside the stores of a fill, for a claim, for a flush of nothing, for a submit.
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <memory>

#include "device_jobs.h"
#include "foreign_units.h"
#include "init_2018.h"
#include "openmp.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::Engine;
using simulator::kSubsectionPages;
using simulator::now_ns;

constexpr uint64_t kUnitsAGrain = simulator::kGrainPages / kSubsectionPages;
constexpr uint64_t kUnits = 16384;
constexpr uint64_t kPages = kUnits * kSubsectionPages;

// What cannot be spared: whoever makes pages usable before the fill is over must fence before he does.
uint64_t fenced_fill_ns(const Target& target) {
  const uint64_t began = now_ns();
  for (uint64_t first = 0; first < target.memmap.nr_pages; first += simulator::kGrainPages)
    target.write(first, std::min(first + simulator::kGrainPages, target.memmap.nr_pages));
  return now_ns() - began;
}

void engine_cost(Bench& bench) {
  const Rig& rig = bench.rig;
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  const Target target = target_of(span);
  DeviceRequest request(span, without_hooks);
  compare(
      bench,
      {.title = "fill through the engine, one thread",
       .contestants = {{"this engine, no workers", "", 0,
                        once([&] { return bind_ns(rig.inline_engine, request, rig.violations); })},
                       {"the writer in a loop", "engine_cost_vs_writer", 1.01, once([&] {
                          const uint64_t began = now_ns();
                          target.write(0, target.memmap.nr_pages);
                          return now_ns() - began;
                        })},
                       {"the same with a fence a grain", "", 0, once([&] { return fenced_fill_ns(target); }), true}}},
      rig.nr_pairs);
}

// Nanoseconds a grain, with a write hook that does nothing.
double grain_ns(const Rig& rig, Engine& engine, uint64_t units_a_grain) {
  DeviceRequest request = units(0, kUnits, rig.machine.nid(0), nullptr);
  return bind_ns(engine, request, rig.violations) * double(units_a_grain) / double(kUnits);
}

// Grains of one unit and of eight differ by seven units; what is left belongs to the grain: claim, fence, retire.
void claim_cost(Bench& bench) {
  if (!bench.wants("claim_ns")) return;
  const Rig& rig = bench.rig;
  auto by_one = Engine::make(rig.machine, 0, kPages, {.grain_pages = uint32_t(kSubsectionPages)});
  auto by_eight = Engine::make(rig.machine, 0, kPages, {.grain_pages = uint32_t(simulator::kGrainPages)});
  if (!by_one.ok() || !by_eight.ok()) return;
  Samples ns;
  for (uint32_t n = 0; n < 10 * rig.nr_pairs; ++n) {
    const double one = grain_ns(rig, **by_one, 1);
    const double eight = grain_ns(rig, **by_eight, kUnitsAGrain);
    ns.push_back((double(kUnitsAGrain) * one - eight) / double(kUnitsAGrain - 1));
  }
  bench.add(time_of("claim_ns", "claim and retire of a grain, without its units", ns, "ns", 50));
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

// Of one of many, so that the clock does not count.
template <typename Function>
double one_of_many_ns(Function function) {
  constexpr int kTimes = 1000;
  const uint64_t began = now_ns();
  for (int n = 0; n < kTimes; ++n) function();
  return double(now_ns() - began) / kTimes;
}

void empty_flush(Bench& bench) {
  const Rig& rig = bench.rig;
  Domain domain(rig.engine.pool(), "nothing");
  oneapi::tbb::isolated_task_group isolated;
  oneapi::tbb::task_group group;
  const auto ours = [&] { return one_of_many_ns([&] { (void)domain.flush(); }); };
  if (bench.wants("empty_flush_ns")) {
    Samples ns;
    for (uint32_t n = 0; n < 10 * rig.nr_pairs; ++n) ns.push_back(ours());
    bench.add(time_of("empty_flush_ns", "flush of a domain without requests", ns, "ns", 200));
  }
  Comparison comparison{.title = "wait for a group of nothing", .contestants = {}};
  comparison.contestants = {
      {"this engine", "", 0, once(ours)},
      {"oneTBB, task_group", "empty_flush_vs_tbb", 0, once([&] { return one_of_many_ns([&] { group.wait(); }); })},
      {"oneTBB, isolated_task_group", "empty_flush_vs_tbb_isolated", 0,
       once([&] { return one_of_many_ns([&] { isolated.wait(); }); })},
  };
  compare(bench, std::move(comparison), 10 * rig.nr_pairs);
}

// How long the caller is kept who wants a device initialised in the background; all threads are asleep before.
void submits(Bench& bench) {
  const Rig& rig = bench.rig;
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), uint64_t{64} << 30 >> 12);
  const Target target = target_of(span);
  AsyncDomain async(kParts2018);
  DeviceRequest request(span, without_hooks);
  Comparison comparison{.title = "the caller of a 64 GiB event goes on", .contestants = {}};
  const auto ours = [&] {
    const memmap_request& plain = request.renewed();
    std::this_thread::sleep_for(kPause);
    Domain domain(rig.engine.pool(), "submitted");
    const uint64_t began = now_ns();
    const int status = domain.submit(plain);
    const uint64_t took = now_ns() - began;
    rig.violations.found(&simulator::Violations::calls, status != MEMMAP_OK || domain.cancel() != MEMMAP_OK, "submit");
    return took;
  };
  const auto theirs = [&] {
    std::this_thread::sleep_for(kPause);
    const uint64_t began = now_ns();
    Init2018 init(async, target);
    return now_ns() - began;  // the destructor abandons it
  };
  comparison.contestants = {{"this engine", "", 0, once(ours)},
                            {"8 works in an async domain (2018)", "submit_vs_2018", 1.0, once(theirs)}};
  compare(bench, std::move(comparison), 3 * rig.nr_pairs);
}

}  // namespace

void cost_figures(Bench& bench) {
  for (const auto measure : {engine_cost, claim_cost, claims_by_all, empty_flush, submits}) measure(bench);
}

}  // namespace memmap::bench
