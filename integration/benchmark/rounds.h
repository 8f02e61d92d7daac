// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Interleaved rounds: in each round every contestant does the job once, so that a disturbance of the machine meets all
// of them; in an order drawn anew for each, as what one leaves in the caches meets who comes next.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_ROUNDS_H
#define MEMMAP_INTEGRATION_BENCHMARK_ROUNDS_H

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "bench.h"

namespace memmap::bench {

// Before each job there is a pause, in which the threads of whoever was before stop spinning (libgomp: some 5 ms).
constexpr std::chrono::milliseconds kPause(10);

struct Contestant {
  std::string who;
  std::string key;                       // of the figure ours/theirs; empty for ours and for the limit
  double target;                         // of that figure; 0: none
  std::function<void(Samples& ns)> job;  // adds what it took, once or several times
  bool is_limit = false;                 // no rival: what the machine can do at all; the shortest is the figures' bound
};

struct Comparison {
  enum class Of { throughput, time, p50, p99 };

  std::string title;                    // of the chart; and what the figures are about
  std::vector<Contestant> contestants;  // the first is ours
  Of of = Of::time;
  uint64_t nr_records = 0;  // of a job: for throughput
  const char* unit = "us";  // of times: "us"; "CPU us"

  // Leaves out who is in no wanted figure. False: nobody is left but ours.
  bool keep_wanted(const Bench& bench);
};

// Of each contestant. The first round warms up and does not count.
std::vector<Samples> measure_rounds(uint32_t nr_rounds, const std::vector<Contestant>& contestants, uint64_t seed);

// Adds a figure for each rival, and a chart of all.
void judge(Bench& bench, const Comparison& comparison, const std::vector<Samples>& samples);

// keep_wanted(), measure_rounds(), judge().
void compare(Bench& bench, Comparison comparison, uint32_t nr_rounds);

// A job of one sample a round, from a function that returns nanoseconds.
template <typename Function>
std::function<void(Samples&)> once(Function function) {
  return [function](Samples& ns) { ns.push_back(double(function())); };
}

// A figure of times that nobody is compared with: their median.
Figure time_of(const char* key, const char* what, const Samples& values, const char* unit, double target);

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_ROUNDS_H
