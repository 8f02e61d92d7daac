// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Medians, percentiles and how sure they are, without an assumption about how times are distributed.
#ifndef MEMMAP_SIMULATOR_REPORT_STATISTICS_H
#define MEMMAP_SIMULATOR_REPORT_STATISTICS_H

#include <cstdint>
#include <vector>

namespace memmap::simulator {

using Samples = std::vector<double>;

// An interval that holds the true value with a probability of 95 %, or what comes nearest with so few samples.
struct Interval {
  double low = 0;
  double high = 0;
};

// The smallest sample that at least `percent` % of all are not above (nearest rank); 0 of none.
double percentile(Samples samples, double percent);

// The middle one, or the mean of the two in the middle; 0 of none.
double median(Samples samples);

// Of the median, between two order statistics: their ranks are from the binomial distribution. With fewer than six
// samples: from the smallest to the largest.
Interval median_interval(Samples samples);

// ours[i] / theirs[i]: of samples taken in pairs.
Samples ratios(const Samples& ours, const Samples& theirs);

// Of percentile(ours) / percentile(theirs), by a bootstrap over both; the same seed gives the same interval.
Interval percentile_ratio_interval(const Samples& ours, const Samples& theirs, double percent, uint64_t seed);

// Of the percentile itself, as above.
Interval percentile_interval(const Samples& samples, double percent, uint64_t seed);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_REPORT_STATISTICS_H
