// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What happened when: an amount over virtual time in a bounded number of bins. Where time goes on beyond the last bin,
// all bins become twice as long: so a run of milliseconds has microseconds' bins, one of minutes has seconds'.
#ifndef MEMMAP_SIMULATOR_VIRTUAL_HISTORY_H
#define MEMMAP_SIMULATOR_VIRTUAL_HISTORY_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memmap::virtual_time {

class History {
 public:
  static constexpr size_t kBins = 256;

  // Spread evenly over the time from begin_ns to end_ns.
  void add(uint64_t begin_ns, uint64_t end_ns, double amount);

  uint64_t bin_ns() const { return bin_ns_; }
  // By bins, from time 0 on; as many as were needed.
  const std::vector<double>& bins() const { return bins_; }
  // All until then, the bin around `ns` taken as even.
  double until(uint64_t ns) const;
  // The mean per nanosecond between two times.
  double rate(uint64_t begin_ns, uint64_t end_ns) const;

 private:
  void reach(uint64_t end_ns);

  uint64_t bin_ns_ = 1024;
  std::vector<double> bins_;
};

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_VIRTUAL_HISTORY_H
