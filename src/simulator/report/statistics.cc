// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/statistics.h"

#include <algorithm>
#include <cmath>

#include "host/splitmix.h"

namespace memmap::simulator {
namespace {

constexpr double kTail = 0.025;  // of 95 %, on each side
constexpr int kResamples = 400;

// What percentile() does, on sorted samples.
double nearest_rank(const Samples& sorted, double percent) {
  if (sorted.empty()) return 0;
  const double rank = std::ceil(percent / 100 * double(sorted.size()));
  return sorted[size_t(std::clamp(rank, 1.0, double(sorted.size()))) - 1];
}

// How many samples may be cut off at each end so that the median stays inside with 95 %: the largest k for which a fair
// coin thrown n times shows fewer than k + 1 heads with a probability of at most 2.5 %.
size_t cut_off(size_t n) {
  double term = std::pow(0.5, double(n));
  double below = 0;
  size_t k = 0;
  for (size_t heads = 0; heads < n && below + term <= kTail; ++heads) {
    below += term;
    term *= double(n - heads) / double(heads + 1);
    k = heads + 1;
  }
  return k == 0 ? 0 : k - 1;
}

Samples resampled(const Samples& samples, host::Splitmix& random) {
  Samples drawn(samples.size());
  for (double& value : drawn) value = samples[random.below(uint32_t(samples.size()))];
  return drawn;
}

Interval middle_of(Samples estimates) {
  std::sort(estimates.begin(), estimates.end());
  return {nearest_rank(estimates, 100 * kTail), nearest_rank(estimates, 100 - 100 * kTail)};
}

}  // namespace

double percentile(Samples samples, double percent) {
  std::sort(samples.begin(), samples.end());
  return nearest_rank(samples, percent);
}

double median(Samples samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const size_t n = samples.size();
  return (samples[(n - 1) / 2] + samples[n / 2]) / 2;
}

Interval median_interval(Samples samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const size_t cut = cut_off(samples.size());
  return {samples[cut], samples[samples.size() - 1 - cut]};
}

Samples ratios(const Samples& ours, const Samples& theirs) {
  Samples result(std::min(ours.size(), theirs.size()));
  for (size_t n = 0; n < result.size(); ++n) result[n] = ours[n] / theirs[n];
  return result;
}

Interval percentile_ratio_interval(const Samples& ours, const Samples& theirs, double percent, uint64_t seed) {
  if (ours.empty() || theirs.empty()) return {};
  host::Splitmix random(seed);
  Samples estimates(kResamples);
  for (double& estimate : estimates) {
    estimate = percentile(resampled(ours, random), percent) / percentile(resampled(theirs, random), percent);
  }
  return middle_of(std::move(estimates));
}

Interval percentile_interval(const Samples& samples, double percent, uint64_t seed) {
  if (samples.empty()) return {};
  host::Splitmix random(seed);
  Samples estimates(kResamples);
  for (double& estimate : estimates) estimate = percentile(resampled(samples, random), percent);
  return middle_of(std::move(estimates));
}

}  // namespace memmap::simulator
