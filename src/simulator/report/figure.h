// SPDX-License-Identifier: GPL-2.0-only OR MIT
// One figure: a measured ratio or time, how sure it is, and what it should be.
#ifndef MEMMAP_SIMULATOR_REPORT_FIGURE_H
#define MEMMAP_SIMULATOR_REPORT_FIGURE_H

#include <cstdint>
#include <string>

#include "simulator/report/statistics.h"

namespace memmap::simulator {

struct Figure {
  enum class Better { higher, lower };

  std::string key;    // of the JSON object "figures"
  std::string what;   // for people
  double value = 0;   // a ratio ours/theirs, or what the key's name says
  Interval interval;  // of the value, 95 %
  double ours = 0;    // in `unit`
  double theirs = 0;  // 0: nobody to compare with
  std::string unit;   // "ns/record", "us"
  std::string theirs_is;
  uint64_t samples = 0;
  Better better = Better::higher;
  double target = 0;
  double bound = 0;  // what it would be if ours ran at the measured limit, of stores mostly; 0: not known

  bool met() const { return better == Better::higher ? value >= target : value <= target; }
};

// What a figure says about its target.
enum class Verdict {
  none,       // it has no target
  met,        //
  undecided,  // not met, but the interval reaches the target
  limited,    // not met, nor would it be at the measured bound, which its interval reaches
  missed,
};
Verdict verdict_of(const Figure& figure);
const char* name_of(Verdict verdict);  // empty for none

// Times of one job done by us and by somebody else, in turn.
struct Pairs {
  Samples ours_ns;
  Samples theirs_ns;
};

// ours() and theirs() return nanoseconds. The first pair warms up and does not count.
template <typename Ours, typename Theirs>
Pairs measure_pairs(uint32_t nr_pairs, Ours ours, Theirs theirs) {
  Pairs pairs;
  for (uint32_t n = 0; n <= nr_pairs; ++n) {
    const double our_ns = ours();
    const double their_ns = theirs();
    if (n == 0) continue;
    pairs.ours_ns.push_back(our_ns);
    pairs.theirs_ns.push_back(their_ns);
  }
  return pairs;
}

// Throughput, ours/theirs: the median of the pairs' ratios. Each sample is a job of nr_records.
Figure throughput_figure(const Pairs& pairs, uint64_t nr_records);

// Time, ours/theirs: the median of the pairs' ratios.
Figure time_ratio_figure(const Pairs& pairs);

// A percentile of times, in microseconds; a ratio of percentiles of times.
Figure time_figure(const Samples& ns, double percent, uint64_t seed);
Figure percentile_ratio_figure(const Pairs& samples, double percent, uint64_t seed);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_REPORT_FIGURE_H
