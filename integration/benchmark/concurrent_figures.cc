// SPDX-License-Identifier: GPL-2.0-only OR MIT
// 64 equal events at once, each with a thread that waits for it. Jain's index of their speeds (1/64 .. 1: all equal)
// says how fairly they share; their mean time says what that is worth to them: who lets all of them finish last is
// fair.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <thread>

#include "absl/strings/str_cat.h"
#include "device_jobs.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::now_ns;
using simulator::Violations;

constexpr uint32_t kEvents = 64;

// What one round of all events gave.
struct Outcome {
  Samples jain;
  Samples mean_ns;
};

void add_round(const Samples& took_ns, Outcome& outcome) {
  double sum = 0;
  double squares = 0;
  for (const double ns : took_ns) {
    sum += 1 / ns;
    squares += 1 / ns / ns;
  }
  outcome.jain.push_back(sum * sum / (double(took_ns.size()) * squares));
  outcome.mean_ns.push_back(std::accumulate(took_ns.begin(), took_ns.end(), 0.0) / double(took_ns.size()));
}

// All threads begin at once: each one's time is from there to when its own event is done.
Samples times_of_all(const std::function<void(uint32_t)>& event) {
  std::atomic<uint32_t> waiting{0};
  std::atomic<uint64_t> began{0};
  Samples took_ns(kEvents);
  std::vector<std::thread> threads;
  for (uint32_t n = 0; n < kEvents; ++n) {
    threads.emplace_back([&, n] {
      waiting.fetch_add(1);
      began.wait(0);
      event(n);
      took_ns[n] = double(now_ns() - began.load());
    });
  }
  while (waiting.load() != kEvents) std::this_thread::yield();
  std::this_thread::sleep_for(kPause);
  began.store(now_ns());
  began.notify_all();
  for (std::thread& thread : threads) thread.join();
  return took_ns;
}

struct Way {
  std::string who;
  std::string name;  // in keys; empty: ours
  std::function<void(uint32_t)> event;
  std::function<void()> begin = [] {};
  std::function<void()> end = [] {};
};

class Events {
 public:
  explicit Events(const Rig& rig);
  void ours(uint32_t n, Domain& domain);
  void ours_apart(uint32_t n) {
    Domain domain(rig_.engine.pool(), "event");
    ours(n, domain);
  }
  const Target& target(uint32_t n) const { return targets_[n]; }

 private:
  const Rig& rig_;
  std::mutex mutex_;  // of the violations
  std::vector<DeviceSpan> spans_;
  std::vector<std::unique_ptr<DeviceRequest>> requests_;
  std::vector<Target> targets_;
};

Events::Events(const Rig& rig) : rig_(rig) {
  const DeviceSpan& big = rig.stage.big();
  const uint64_t nr_pages =
      std::min(uint64_t{1} << 18, simulator::round_down(big.device.nr_pages / kEvents, simulator::kSubsectionPages));
  for (uint32_t n = 0; n < kEvents; ++n) {
    spans_.push_back(slice_at(big, n * nr_pages, nr_pages));
    requests_.push_back(std::make_unique<DeviceRequest>(spans_.back(), without_hooks));
    targets_.push_back(target_of(spans_.back()));
  }
}

void Events::ours(uint32_t n, Domain& domain) {
  int status = domain.submit(requests_[n]->renewed());
  if (status == MEMMAP_OK) status = domain.flush();
  const std::lock_guard hold(mutex_);
  rig_.violations.found(&Violations::calls, status != MEMMAP_OK, "one of 64 events");
}

Figure jain_figure(const std::string& key, const Samples& ours, const Samples* theirs, const std::string& who) {
  Figure figure = time_of(key.c_str(), "fairness of 64 concurrent events (Jain)",
                          theirs == nullptr ? ours : simulator::ratios(ours, *theirs), "index", 0);
  figure.better = Figure::Better::higher;
  figure.ours = simulator::median(ours);
  if (theirs != nullptr) figure.theirs = simulator::median(*theirs);
  figure.theirs_is = who;
  return figure;
}

}  // namespace

void concurrent_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  Events events(rig);
  std::unique_ptr<Domain> shared;
  std::vector<Way> ways = {
      {"this engine", "", [&](uint32_t n) { events.ours_apart(n); }},
      {"this engine, one shared domain", "shared_domain", [&](uint32_t n) { events.ours(n, *shared); },
       [&] { shared = std::make_unique<Domain>(rig.engine.pool(), "all events"); }, [&] { shared.reset(); }}};
  const std::vector<Rival> rivals = all_rivals(rig);
  for (const char* name : {"tbb_auto", "openmp_static", "padata", "template_nt"}) {
    const Rival rival = rival_named(name, rivals);
    ways.push_back(
        {rival.who, name, [&events, rival](uint32_t n) { rival.fill(events.target(n)); }, rival.enter, rival.leave});
  }
  std::vector<Outcome> outcomes(ways.size());
  Comparison mean{.title = "64 events at once, mean time", .contestants = {}};
  for (size_t n = 0; n < ways.size(); ++n) {
    const Way& way = ways[n];
    Outcome& outcome = outcomes[n];
    const std::string key = way.name.empty() ? "" : absl::StrCat("events64_mean_vs_", way.name);
    mean.contestants.push_back({way.who, key, 1.0, once([&way, &outcome] {
                                  way.begin();
                                  add_round(times_of_all(way.event), outcome);
                                  way.end();
                                  return outcome.mean_ns.back();
                                })});
  }
  const auto wants = [&](const Way& way) {
    return bench.wants("events64_mean_vs_" + way.name) || bench.wants("events64_jain_vs_" + way.name);
  };
  if (!bench.wants("events64_jain") && std::none_of(ways.begin() + 1, ways.end(), wants)) return;
  rig.progress("64 events at once");
  judge(bench, mean, measure_rounds(rig.nr_pairs, mean.contestants, rig.seed));
  for (Outcome& outcome : outcomes) outcome.jain.erase(outcome.jain.begin());  // of the round that warms up
  for (size_t n = 0; n < ways.size(); ++n) {
    const std::string key = ways[n].name.empty() ? "events64_jain" : absl::StrCat("events64_jain_vs_", ways[n].name);
    bench.add(jain_figure(key, outcomes[0].jain, n == 0 ? nullptr : &outcomes[n].jain, n == 0 ? "" : ways[n].who));
  }
}

}  // namespace memmap::bench
