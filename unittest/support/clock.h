// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A vector clock: what a fiber knows of. Its own time, and the time of each other fiber up to which that one's accesses
// happen before.
#pragma once

#include <array>
#include <cstdint>

namespace memmap::explore {

constexpr uint32_t kMaxFibers = 8;

struct Clock {
  std::array<uint32_t, kMaxFibers> at{};
  void join(const Clock& other) {
    for (uint32_t i = 0; i < kMaxFibers; ++i)
      if (other.at[i] > at[i]) at[i] = other.at[i];
  }
};

}  // namespace memmap::explore
