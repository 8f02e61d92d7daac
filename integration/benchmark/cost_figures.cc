// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the engine itself costs: beside the stores of a fill, for a claim, for a flush of nothing, while idle, and for a
// flush while others have much to do.
#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <thread>

#include "bench.h"
#include "rivals.h"
#include "simulator/device_slice.h"

namespace memmap::bench {
namespace {

using simulator::bind_ns;
using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::Engine;
using simulator::kSubsectionPages;
using simulator::now_ns;
using simulator::Pairs;
using simulator::Samples;
using simulator::Violations;

constexpr uint64_t kForeignUnits = 100'000;
constexpr uint64_t kOwnUnits = 256;
constexpr uint64_t kUnitNs = 2000;
constexpr uint64_t kUnitsAGrain = simulator::kGrainPages / kSubsectionPages;

int write_nothing(void*, uint64_t, uint64_t) { return 0; }

int spin_in_place_of_a_unit(void*, uint64_t, uint64_t) {
  const uint64_t end = now_ns() + kUnitNs;
  while (now_ns() < end) {
  }
  return 0;
}

// Units that are not in memory: only their hook is called.
DeviceRequest units(uint64_t first_pfn, uint64_t nr_units, memmap_hook* write, uint32_t nid) {
  DeviceSpan span{};
  span.device.start_pfn = first_pfn;
  span.device.nr_pages = nr_units * kSubsectionPages;
  span.device.nid = nid;
  return DeviceRequest(span, [write](memmap_request& request) {
    request.hooks = {};
    request.hooks.write = write;
  });
}

double cpu_ms() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) { return double(time.tv_sec) * 1e3 + double(time.tv_usec) / 1e3; };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

Figure nanoseconds(const char* key, const char* what, const Samples& ns, double target) {
  Figure figure;
  figure.key = key;
  figure.what = what;
  figure.value = figure.ours = simulator::median(ns);
  figure.interval = simulator::median_interval(ns);
  figure.unit = "ns";
  figure.samples = ns.size();
  figure.better = Figure::Better::lower;
  figure.target = target;
  return figure;
}

Figure engine_cost(const Rig& rig) {
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  const Target target = target_of(span);
  DeviceRequest request(span, [](memmap_request& plain) { plain.hooks = {}; });
  Figure figure = simulator::time_ratio_figure(simulator::measure_pairs(
      rig.nr_pairs, [&] { return bind_ns(rig.inline_engine, request, rig.violations); },
      [&] { return one_thread_ns(target); }));
  figure.key = "engine_cost_vs_writer";
  figure.what = "fill through the engine, one thread";
  figure.theirs_is = "the writer in a loop";
  figure.target = 1.01;
  return figure;
}

// Nanoseconds a grain, with a write hook that does nothing, in the caller.
double grain_ns(const Rig& rig, Engine& engine, uint64_t units_a_grain) {
  constexpr uint64_t kUnits = 16384;
  DeviceRequest request = units(0, kUnits, write_nothing, rig.machine.nid(0));
  return bind_ns(engine, request, rig.violations) * double(units_a_grain) / double(kUnits);
}

// Grains of one unit and of eight differ by seven units; what is left belongs to the grain: claim, fence, retire.
Figure claim_cost(const Rig& rig) {
  constexpr uint64_t kPages = uint64_t{1} << 24;
  auto by_one = Engine::make(rig.machine, 0, kPages, uint32_t(kSubsectionPages));
  auto by_eight = Engine::make(rig.machine, 0, kPages, uint32_t(simulator::kGrainPages));
  Samples ns;
  if (!by_one.ok() || !by_eight.ok()) return {};
  for (uint32_t n = 0; n < 10 * rig.nr_pairs; ++n) {
    const double one = grain_ns(rig, **by_one, 1);
    const double eight = grain_ns(rig, **by_eight, kUnitsAGrain);
    ns.push_back((double(kUnitsAGrain) * one - eight) / double(kUnitsAGrain - 1));
  }
  return nanoseconds("claim_ns", "claim and retire of a grain, without its units", ns, 50);
}

Figure empty_flush(const Rig& rig) {
  constexpr int kFlushes = 1000;
  Domain domain(rig.engine.pool(), "nothing");
  Samples ns;
  for (uint32_t n = 0; n < 10 * rig.nr_pairs; ++n) {
    const uint64_t began = now_ns();
    for (int flush = 0; flush < kFlushes; ++flush) (void)domain.flush();
    ns.push_back(double(now_ns() - began) / kFlushes);
  }
  return nanoseconds("empty_flush_ns", "flush of a domain without requests", ns, 200);
}

}  // namespace

std::vector<Figure> cost_figures(const Rig& rig) {
  rig.progress("what the engine costs");
  return {engine_cost(rig), claim_cost(rig), empty_flush(rig)};
}

std::vector<Figure> backlog_figures(const Rig& rig) {
  rig.progress("flush with a backlog of foreign units");
  constexpr uint64_t kForeignPfn = uint64_t{1} << 20;
  auto engine = Engine::make(rig.machine, rig.engine.nr_workers(), kForeignPfn + kForeignUnits * kSubsectionPages);
  if (!engine.ok() || !(*engine)->start_workers().ok()) return {};
  const uint32_t nid = rig.machine.nid(0);
  DeviceRequest own = units(0, kOwnUnits, spin_in_place_of_a_unit, nid);
  DeviceRequest foreign = units(kForeignPfn, kForeignUnits, spin_in_place_of_a_unit, nid);
  const Pairs pairs = simulator::measure_pairs(
      rig.nr_pairs,
      [&] {
        Domain others((*engine)->pool(), "others");
        int status = others.submit(foreign.renewed());
        std::this_thread::sleep_for(std::chrono::milliseconds(1));  // until the workers are at it
        const double ns = bind_ns(**engine, own, rig.violations);
        if (status == MEMMAP_OK) status = others.cancel();
        rig.violations.found(&Violations::calls, status != MEMMAP_OK, "backlog");
        return ns;
      },
      [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return bind_ns(**engine, own, rig.violations);
      });
  Figure figure = simulator::time_ratio_figure(pairs);
  figure.key = "flush_with_backlog_vs_none";
  figure.what = "256 units of 2 us beside 100,000 of somebody else";
  figure.theirs_is = "nothing else to do";
  figure.target = 1.2;
  return {figure};
}

std::vector<Figure> idle_figures(const Rig& rig) {
  rig.progress("idle");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const double before = cpu_ms();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  Figure figure;
  figure.key = "idle_cpu_ms_per_s";
  figure.what = "CPU time of the whole process while nothing happens";
  figure.value = figure.ours = (cpu_ms() - before) / 2;
  figure.interval = {figure.value, figure.value};
  figure.unit = "ms a second";
  figure.samples = 1;
  figure.better = Figure::Better::lower;
  figure.target = 0.3;
  return {figure};
}

}  // namespace memmap::bench
