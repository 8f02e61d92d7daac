// SPDX-License-Identifier: GPL-2.0-only OR MIT
// OpenMP as GNU has it: parts of equal size, or grains of ours handed out one by one.
#include <chrono>
#include <memory>
#include <thread>

#include "host/record_cost.h"
#include "openmp.h"
#include "rivals.h"
#include "simulator/figures/pinned.h"

namespace memmap::bench {
namespace {

constexpr std::chrono::milliseconds kSpinning(12);  // libgomp's threads spin some 5 ms after a region

void fill_omp_static(const Target& target, uint32_t nr_threads) {
  auto part_of_thread = [&target](int thread, int nr) {
    const simulator::Part part =
        simulator::part_of(target.memmap.nr_pages, simulator::kSubsectionPages, size_t(thread), size_t(nr));
    target.write(part.begin, part.end);
  };
  on_team(nr_threads, part_of_thread);
}

void fill_omp_dynamic(const Target& target, uint32_t nr_threads) {
  auto grain = [&target](long begin, long end) { target.write(uint64_t(begin), uint64_t(end)); };
  on_team_dynamically(nr_threads, long(target.memmap.nr_pages),
                      long(host::grain_pages_of(target.memmap.nr_pages, nr_threads)), grain);
}

// The team's threads live on between regions, so what is bound in one stays bound in the next.
void bind_team(const std::vector<uint32_t>& cpus, bool bind) {
  thread_local std::unique_ptr<PinnedHere> here;
  auto bind_thread = [&](int thread, int) {
    here.reset();
    if (bind) here = std::make_unique<PinnedHere>(cpus[size_t(thread) % cpus.size()]);
  };
  on_team(unsigned(cpus.size()), bind_thread);
}

void stop_spinning() { std::this_thread::sleep_for(kSpinning); }

}  // namespace

std::vector<Rival> openmp_rivals(const std::vector<uint32_t>& cpus) {
  const uint32_t nr = uint32_t(cpus.size());
  const auto bind = [&cpus] { bind_team(cpus, true); };
  const auto free = [&cpus] {
    bind_team(cpus, false);
    stop_spinning();
  };
  const auto by_parts = [nr](const Target& target) { fill_omp_static(target, nr); };
  const auto by_grains = [nr](const Target& target) { fill_omp_dynamic(target, nr); };
  return {{"openmp_static", "OpenMP (libgomp), static", by_parts, [] {}, stop_spinning},
          {"openmp_dynamic", "OpenMP (libgomp), dynamic", by_grains, [] {}, stop_spinning},
          {"openmp_pinned", "OpenMP (libgomp), static, pinned", by_parts, bind, free}};
}

}  // namespace memmap::bench
