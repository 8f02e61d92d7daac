// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Warm bulk fills: against every rival, with a neighbour on one CPU, with four threads a CPU.
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "device_jobs.h"
#include "host/record_cost.h"
#include "simulator/figures/pinned.h"
#include "simulator/figures/stores.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::Engine;
using simulator::Violations;

struct WarmOpponent {
  const char* key;
  const char* rival;
  double target;
};

constexpr WarmOpponent kWarm[] = {
    {"fill_vs_tbb_auto", "tbb_auto", 0.97},
    {"fill_vs_tbb_static", "tbb_static", 0.97},
    {"fill_vs_tbb_arenas", "tbb_arenas", 0.97},
    {"fill_vs_tbb_isolated", "tbb_isolated", 0.97},
    {"fill_vs_tbb_pinned", "tbb_pinned", 0.97},
    {"fill_vs_openmp_static", "openmp_static", 0.97},
    {"fill_vs_openmp_dynamic", "openmp_dynamic", 0.97},
    {"fill_vs_openmp_pinned", "openmp_pinned", 0.97},
    {"fill_vs_padata", "padata", 0.97},
    {"fill_vs_2018", "2018", 0.97},
    {"fill_vs_2018_equal_threads", "2018_equal_threads", 0.97},
    {"fill_vs_thread_per_node", "thread_per_node", 0.97},
    {"fill_vs_template_nt", "template_nt", 0.97},
    {"fill_vs_kernel_loop", "kernel_loop", 0.97},
};

constexpr WarmOpponent kNeighbour[] = {
    {"neighbour_vs_static", "", 0.65},
    {"neighbour_vs_tbb", "tbb_auto", 1.05},
    {"neighbour_vs_openmp_static", "openmp_static", 0.65},
    {"neighbour_vs_openmp_dynamic", "openmp_dynamic", 1.05},
    {"neighbour_vs_padata", "padata", 1.05},
    {"neighbour_vs_2018", "2018_equal_threads", 1.05},
};

// Every rival once on poisoned records: who writes less or something else would only seem to be fast.
void check_content(const Rig& rig, const Target& target, const Rival& rival) {
  const std::span<std::byte> bytes = simulator::bytes_of(target.memmap);
  std::memset(bytes.data(), simulator::kPoisonByte, bytes.size());
  rival.fill(target);
  rival.leave();
  rig.violations.found(&Violations::wrong, target.nr_wrong(), absl::StrCat("records of rival ", rival.name));
}

std::vector<Contestant> against(const Rig& rig, const Target& target, std::span<const WarmOpponent> opponents,
                                const std::vector<Rival>& rivals) {
  std::vector<Contestant> contestants;
  for (const WarmOpponent& opponent : opponents) {
    if (opponent.rival[0] == '\0') {
      contestants.push_back({"equal parts, pinned threads", opponent.key, opponent.target, once([&rig, target] {
                               std::this_thread::sleep_for(kPause);
                               return static_parts_ns(target, rig.machine.cpus);
                             })});
      continue;
    }
    const Rival rival = rival_named(opponent.rival, rivals);
    contestants.push_back(
        {rival.who, opponent.key, opponent.target, once([rival, target] { return paused_fill_ns(rival, target); })});
  }
  return contestants;
}

// With somebody on the first of these CPUs, who takes half of it: each other CPU gets two parts, that one gets one.
Contestant limit_beside_neighbour(const simulator::Memmap& memmap, const std::vector<uint32_t>& cpus) {
  const std::span<std::byte> memory = bytes_of(memmap);
  const simulator::StoreKind kind = simulator::measure_best_limit(memory, cpus, 3).kind;
  std::vector<uint32_t> parts = cpus;
  parts.insert(parts.end(), cpus.begin() + 1, cpus.end());
  return {.who = absl::StrCat("store limit: ", kind.name, ", half as much on the neighbour's CPU"),
          .key = "",
          .target = 0,
          .job = once([kind, memory, parts] { return store_ns(kind, memory, parts); }),
          .is_limit = true};
}

