// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the engine itself costs: beside the stores of a fill, for a flush of nothing, for a submit.
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <deque>

#include "device_jobs.h"
#include "host/record_cost.h"
#include "init_2018.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::now_ns;

// What cannot be spared: whoever makes pages usable before the fill is over must fence, and then say so, in a word that
// he shares with others. That access waits until his stores are in memory; the fence does not.
uint64_t published_fill_ns(const Target& target) {
  static std::atomic<uint64_t> ready;
  const uint64_t grain_pages = host::grain_pages_of(target.memmap.nr_pages, 1);
  const uint64_t began = now_ns();
  for (uint64_t first = 0; first < target.memmap.nr_pages; first += grain_pages) {
    target.write(first, std::min(first + grain_pages, target.memmap.nr_pages));
    ready.fetch_or(first, std::memory_order_relaxed);
  }
  return now_ns() - began;
}

void engine_cost(Bench& bench) {
  const Rig& rig = bench.rig;
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  const Target target = target_of(span);
  DeviceRequest request(span, without_hooks);
  compare(bench,
          {.title = "fill through the engine, one thread",
           .contestants = {{"this engine, no workers", "", 0,
                            once([&] { return bind_ns(rig.inline_engine, request, rig.violations); })},
                           {"the writer in a loop", "engine_cost_vs_writer", 1.01, once([&] {
                              const uint64_t began = now_ns();
                              target.write(0, target.memmap.nr_pages);
                              return now_ns() - began;
                            })},
                           {"the same, published grain by grain", "", 0,
                            once([&] { return published_fill_ns(target); }), true}}},
          rig.nr_pairs);
}

// Of one of many, so that the clock does not count.
template <typename Function>
double one_of_many_ns(Function function) {
  constexpr int kTimes = 1000;
  const uint64_t began = now_ns();
  for (int n = 0; n < kTimes; ++n) function();
  return double(now_ns() - began) / kTimes;
}

void empty_flush(Bench& bench) {
  const Rig& rig = bench.rig;
  Domain domain(rig.engine.pool(), "nothing");
  oneapi::tbb::isolated_task_group isolated;
  oneapi::tbb::task_group group;
  const auto ours = [&] { return one_of_many_ns([&] { (void)domain.flush(); }); };
  if (bench.wants("empty_flush_ns")) {
    Samples ns;
    for (uint32_t n = 0; n < 10 * rig.nr_pairs; ++n) ns.push_back(ours());
    bench.add(time_of("empty_flush_ns", "flush of a domain without requests", ns, "ns", 200));
  }
  Comparison comparison{.title = "wait for a group of nothing", .contestants = {}};
  comparison.contestants = {
      {"this engine", "", 0, once(ours)},
      {"oneTBB, task_group", "empty_flush_vs_tbb", 0, once([&] { return one_of_many_ns([&] { group.wait(); }); })},
      {"oneTBB, isolated_task_group", "empty_flush_vs_tbb_isolated", 0,
       once([&] { return one_of_many_ns([&] { isolated.wait(); }); })},
  };
  compare(bench, std::move(comparison), 10 * rig.nr_pairs);
}

// Whether a flush looks at domains that are no part of it.
void empty_flush_beside_others(Bench& bench) {
  const Rig& rig = bench.rig;
  Domain domain(rig.engine.pool(), "nothing");
  const auto alone = [&] { return one_of_many_ns([&] { (void)domain.flush(); }); };
  const auto beside_others = [&] {
    std::deque<Domain> others;
    for (int n = 0; n < 60; ++n) others.emplace_back(rig.engine.pool(), "other");
    return alone();
  };
  Comparison comparison{.title = "flush of nothing, beside 60 open domains", .contestants = {}};
  comparison.contestants = {{"beside 60", "", 0, once(beside_others)},
                            {"alone", "empty_flush_beside_60_vs_alone", 1.2, once(alone)}};
  compare(bench, std::move(comparison), 10 * rig.nr_pairs);
}

// How long the caller is kept who wants a device initialised in the background; all threads are asleep before.
void submits(Bench& bench) {
  const Rig& rig = bench.rig;
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), uint64_t{64} << 30 >> 12);
  const Target target = target_of(span);
  AsyncDomain async(kParts2018);
  DeviceRequest request(span, without_hooks);
  Comparison comparison{.title = "the caller of a 64 GiB event goes on", .contestants = {}};
  const auto ours = [&] {
    const memmap_request& plain = request.renewed();
    std::this_thread::sleep_for(kPause);
    Domain domain(rig.engine.pool(), "submitted");
    const uint64_t began = now_ns();
    const int status = domain.submit(plain);
    const uint64_t took = now_ns() - began;
    rig.violations.found(&simulator::Violations::calls, status != MEMMAP_OK || domain.cancel() != MEMMAP_OK, "submit");
    return took;
  };
  const auto theirs = [&] {
    std::this_thread::sleep_for(kPause);
    const uint64_t began = now_ns();
    Init2018 init(async, target);
    return now_ns() - began;  // the destructor abandons it
  };
  comparison.contestants = {{"this engine", "", 0, once(ours)},
                            {"8 works in an async domain (2018)", "submit_vs_2018", 1.0, once(theirs)}};
  compare(bench, std::move(comparison), 3 * rig.nr_pairs);
}

}  // namespace

void cost_figures(Bench& bench) {
  for (const auto measure : {engine_cost, empty_flush, empty_flush_beside_others, submits}) measure(bench);
}

}  // namespace memmap::bench
