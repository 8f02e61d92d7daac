// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/virtual/history.h"

#include <algorithm>

namespace memmap::virtual_time {

void History::reach(uint64_t end_ns) {
  while (end_ns > bin_ns_ * kBins) {
    for (size_t i = 0; i < bins_.size(); ++i) {
      const double amount = bins_[i];
      bins_[i] = 0;
      bins_[i / 2] += amount;
    }
    bins_.resize((bins_.size() + 1) / 2);
    bin_ns_ *= 2;
  }
  const size_t nr_bins = size_t((end_ns + bin_ns_ - 1) / bin_ns_);
  if (bins_.size() < nr_bins) bins_.resize(nr_bins);
}

void History::add(uint64_t begin_ns, uint64_t end_ns, double amount) {
  end_ns = std::max(end_ns, begin_ns + 1);
  reach(end_ns);
  const double per_ns = amount / double(end_ns - begin_ns);
  for (uint64_t at = begin_ns; at < end_ns;) {
    const uint64_t bin = at / bin_ns_, next = std::min(end_ns, (bin + 1) * bin_ns_);
    bins_[size_t(bin)] += per_ns * double(next - at);
    at = next;
  }
}

double History::until(uint64_t ns) const {
  double sum = 0;
  for (size_t i = 0; i < bins_.size() && i * bin_ns_ < ns; ++i) {
    const double share = double(std::min(ns - i * bin_ns_, bin_ns_)) / double(bin_ns_);
    sum += bins_[i] * share;
  }
  return sum;
}

double History::rate(uint64_t begin_ns, uint64_t end_ns) const {
  return end_ns <= begin_ns ? 0 : (until(end_ns) - until(begin_ns)) / double(end_ns - begin_ns);
}

}  // namespace memmap::virtual_time
