// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "rounds.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "host/splitmix.h"

namespace memmap::bench {
namespace {

using simulator::Interval;
using simulator::median;
using simulator::median_interval;
using simulator::Pairs;
using simulator::percentile;
using simulator::percentile_interval;
using Of = Comparison::Of;

constexpr double kUs = 1000;

double percent_of(Of of) { return of == Of::p99 ? 99 : 50; }

Figure figure_of(const Comparison& comparison, const Pairs& pairs, uint64_t seed) {
  if (comparison.of == Of::throughput) return throughput_figure(pairs, comparison.nr_records);
  if (comparison.of == Of::time) return time_ratio_figure(pairs);
  return percentile_ratio_figure(pairs, percent_of(comparison.of), seed);
}

// What a ratio would be if ours took as long as the limit; of several, the shortest.
double bound_of(const Comparison& comparison, const Samples& theirs_ns, const std::vector<Samples>& samples) {
  const Samples* limit = nullptr;
  for (size_t n = 0; n < samples.size(); ++n)
    if (comparison.contestants[n].is_limit && (!limit || median(samples[n]) < median(*limit))) limit = &samples[n];
  if (!limit) return 0;
  if (comparison.of == Of::throughput) return median(simulator::ratios(theirs_ns, *limit));
  return median(simulator::ratios(*limit, theirs_ns));
}

Bar bar_of(const Comparison& comparison, const Contestant& contestant, const Samples& ns, uint64_t seed) {
  const double divisor = comparison.of == Of::throughput ? double(comparison.nr_records) : kUs;
  const double percent = percent_of(comparison.of);
  const bool p99 = comparison.of == Of::p99;
  const double value = p99 ? percentile(ns, percent) : median(ns);
  const Interval interval = p99 ? percentile_interval(ns, percent, seed) : median_interval(ns);
  const Bar::Of whose = contestant.is_limit ? Bar::Of::limit : contestant.key.empty() ? Bar::Of::ours : Bar::Of::theirs;
  return {contestant.who, value / divisor, {interval.low / divisor, interval.high / divisor}, whose};
}

}  // namespace

bool Comparison::keep_wanted(const Bench& bench) {
  const auto unwanted = [&](const Contestant& who) { return !who.key.empty() && !bench.wants(who.key); };
  contestants.erase(std::remove_if(contestants.begin(), contestants.end(), unwanted), contestants.end());
  return std::any_of(contestants.begin(), contestants.end(), [](const Contestant& who) { return !who.key.empty(); });
}

std::vector<Samples> measure_rounds(uint32_t nr_rounds, const std::vector<Contestant>& contestants, uint64_t seed) {
  std::vector<Samples> samples(contestants.size());
  std::vector<size_t> order(contestants.size());
  std::iota(order.begin(), order.end(), size_t{0});
  host::Splitmix random(seed);
  for (uint32_t round = 0; round <= nr_rounds; ++round) {
    for (size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random.below(uint32_t(left))]);
    for (const size_t turn : order) contestants[turn].job(samples[turn]);
    if (round == 0) std::fill(samples.begin(), samples.end(), Samples());
  }
  return samples;
}

void judge(Bench& bench, const Comparison& comparison, const std::vector<Samples>& samples) {
  Chart chart{comparison.title, comparison.of == Of::throughput ? "ns/record" : comparison.unit, {}};
  for (size_t n = 0; n < samples.size(); ++n) {
    const Contestant& who = comparison.contestants[n];
    chart.bars.push_back(bar_of(comparison, who, samples[n], bench.rig.seed));
    if (who.key.empty()) continue;
    Figure figure = figure_of(comparison, {samples[0], samples[n]}, bench.rig.seed);
    figure.key = who.key;
    figure.what = comparison.title;
    figure.theirs_is = who.who;
    figure.target = who.target;
    figure.bound = bound_of(comparison, samples[n], samples);
    if (comparison.of != Of::throughput) figure.unit = comparison.unit;
    bench.add(figure);
  }
  bench.charts.push_back(std::move(chart));
}

void compare(Bench& bench, Comparison comparison, uint32_t nr_rounds) {
  if (!comparison.keep_wanted(bench)) return;
  bench.rig.progress(comparison.title.c_str());
  judge(bench, comparison, measure_rounds(nr_rounds, comparison.contestants, bench.rig.seed));
}

Figure time_of(const char* key, const char* what, const Samples& values, const char* unit, double target) {
  Figure figure;
  figure.key = key;
  figure.what = what;
  figure.value = figure.ours = simulator::median(values);
  figure.interval = simulator::median_interval(values);
  figure.unit = unit;
  figure.samples = values.size();
  figure.better = Figure::Better::lower;
  figure.target = target;
  return figure;
}

}  // namespace memmap::bench
