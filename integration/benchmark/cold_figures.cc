// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Cold starts: an event of a size, then 3 ms in which nothing happens, then another one, which is timed. The CPU time
// of the idleness and of the event is taken too: who spins until the next event starts it sooner, and pays for that.
#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "device_jobs.h"
#include "woken_threads.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::Engine;
using simulator::kSectionPages;

constexpr std::chrono::milliseconds kIdleness(3);
constexpr size_t kWokenByOne = 4;  // CPUs; of more, one thread that wakes all of them is no limit
constexpr uint64_t kMib = uint64_t{1} << 20;

struct Size {
  const char* name;
  uint64_t ram_bytes;  // whose records are written
  uint32_t rounds_a_pair;
};

constexpr Size kSizes[] = {
    {"16mib", 16 * kMib, 6}, {"128mib", 128 * kMib, 6}, {"1gib", 1024 * kMib, 4}, {"16gib", 16 * 1024 * kMib, 1}};

struct ColdOpponent {
  const char* name;  // in keys
  const char* rival;
  double targets[4];      // by size; 0: none
  double cpu_target = 0;  // at 128 MiB, where a wake costs about what it gains
};

constexpr ColdOpponent kColdOpponents[] = {
    {"one_thread", "template_nt", {1.05, 1.05, 0.60, 0.60}},
    {"tbb", "tbb_auto", {1.0, 0.80, 0.90, 0.97}, 0.80},
    {"tbb_pinned", "tbb_pinned", {1.0, 0.80, 1.0, 1.0}, 0.80},
    {"openmp", "openmp_static", {0, 0, 0, 0}},
    {"padata", "padata", {1.05, 1.0, 0.90, 0.97}},
    {"2018", "2018", {1.0, 1.0, 0.90, 0.97}},
    {"kernel_loop", "kernel_loop", {1.0, 0.60, 0.60, 0.60}},
};

// Where the next event's records are: moves on, so that nothing of them is in a cache.
class Cursor {
 public:
  Cursor(const DeviceSpan& whole, uint64_t nr_pages)
      : whole_(whole), nr_pages_(std::min(nr_pages, whole.device.nr_pages)) {}
  DeviceSpan next() {
    offset_ = offset_ + 2 * nr_pages_ + kSectionPages < whole_.device.nr_pages ? offset_ + nr_pages_ : 0;
    return slice_at(whole_, offset_, nr_pages_);
  }

 private:
  const DeviceSpan& whole_;
  const uint64_t nr_pages_;
  uint64_t offset_ = 0;
};

// An event, idleness, and an event that counts.
template <typename Event>
double cold_ns(Event event, Samples& cpu_ns) {
  event();
  const double cpu_before = process_cpu_ns();
  std::this_thread::sleep_for(kIdleness);
  const double ns = event();
  cpu_ns.push_back(process_cpu_ns() - cpu_before);
  return ns;
}

class ColdStart {
 public:
  ColdStart(Bench& bench, size_t size, Engine& unpinned, const std::vector<Rival>& rivals);
  void measure();

 private:
  void add(const char* who, const std::string& name, double target, double cpu_target,
           std::function<double(const DeviceSpan&)> event, std::function<void()> leave);
  double bind(Engine& engine, const DeviceSpan& span) {
    DeviceRequest request(span, without_hooks);
    return bind_ns(engine, request, bench_.rig.violations);
  }
  void add_limit(const char* who, std::function<double(const Target&)> fill);

  Bench& bench_;
  const Size size_;
  Cursor cursor_;
  Comparison time_;
  Comparison cpu_;
  std::vector<std::unique_ptr<Samples>> cpu_ns_;
  Samples cpu_ns_of_limits_;  // in no figure
};