// Computes on one CPU while it exists.
class Neighbour {
 public:
  explicit Neighbour(uint32_t cpu)
      : thread_([this, cpu] {
          const PinnedHere pinned(cpu);
          while (!stopping_.load(std::memory_order_relaxed)) {
          }
        }) {}
  ~Neighbour() {
    stopping_.store(true, std::memory_order_relaxed);
    thread_.join();
  }

 private:
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace

Contestant store_limit(const simulator::Memmap& memmap, const std::vector<uint32_t>& cpus) {
  const std::span<std::byte> memory = bytes_of(memmap);
  const simulator::StoreLimit limit = simulator::measure_best_limit(memory, cpus, 3);
  return {.who = absl::StrCat("store limit: ", limit.kind.name),
          .key = "",
          .target = 0,
          .job = once([limit, memory] { return store_ns(limit.kind, memory, limit.cpus); }),
          .is_limit = true};
}

void warm_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  const Target target = target_of(span);
  DeviceRequest request(span, without_hooks);
  DeviceRequest narrow(span, [](memmap_request& asked) { asked.hooks = {}; });
  auto unpinned = Engine::make(rig.machine, rig.engine.nr_workers(), rig.stage.end_pfn(), {.pinned = false});
  if (!unpinned.ok() || !(*unpinned)->start_workers().ok()) return;
  const std::vector<Rival> rivals = all_rivals(rig);
  Comparison comparison{
      .title = "warm fill, the same writer",
      .contestants = {{"this engine", "", 0, once([&] { return paused_bind_ns(rig, rig.engine, request); })}},
      .of = Comparison::Of::throughput,
      .nr_records = target.memmap.nr_pages};
  for (Contestant& contestant : against(rig, target, kWarm, rivals)) {
    comparison.contestants.push_back(std::move(contestant));
  }
  comparison.contestants.push_back(
      {"equal parts, pinned threads, a fence a grain", "fill_vs_fence_a_grain", 0.97, once([&] {
         std::this_thread::sleep_for(kPause);
         return static_parts_ns(target, rig.machine.cpus,
                                host::grain_pages_of(target.memmap.nr_pages, rig.engine.nr_workers()));
       })});
  comparison.contestants.push_back({"this engine, not pinned", "fill_pinned_vs_unpinned", 0.97,
                                    once([&] { return paused_bind_ns(rig, **unpinned, request); })});
  comparison.contestants.push_back({"this engine, stores of 8 bytes as in a kernel", "fill_vs_narrow", 0,
                                    once([&] { return paused_bind_ns(rig, rig.engine, narrow); })});
  if (!comparison.keep_wanted(bench)) return;
  const Target checked = target_of(simulator::slice_of(rig.stage.big(), simulator::kSlicePages / 16));
  for (const Rival& rival : rivals) check_content(rig, checked, rival);
  comparison.contestants.push_back(store_limit(target.memmap, rig.machine.cpus));
  compare(bench, std::move(comparison), rig.nr_pairs);
}

void neighbour_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  const Target target = target_of(span);
  DeviceRequest request(span, without_hooks);
  Comparison comparison{
      .title = "32 GiB while somebody computes on one CPU",
      .contestants = {{"this engine", "", 0, once([&] { return paused_bind_ns(rig, rig.engine, request); })}}};
  for (Contestant& contestant : against(rig, target, kNeighbour, all_rivals(rig))) {
    comparison.contestants.push_back(std::move(contestant));
  }
  if (!comparison.keep_wanted(bench)) return;
  comparison.contestants.push_back(limit_beside_neighbour(target.memmap, rig.machine.cpus));
  const Neighbour neighbour(rig.machine.cpus[0]);
  compare(bench, std::move(comparison), rig.nr_pairs);
}

}  // namespace memmap::bench
