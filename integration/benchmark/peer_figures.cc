// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Against other schedulers: warm bulk fill, a cold start, a neighbour on one CPU. Before each job there is a pause, in
// which the threads of whoever was before stop spinning.
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "bench.h"
#include "rivals.h"
#include "simulator/device_slice.h"
#include "simulator/pinned.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::kSectionPages;
using simulator::Pairs;

constexpr std::chrono::milliseconds kPause(10);
constexpr std::chrono::milliseconds kColdPause(3);
constexpr uint64_t kGib = uint64_t{1} << 30;
constexpr uint64_t kMib = uint64_t{1} << 20;

// The image alone, as the rivals write it: nothing is done when a unit is ready.
void without_hooks(memmap_request& request) { request.hooks = {}; }

DeviceSpan slice_at(const DeviceSpan& whole, uint64_t offset, uint64_t nr_pages) {
  DeviceSpan span = simulator::slice_of(whole, nr_pages);
  span.device.start_pfn += offset;
  span.memmap.start_pfn += offset;
  span.memmap.first += offset;
  return span;
}

template <typename Function>
auto after(std::chrono::milliseconds pause, Function function) {
  return [pause, function] {
    std::this_thread::sleep_for(pause);
    return function();
  };
}

Figure against(const Rig& rig, const char* key, const char* who, const std::function<double(const Target&)>& rival) {
  rig.progress(key);
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  const Target target = target_of(span);
  DeviceRequest request(span, without_hooks);
  const Pairs pairs = simulator::measure_pairs(
      rig.nr_pairs, after(kPause, [&] { return bind_ns(rig.engine, request, rig.violations); }),
      after(kPause, [&] { return rival(target); }));
  Figure figure = simulator::throughput_figure(pairs, span.device.nr_pages);
  figure.key = key;
  figure.what = "warm fill, the same writer";
  figure.theirs_is = who;
  figure.target = 0.97;
  return figure;
}

struct ColdCase {
  const char* key;
  uint64_t ram_bytes;  // whose records are written
  double (*rival)(const Target&);
  const char* who;
  double target;
};

Figure cold(const Rig& rig, const ColdCase& job) {
  rig.progress(job.key);
  const uint64_t nr_pages = job.ram_bytes / simulator::kPageBytes;
  const DeviceSpan& big = rig.stage.big();
  uint64_t offset = 0;  // moves on, so that nothing is in a cache
  const auto next_span = [&] {
    offset = offset + 2 * nr_pages + kSectionPages < big.device.nr_pages ? offset + nr_pages : 0;
    return slice_at(big, offset, nr_pages);
  };
  simulator::Samples limit_ns;
  const Pairs pairs = simulator::measure_pairs(
      10 * rig.nr_pairs,
      [&] {
        DeviceRequest request(next_span(), without_hooks);
        std::this_thread::sleep_for(kColdPause);
        return bind_ns(rig.engine, request, rig.violations);
      },
      [&] {
        const Target target = target_of(next_span());
        limit_ns.push_back(static_parts_ns(target, rig.machine.cpus));
        std::this_thread::sleep_for(kColdPause);
        return job.rival(target);
      });
  Figure figure = simulator::time_ratio_figure(pairs);
  limit_ns.erase(limit_ns.begin());
  if (job.ram_bytes == kGib) figure.bound = simulator::median(simulator::ratios(limit_ns, pairs.theirs_ns));
  figure.key = job.key;
  figure.what = "cold start, after 3 ms of idleness";
  figure.theirs_is = job.who;
  figure.target = job.target;
  return figure;
}

// Computes on one CPU while it exists.
class Neighbour {
 public:
  explicit Neighbour(uint32_t cpu)
      : thread_([this, cpu] {
          simulator::run_pinned({cpu}, [this](size_t) {
            while (!stopping_.load(std::memory_order_relaxed)) {
            }
          });
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

std::vector<Figure> peer_figures(const Rig& rig) {
  const uint32_t nr_threads = uint32_t(rig.machine.cpus.size());
  return {against(rig, "fill_vs_tbb_auto", "oneTBB, auto_partitioner", tbb_auto_ns),
          against(rig, "fill_vs_tbb_static", "oneTBB, static_partitioner", tbb_static_ns),
          against(rig, "fill_vs_openmp_static", "OpenMP (libgomp), static",
                  [nr_threads](const Target& target) { return openmp_static_ns(target, nr_threads); })};
}

std::vector<Figure> cold_figures(const Rig& rig) {
  std::vector<Figure> figures;
  for (const ColdCase& job : {ColdCase{"cold_1gib_vs_one_thread", kGib, one_thread_ns, "one thread", 0.60},
                              {"cold_1gib_vs_tbb", kGib, tbb_auto_ns, "oneTBB", 0.90},
                              {"cold_128mib_vs_one_thread", 128 * kMib, one_thread_ns, "one thread", 1.05},
                              {"cold_128mib_vs_tbb", 128 * kMib, tbb_auto_ns, "oneTBB", 0.80},
                              {"cold_16mib_vs_one_thread", 16 * kMib, one_thread_ns, "one thread", 1.05},
                              {"cold_16mib_vs_tbb", 16 * kMib, tbb_auto_ns, "oneTBB", 1.0}}) {
    figures.push_back(cold(rig, job));
  }
  return figures;
}

std::vector<Figure> neighbour_figures(const Rig& rig) {
  rig.progress("a neighbour on one CPU");
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  const Target target = target_of(span);
  DeviceRequest request(span, without_hooks);
  const Neighbour neighbour(rig.machine.cpus[0]);
  const Pairs pairs = simulator::measure_pairs(
      rig.nr_pairs, after(kPause, [&] { return bind_ns(rig.engine, request, rig.violations); }),
      after(kPause, [&] { return static_parts_ns(target, rig.machine.cpus); }));
  Figure figure = simulator::time_ratio_figure(pairs);
  figure.key = "neighbour_vs_static";
  figure.what = "32 GiB while somebody computes on one CPU";
  figure.theirs_is = "equal parts on pinned threads";
  figure.target = 0.65;
  return {figure};
}

}  // namespace memmap::bench
