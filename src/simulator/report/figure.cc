// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/figure.h"

#include <algorithm>

namespace memmap::simulator {
namespace {

constexpr double kUs = 1000;
constexpr double kReached = 1.02;  // times the bound, or the other way round: what cannot be told apart

}  // namespace

Verdict verdict_of(const Figure& figure) {
  if (figure.target == 0) return Verdict::none;
  if (figure.met()) return Verdict::met;
  const bool higher = figure.better == Figure::Better::higher;
  if (higher ? figure.interval.high >= figure.target : figure.interval.low <= figure.target) return Verdict::undecided;
  if (figure.bound == 0) return Verdict::missed;
  const bool out_of_reach = higher ? figure.bound < figure.target : figure.bound > figure.target;
  // A limit that we beat was none.
  const Interval reach = {figure.bound / kReached, figure.bound * kReached};
  const bool reached = figure.interval.low <= reach.high && figure.interval.high >= reach.low;
  return out_of_reach && reached ? Verdict::limited : Verdict::missed;
}

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::none:
      return "";
    case Verdict::met:
      return "met";
    case Verdict::undecided:
      return "undecided";
    case Verdict::limited:
      return "at the limit";
    case Verdict::missed:
      return "missed";
  }
  return "";
}

Figure throughput_figure(const Pairs& pairs, uint64_t nr_records) {
  Figure figure;
  const Samples speed = ratios(pairs.theirs_ns, pairs.ours_ns);
  figure.value = median(speed);
  figure.interval = median_interval(speed);
  figure.ours = median(pairs.ours_ns) / double(nr_records);
  figure.theirs = median(pairs.theirs_ns) / double(nr_records);
  figure.unit = "ns/record";
  figure.samples = speed.size();
  return figure;
}

Figure time_ratio_figure(const Pairs& pairs) {
  Figure figure;
  const Samples times = ratios(pairs.ours_ns, pairs.theirs_ns);
  figure.value = median(times);
  figure.interval = median_interval(times);
  figure.ours = median(pairs.ours_ns) / kUs;
  figure.theirs = median(pairs.theirs_ns) / kUs;
  figure.unit = "us";
  figure.samples = times.size();
  figure.better = Figure::Better::lower;
  return figure;
}

Figure time_figure(const Samples& ns, double percent, uint64_t seed) {
  Figure figure;
  figure.ours = figure.value = percentile(ns, percent) / kUs;
  const Interval interval = percentile_interval(ns, percent, seed);
  figure.interval = {interval.low / kUs, interval.high / kUs};
  figure.unit = "us";
  figure.samples = ns.size();
  figure.better = Figure::Better::lower;
  return figure;
}

Figure percentile_ratio_figure(const Pairs& samples, double percent, uint64_t seed) {
  Figure figure;
  figure.ours = percentile(samples.ours_ns, percent) / kUs;
  figure.theirs = percentile(samples.theirs_ns, percent) / kUs;
  figure.value = figure.ours / figure.theirs;
  figure.interval = percentile_ratio_interval(samples.ours_ns, samples.theirs_ns, percent, seed);
  figure.unit = "us";
  figure.samples = std::min(samples.ours_ns.size(), samples.theirs_ns.size());
  figure.better = Figure::Better::lower;
  return figure;
}

}  // namespace memmap::simulator
