// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Four threads a CPU, as where containers, other runtimes or a wrong setting crowd a machine: does it still go on at
// the speed of one a CPU, although any thread may be preempted while it holds something?
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <memory>

#include "device_jobs.h"
#include "host/locality.h"

namespace memmap::bench {
namespace {

using oneapi::tbb::global_control;
using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::Engine;

constexpr uint32_t kThreadsACpu = 4;
constexpr uint32_t kFirstMadeUpCpu = 4096;

// The machine with each CPU four times. Workers cannot be pinned to those that are made up, so none is.
simulator::Machine crowded(const simulator::Machine& machine) {
  simulator::Machine result = machine;
  host::Topology& topology = result.topology;
  const std::vector<host::Cpu> cpus = topology.cpus;
  const std::vector<host::Node> nodes = topology.nodes;
  for (uint32_t copy = 1; copy < kThreadsACpu; ++copy) {
    const uint32_t offset = copy * kFirstMadeUpCpu;
    for (host::Cpu cpu : cpus) {
      cpu.os_id += offset;
      topology.cpus.push_back(cpu);
    }
    for (size_t n = 0; n < nodes.size(); ++n) {
      for (const uint32_t os_id : nodes[n].local_cpus) topology.nodes[n].local_cpus.push_back(os_id + offset);
    }
  }
  topology.this_machine = false;
  host::derive_locality(topology);
  return result;
}

}  // namespace

void crowded_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  const uint32_t nr_threads = kThreadsACpu * rig.engine.nr_workers();
  const simulator::Machine machine = crowded(rig.machine);
  auto engine = Engine::make(machine, nr_threads, rig.stage.end_pfn(), {.pinned = false});
  if (!engine.ok() || !(*engine)->start_workers().ok()) return;
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  const Target target = target_of(span);
  DeviceRequest request(span, without_hooks);
  std::vector<uint32_t> cpus;
  for (uint32_t n = 0; n < nr_threads; ++n) cpus.push_back(rig.machine.cpus[n % rig.machine.cpus.size()]);
  const std::vector<Rival> openmp = openmp_rivals(cpus);
  const Rival openmp_static = rival_named("openmp_static", openmp);
  const Rival openmp_dynamic = rival_named("openmp_dynamic", openmp);
  const Rival tbb_auto = rival_named("tbb_auto", tbb_rivals(rig.machine.cpus));
  const global_control allow(global_control::max_allowed_parallelism, nr_threads);
  oneapi::tbb::task_arena arena{int(nr_threads)};
  simulator::Padata padata(nr_threads - 1);
  const Rival in_arena{"", "", [&](const Target& all) { arena.execute([&] { tbb_auto.fill(all); }); }};
  const Rival by_padata{"", "", [&](const Target& all) { fill_by_padata(padata, nr_threads, all); }};
  const auto job = [&target](const Rival& rival) {
    return once([&target, rival] { return paused_fill_ns(rival, target); });
  };
  Comparison comparison{.title = "warm fill, four threads a CPU",
                        .contestants = {},
                        .of = Comparison::Of::throughput,
                        .nr_records = target.memmap.nr_pages};
  comparison.contestants = {
      {"this engine", "", 0, once([&] { return paused_bind_ns(rig, **engine, request); })},
      {"this engine, a worker a CPU", "crowded_vs_one_a_cpu", 0.95,
       once([&] { return paused_bind_ns(rig, rig.engine, request); })},
      {"oneTBB, auto_partitioner", "crowded_vs_tbb", 0.97, job(in_arena)},
      {"OpenMP (libgomp), static", "crowded_vs_openmp_static", 0.97, job(openmp_static)},
      {"OpenMP (libgomp), dynamic", "crowded_vs_openmp_dynamic", 0.97, job(openmp_dynamic)},
      {"padata", "crowded_vs_padata", 0.97, job(by_padata)},
  };
  compare(bench, std::move(comparison), rig.nr_pairs);
}

}  // namespace memmap::bench
