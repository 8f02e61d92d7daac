// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Splitmix64: seeded pseudo-random numbers that are the same on every machine and with every standard library.
#pragma once

#include <cstdint>

namespace memmap::host {

class Splitmix {
 public:
  explicit Splitmix(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t x = state_ += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
  }

  // 0 .. n - 1, n < 2^32; the bias is below n / 2^32.
  uint32_t below(uint32_t n) { return uint32_t(((next() >> 32) * n) >> 32); }

 private:
  uint64_t state_;
};

}  // namespace memmap::host
