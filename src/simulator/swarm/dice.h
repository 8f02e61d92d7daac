// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What cases are drawn with.
#ifndef MEMMAP_SIMULATOR_SWARM_DICE_H
#define MEMMAP_SIMULATOR_SWARM_DICE_H

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "host/splitmix.h"

namespace memmap::swarm {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  uint64_t next() { return random_.next(); }
  uint32_t below(uint32_t n) { return random_.below(n); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  // Small ones as often as big ones.
  uint64_t logarithmic(uint64_t most) {
    uint32_t bits = 0;
    while (most >> bits > 1) ++bits;
    const uint64_t power = uint64_t{1} << below(bits + 1);
    return std::min<uint64_t>(most, power + next() % power);
  }
  template <typename T>
  T any(std::initializer_list<T> of) {
    return *(of.begin() + below(uint32_t(of.size())));
  }

 private:
  host::Splitmix random_;
};

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_DICE_H
