// SPDX-License-Identifier: GPL-2.0-only OR MIT
// First faults in a big device, against the design of 2018 with the same writer: there a fault writes the 1,024th of
// the device that covers its page, under a mutex that the part's own thread may hold; or, as a wait by cookie does, it
// waits for its part and all before it.
#include <memory>
#include <optional>
#include <thread>

#include "host/splitmix.h"
#include "init_2018.h"
#include "rounds.h"
#include "running_2018.h"
#include "simulator/events/arrivals.h"
#include "simulator/events/first_faults.h"
#include "simulator/figures/running_big.h"

namespace memmap::bench {
namespace {

using host::Splitmix;
using simulator::now_ns;

constexpr uint32_t kFaultsARound = 20;
constexpr int kTries = 64;

void pause(Splitmix& random) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(simulator::next_pause_ns(random)));
}

void our_faults(const Rig& rig, Splitmix& random, Samples& ns) {
  simulator::RunningBig big(rig.engine, rig.stage.big(), rig.violations);
  for (uint32_t n = 0; n < kFaultsARound; ++n) {
    Domain& domain = big.domain();
    pause(random);
    const auto pfn = simulator::find_page(rig.engine.pool(), rig.stage.big().data(), false, random);
    if (pfn) ns.push_back(simulator::fault(rig.engine.pool(), domain, *pfn, rig.violations));
  }
}

std::optional<uint64_t> record_not_written(const Init2018& init, uint64_t nr_records, Splitmix& random) {
  for (int n = 0; n < kTries; ++n) {
    const uint64_t record = random.next() % nr_records;
    if (!init.is_written(record)) return record;
  }
  return std::nullopt;
}

void their_faults(Running2018& big, bool by_cookie, uint32_t nr_faults, Splitmix& random, Samples& ns) {
  const size_t nr_samples = ns.size() + nr_faults;
  for (uint32_t tries = 100 * nr_faults; ns.size() < nr_samples && tries > 0; --tries) {
    Init2018& init = big.init();
    pause(random);
    const auto record = record_not_written(init, big.target().memmap.nr_pages, random);
    if (!record) continue;
    const uint64_t began = now_ns();
    by_cookie ? init.wait_for_part(*record) : init.sync(*record, 1);
    ns.push_back(double(now_ns() - began));
  }
  big.stop();
}

}  // namespace

void fault_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  AsyncDomain eight(kParts2018);
  AsyncDomain equal(uint32_t(rig.machine.cpus.size()));
  const Target target = target_of(rig.stage.big());
  Running2018 with_eight(eight, target);
  Running2018 with_equal(equal, target);
  Splitmix random(rig.seed);
  const auto helping = [&random](Running2018& big) {
    return [&](Samples& ns) { their_faults(big, false, kFaultsARound, random, ns); };
  };
  Comparison p50{.title = "first fault while everything runs, p50", .contestants = {}, .of = Comparison::Of::p50};
  p50.contestants = {
      {"this engine", "", 0, [&](Samples& ns) { our_faults(rig, random, ns); }},
      {"writes its 1,024th, 8 threads (2018)", "first_fault_p50_vs_2018", 0.05, helping(with_eight)},
      {"writes its 1,024th, a thread a CPU (2018)", "first_fault_p50_vs_2018_equal", 0.05, helping(with_equal)},
      {"waits by cookie (2018)", "first_fault_p50_vs_2018_prefix", 0.05,
       [&](Samples& ns) { their_faults(with_eight, true, 1, random, ns); }},
  };
  Comparison p99 = p50;
  p99.title = "first fault while everything runs, p99";
  p99.of = Comparison::Of::p99;
  p99.contestants.pop_back();  // one sample a round: no p99
  p99.contestants[1].key = "first_fault_p99_vs_2018";
  p99.contestants[2].key = "first_fault_p99_vs_2018_equal";
  const auto any_wanted = [&](Comparison comparison) { return comparison.keep_wanted(bench); };
  if (!any_wanted(p50) && !any_wanted(p99)) return;
  rig.progress("first faults against the design of 2018");
  std::vector<Samples> samples = measure_rounds(rig.nr_pairs, p50.contestants, rig.seed);
  judge(bench, p50, samples);
  samples.pop_back();
  judge(bench, p99, samples);
}

}  // namespace memmap::bench