ColdStart::ColdStart(Bench& bench, size_t size, Engine& unpinned, const std::vector<Rival>& rivals)
    : bench_(bench), size_(kSizes[size]), cursor_(bench.rig.stage.big(), size_.ram_bytes / simulator::kPageBytes) {
  const std::string cut =
      size_.ram_bytes / simulator::kPageBytes > bench.rig.stage.big().device.nr_pages ? ", cut" : "";
  time_.title = absl::StrCat("cold start after 3 ms of idleness, ", size_.name, cut);
  cpu_.title = absl::StrCat("CPU time of 3 ms of idleness and a cold start, ", size_.name, cut);
  cpu_.unit = "CPU us";
  add(
      "this engine", "", 0, 0, [this](const DeviceSpan& span) { return bind(bench_.rig.engine, span); }, [] {});
  for (const ColdOpponent& opponent : kColdOpponents) {
    const Rival rival = rival_named(opponent.rival, rivals);
    add(
        rival.who.c_str(), opponent.name, opponent.targets[size], size == 1 ? opponent.cpu_target : 0,
        [rival](const DeviceSpan& span) { return fill_ns(rival, target_of(span)); }, rival.leave);
  }
  add(
      "this engine, not pinned", "unpinned", 1.0, 0,
      [this, &unpinned](const DeviceSpan& span) { return bind(unpinned, span); }, [] {});
}

void ColdStart::add(const char* who, const std::string& name, double target, double cpu_target,
                    std::function<double(const DeviceSpan&)> event, std::function<void()> leave) {
  const std::string size = absl::StrCat("cold_", size_.name);
  const std::string key = name.empty() ? "" : absl::StrCat(size, "_vs_", name);
  const std::string cpu_key = name.empty() ? "" : absl::StrCat(size, "_cpu_vs_", name);
  if (!name.empty() && !bench_.wants(key) && !bench_.wants(cpu_key)) return;
  cpu_ns_.push_back(std::make_unique<Samples>());
  Samples& cpu_ns = *cpu_ns_.back();
  time_.contestants.push_back({who, key, target, once([this, event, leave, &cpu_ns] {
                                 const double ns = cold_ns([&] { return event(cursor_.next()); }, cpu_ns);
                                 leave();
                                 return ns;
                               })});
  cpu_.contestants.push_back({who, cpu_key, cpu_target, {}});
}

void ColdStart::add_limit(const char* who, std::function<double(const Target&)> fill) {
  time_.contestants.push_back({.who = who,
                               .key = "",
                               .target = 0,
                               .job = once([this, fill] {
                                 return cold_ns([&] { return fill(target_of(cursor_.next())); }, cpu_ns_of_limits_);
                               }),
                               .is_limit = true});
}

void ColdStart::measure() {
  if (time_.contestants.size() == 1) return;
  bench_.rig.progress(time_.title.c_str());
  const std::vector<uint32_t>& cpus = bench_.rig.machine.cpus;
  WokenThreads woken(cpus);
  add_limit("limit: one thread alone", [](const Target& target) {
    const uint64_t began = simulator::now_ns();
    target.write(0, target.memmap.nr_pages);
    simulator::wait_for_own_stores();
    return double(simulator::now_ns() - began);
  });
  if (cpus.size() <= kWokenByOne) {
    add_limit("limit: pinned threads, all woken", [&woken](const Target& target) { return woken.fill_ns(target); });
  } else {
    add_limit("limit: pinned threads that run already",
              [&cpus](const Target& target) { return static_parts_ns(target, cpus); });
  }
  judge(bench_, time_, measure_rounds(size_.rounds_a_pair * bench_.rig.nr_pairs, time_.contestants, bench_.rig.seed));
  std::vector<Samples> cpu_ns;
  for (const auto& samples : cpu_ns_) cpu_ns.emplace_back(samples->begin() + 1, samples->end());  // as measure_rounds()
  judge(bench_, cpu_, cpu_ns);
}

}  // namespace

void cold_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  auto unpinned = Engine::make(rig.machine, rig.engine.nr_workers(), rig.stage.end_pfn(), {.pinned = false});
  if (!unpinned.ok() || !(*unpinned)->start_workers().ok()) return;
  const std::vector<Rival> rivals = all_rivals(rig);
  for (size_t size = 0; size < std::size(kSizes); ++size) ColdStart(bench, size, **unpinned, rivals).measure();
}

}  // namespace memmap::bench
