// SPDX-License-Identifier: GPL-2.0-only OR MIT
// When things happen in a run that are no event of their own: pmem1 comes shortly after pmem0, and first faults in
// pmem0 come from its start on, again and again after a pause that is drawn from the seed.
#ifndef MEMMAP_SIMULATOR_EVENTS_ARRIVALS_H
#define MEMMAP_SIMULATOR_EVENTS_ARRIVALS_H

#include <chrono>
#include <cstdint>

#include "host/splitmix.h"
#include "simulator/report/statistics.h"

namespace memmap::simulator {

constexpr std::chrono::microseconds kSmallAfter(500);
constexpr uint32_t kMeanPauseNs = 100'000;

inline uint64_t next_pause_ns(host::Splitmix& random) { return random.below(2 * kMeanPauseNs); }

// How long those faults wait that come before `usable_ns` and can only wait until then.
inline Samples waits_until(uint64_t usable_ns, uint64_t seed) {
  host::Splitmix random(seed);
  Samples waits;
  for (uint64_t at = next_pause_ns(random); at < usable_ns; at += next_pause_ns(random)) {
    waits.push_back(double(usable_ns - at));
  }
  return waits;
}

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_ARRIVALS_H
