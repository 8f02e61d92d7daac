// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A small device that becomes usable beside a big one that is being initialised: as oneTBB, OpenMP, padata, the loops
// of today and the design of 2018 do it. Ours against itself, alone and with one domain:
// simulator/figures/latency_figures.cc.
#include <atomic>
#include <memory>
#include <thread>

#include "device_jobs.h"
#include "host/splitmix.h"
#include "running_2018.h"
#include "simulator/events/arrivals.h"
#include "simulator/figures/running_big.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::now_ns;

constexpr uint32_t kBindsARound = 10;
constexpr uint32_t kThreads2018 = 2 * kParts2018;  // enough that no work of either device waits for a thread

// Somebody who fills big devices, one after the other, while it exists: a thread of its own that calls the rival.
class RunningRival {
 public:
  RunningRival(const Rival& rival, const Target& target)
      : thread_([this, &rival, &target] {
          while (!stopping_.load(std::memory_order_relaxed)) rival.fill(target);
        }) {
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  ~RunningRival() {
    stopping_.store(true, std::memory_order_relaxed);
    thread_.join();
  }

 private:
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

struct BesideOpponent {
  const char* rival;
  const char* key;
  double target;
};

constexpr BesideOpponent kBesideOpponents[] = {
    {"tbb_auto", "small_beside_big_p99_vs_tbb", 1.0},
    {"openmp_static", "small_beside_big_p99_vs_openmp", 1.0},
    {"padata", "small_beside_big_p99_vs_padata", 1.0},
    {"template_nt", "small_beside_big_p99_vs_template_nt", 1.2},
};

template <typename Bind>
void bind_often(uint64_t seed, Samples& ns, Bind bind) {
  host::Splitmix random(seed + ns.size());
  for (uint32_t n = 0; n < kBindsARound; ++n) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(simulator::next_pause_ns(random)));
    ns.push_back(bind());
  }
}

void ours(const Rig& rig, Samples& ns) {
  DeviceRequest small(rig.stage.small(), without_hooks);
  simulator::RunningBig big(rig.engine, rig.stage.big(), rig.violations);
  bind_often(rig.seed, ns, [&] {
    big.domain();
    return bind_ns(rig.engine, small, rig.violations);
  });
}

void theirs(const Rig& rig, const Rival& rival, const Target& big, const Target& small, Samples& ns) {
  {
    const RunningRival running(rival, big);
    bind_often(rig.seed, ns, [&] { return fill_ns(rival, small); });
  }
  rival.leave();
}

// Whoever needs the small device writes it: sub-range by sub-range, under the mutexes of its parts.
double bind_2018_ns(AsyncDomain& domain, const Target& small) {
  const uint64_t began = now_ns();
  Init2018 init(domain, small);
  init.sync(0, small.memmap.nr_pages);
  return double(now_ns() - began);
}

// Or waits by cookie, as unplug and the sysfs file do: for everything scheduled before, the big device too.
double wait_2018_ns(Running2018& big, AsyncDomain& domain, const Target& small) {
  big.init();
  const uint64_t began = now_ns();
  Init2018 init(domain, small);
  init.wait();
  const double took = double(now_ns() - began);
  big.stop();
  return took;
}

}  // namespace

void beside_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  const std::vector<Rival> rivals = all_rivals(rig);
  const Target small = target_of(rig.stage.small());
  const Target slice = target_of(simulator::slice_of(rig.stage.big(), simulator::kSlicePages));
  AsyncDomain async(kThreads2018);
  Running2018 big_2018(async, target_of(rig.stage.big()));
  Comparison p99{.title = "pmem1 usable beside pmem0, p99",
                 .contestants = {{"this engine", "", 0, [&](Samples& ns) { ours(rig, ns); }}},
                 .of = Comparison::Of::p99};
  for (const BesideOpponent& opponent : kBesideOpponents) {
    const Rival rival = rival_named(opponent.rival, rivals);
    p99.contestants.push_back(
        {rival.who, opponent.key, opponent.target, [&, rival](Samples& ns) { theirs(rig, rival, slice, small, ns); }});
  }
  p99.contestants.push_back(
      {"8 threads x 128, who waits writes (2018)", "small_beside_big_p99_vs_2018", 1.0, [&](Samples& ns) {
         bind_often(rig.seed, ns, [&] {
           big_2018.init();
           return bind_2018_ns(async, small);
         });
         big_2018.stop();
       }});
  compare(bench, std::move(p99), rig.nr_pairs);
  Comparison p50{.title = "pmem1 usable beside pmem0, p50", .contestants = {}, .of = Comparison::Of::p50};
  p50.contestants = {{"this engine", "", 0, [&](Samples& ns) { ours(rig, ns); }},
                     {"waits by cookie (2018)", "small_beside_big_p50_vs_2018", 0.05,
                      once([&] { return wait_2018_ns(big_2018, async, small); })}};
  compare(bench, std::move(p50), rig.nr_pairs);
}

}  // namespace memmap::bench
