// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Throughput of the device path: against the store limit, and against the kernel-style loop on one CPU and on all.
#include <algorithm>
#include <utility>
#include <vector>

#include "simulator/figures/device_slice.h"
#include "simulator/figures/figures.h"
#include "simulator/kernel/kernel_loop.h"

namespace memmap::simulator {
namespace {

template <typename Function>
double timed_ns(Function function) {
  const uint64_t began = now_ns();
  function();
  return double(now_ns() - began);
}

// On the first `nr_cpus` CPUs. The limit, of the fastest of the stores that a kernel has, is measured beside each pair,
// since what CPUs share may change meanwhile. Everybody begins with records that are in no cache.
Figure device_figure(const Rig& rig, Engine& engine, size_t nr_cpus,
                     const std::function<void(const DeviceSpan&)>& kernel_way) {
  const DeviceSpan span = slice_of(rig.stage.big(), kSlicePages);
  DeviceRequest request(span);
  const std::span<std::byte> memory = bytes_of(span.memmap);
  const std::vector<uint32_t> cpus(rig.machine.cpus.begin(), rig.machine.cpus.begin() + std::ptrdiff_t(nr_cpus));
  const std::vector<StoreKind> kinds = kernel_store_kinds();
  std::vector<Samples> limits_ns(kinds.size());
  const Pairs pairs = measure_pairs(
      rig.nr_pairs,
      [&] {
        leave_caches(memory, cpus);
        return bind_ns(engine, request, rig.violations);
      },
      [&] {
        for (size_t n = 0; n < kinds.size(); ++n) {
          leave_caches(memory, cpus);
          limits_ns[n].push_back(double(store_ns(kinds[n], memory, cpus)));
        }
        leave_caches(memory, cpus);
        return timed_ns([&] { kernel_way(span); });
      });
  Figure figure = throughput_figure(pairs, span.device.nr_pages);
  for (Samples& limit_ns : limits_ns) {
    limit_ns.erase(limit_ns.begin());  // the pair that is thrown away
    figure.bound = std::max(figure.bound, median(ratios(pairs.theirs_ns, limit_ns)));
  }
  return figure;
}

void kernel_loop(const DeviceSpan& span, uint64_t pfn, uint64_t end) {
  init_zone_device(span.memmap, *span.pageblocks, pfn, end - pfn, span.device.nid, span.pgmap);
}

}  // namespace

Figure fill_vs_limit(const Rig& rig) {
  rig.progress("device fill against the store limit");
  const DeviceSpan span = slice_of(rig.stage.big(), kSlicePages);
  DeviceRequest request(span, [](memmap_request& asked) { asked.narrow_stores = false; });
  const std::span<std::byte> memory = bytes_of(span.memmap);
  const StoreLimit limit = measure_best_limit(memory, rig.machine.cpus, 5);
  const Pairs pairs = measure_pairs(
      rig.nr_pairs, [&] { return bind_ns(rig.engine, request, rig.violations); },
      [&] { return double(store_ns(limit.kind, memory, limit.cpus)); });
  Figure figure = throughput_figure(pairs, span.device.nr_pages);
  figure.key = "fill_vs_limit";
  figure.what = "warm device fill, all CPUs";
  figure.theirs_is = std::string(limit.kind.name) + (limit.cpus.size() == 1 ? ", 1 CPU" : ", all CPUs");
  figure.target = 0.95;
  return figure;
}

Figure device_vs_kernel_loop_1t(const Rig& rig) {
  rig.progress("device path against the kernel-style loop, one thread");
  Figure figure = device_figure(rig, rig.inline_engine, 1, [](const DeviceSpan& span) {
    kernel_loop(span, span.device.start_pfn, span.device.end_pfn());
  });
  figure.key = "device_vs_kernel_loop_1t";
  figure.what = "device path, one thread";
  figure.theirs_is = "kernel-style loop";
  figure.target = 2.2;
  return figure;
}

Figure device_vs_kernel_loop_all(const Rig& rig) {
  rig.progress("device path against the kernel-style loop, all CPUs");
  Figure figure = device_figure(rig, rig.engine, rig.machine.cpus.size(), [&rig](const DeviceSpan& span) {
    rig.padata.run({.function = [&span](uint64_t pfn, uint64_t end) { kernel_loop(span, pfn, end); },
                    .start = span.device.start_pfn,
                    .size = span.device.nr_pages,
                    .align = kSectionPages,
                    .min_chunk = kSectionPages,
                    .max_threads = rig.engine.nr_workers()});
  });
  figure.key = "device_vs_kernel_loop_all";
  figure.what = "device path, all CPUs";
  figure.theirs_is = "kernel-style loop, padata";
  figure.target = 2.5;
  return figure;
}

}  // namespace memmap::simulator
