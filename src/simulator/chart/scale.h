// SPDX-License-Identifier: GPL-2.0-only OR MIT
// From values to where they stand on an axis.
#ifndef MEMMAP_SIMULATOR_CHART_SCALE_H
#define MEMMAP_SIMULATOR_CHART_SCALE_H

#include <string>
#include <vector>

namespace memmap::chart {

// From values to percent of a length. A logarithmic one needs low > 0.
class Scale {
 public:
  Scale(double low, double high, bool logarithmic) : low_(low), high_(high), logarithmic_(logarithmic) {}

  double at(double value) const;  // 0 .. 100: what lies outside stands at the end
  double value(double percent) const;
  // Round numbers from `low` to `high`, at most about `most`: 1, 2 and 5 by powers of ten, or powers of ten alone.
  std::vector<double> ticks(size_t most) const;
  bool logarithmic() const { return logarithmic_; }
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  double low_, high_;
  bool logarithmic_;
};

// "0", "50 ns", "2 ms", "1.5 s": the numbers of an axis of times.
std::string tick_ns(double ns);

// "start", "middle", "end": of a text on a tick at this percentage, so that it stays inside of the picture.
const char* anchor_at(double percent);

}  // namespace memmap::chart
#endif  // MEMMAP_SIMULATOR_CHART_SCALE_H
