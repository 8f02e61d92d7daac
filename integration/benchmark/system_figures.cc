// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What it takes to have the engine at all: CPU time while nothing happens, memory. And the figures of `memmap-sim run`.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "device_jobs.h"
#include "host/threads.h"
#include "memmap/env.h"
#include "simulator/figures/figures.h"

namespace memmap::bench {
namespace {

constexpr std::chrono::milliseconds kIdle(300);
constexpr uint64_t kTibPages = uint64_t{1} << 28;
constexpr double kGibInTib = 1024;

// Of a pool with this machine's workers.
double pool_bytes_for(const Rig& rig, uint64_t nr_pages) {
  const auto tables = host::EngineTopology::create(rig.machine.topology, rig.engine.nr_workers());
  if (!tables.ok()) return std::nan("");
  const host::ThreadEnvironment environment(**tables, true);
  memmap_pool_config config{};
  config.env = environment.env();
  config.topology = (*tables)->table();
  config.nr_pages = nr_pages;
  return double(memmap_pool_bytes(&config));
}

Figure bytes_figure(const char* key, const char* what, double bytes, double target) {
  return time_of(key, what, Samples{bytes}, "bytes", target);
}

}  // namespace

void idle_figures(Bench& bench) {
  bench.rig.progress("idle");
  std::this_thread::sleep_for(kIdle);
  Samples ms_per_s;
  for (uint32_t n = 0; n < bench.rig.nr_pairs; ++n) {
    const double cpu_before = others_cpu_ns();  // who measures goes to sleep and wakes up, which is not the engine's
    const uint64_t began = simulator::now_ns();
    std::this_thread::sleep_for(kIdle);
    const double wall_ns = double(simulator::now_ns() - began);
    ms_per_s.push_back(1000 * std::max(0.0, others_cpu_ns() - cpu_before) / wall_ns);  // two clocks: a little below 0
  }
  const char* what = "CPU time of all other threads while nothing happens";
  bench.add(time_of("idle_cpu_ms_per_s", what, ms_per_s, "ms a second", 0.3));
}

// Exact, so samples of one. The pool is one that could take 64 TiB.
void memory_figures(Bench& bench) {
  simulator::DeviceSpan span{};
  span.device.start_pfn = 0;
  span.device.nr_pages = kTibPages;
  span.device.nid = bench.rig.machine.nid(0);
  span.memmap = bench.rig.stage.big().memmap;  // records are somewhere
  const memmap_request request = describe_device(span);
  const double records_bytes = double(simulator::kRecordBytes * kTibPages) / kGibInTib;
  const double pool_bytes = pool_bytes_for(bench.rig, 64 * kTibPages) / (64 * kGibInTib);
  const double request_bytes = double(memmap_request_bytes(&request)) / kGibInTib;
  bench.add(bytes_figure("pool_bytes_per_gib", "the pool, for each GiB that could come", pool_bytes, 256));
  bench.add(bytes_figure("request_bytes_per_gib", "a request's storage, for each GiB of it", request_bytes, 256));
  bench.add(bytes_figure("domain_bytes", "a domain", sizeof(memmap_domain), 512));
  Figure all = bytes_figure("bytes_vs_records", "all that, beside the records",
                            (pool_bytes + request_bytes) / records_bytes, 0.0001);
  all.unit = "of the records";
  bench.add(all);
}

void shared_figures(Bench& bench) {
  using simulator::Figure;
  struct One {
    const char* key;
    Figure (*measure)(const Rig&);
  };
  struct Several {
    std::vector<const char*> keys;
    std::vector<Figure> (*measure)(const Rig&);
  };
  for (const One& one : {One{"fill_vs_limit", simulator::fill_vs_limit},
                         One{"device_vs_kernel_loop_1t", simulator::device_vs_kernel_loop_1t},
                         One{"device_vs_kernel_loop_all", simulator::device_vs_kernel_loop_all},
                         One{"boot_with_handover_vs_kernel", simulator::boot_with_handover_vs_kernel}}) {
    if (bench.wants(one.key)) bench.add(one.measure(bench.rig));
  }
  const Several several[] = {
      {{"submit_us_p50", "storage_set_up_us_p50"}, simulator::submit_figures},
      {{"small_beside_big_p99_vs_alone", "small_beside_big_p99_vs_global_sync"}, simulator::small_beside_big_figures},
      {{"first_fault_us_p50", "first_fault_us_p99"}, simulator::first_fault_figures}};
  for (const Several& some : several) {
    if (std::none_of(some.keys.begin(), some.keys.end(), bench.wants)) continue;
    for (Figure& figure : some.measure(bench.rig)) bench.add(std::move(figure));
  }
}

}  // namespace memmap::bench
