// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Many seeds, each a case (case.h), in parallel; what they found, what they came past.
#ifndef MEMMAP_SIMULATOR_SWARM_SWARM_H
#define MEMMAP_SIMULATOR_SWARM_SWARM_H

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/swarm/case_run.h"

namespace memmap::swarm {

struct SwarmOptions {
  uint64_t first_seed = 1, nr_seeds = 2000;
  Plant plant = Plant::none;
  uint32_t repeat_each = 16;  // one of so many seeds is run twice and must be the same run
};

struct Failure {
  uint64_t seed = 0;
  std::string violation;
};

struct SwarmResult {
  uint64_t nr_seeds = 0;          // that were run: all, or until an interrupt
  std::vector<Failure> failures;  // ascending by seed
  Marks marks;
  double seed_ms_p50 = 0, seed_ms_p99 = 0, seed_ms_max = 0;  // of CPU, by one thread
};

// Stops early where `stopped` says so.
SwarmResult run_swarm(const SwarmOptions& options, bool (*stopped)());

// One seed as run_swarm() does it.
Verdict run_seed(Runner& runner, uint64_t seed, const SwarmOptions& options, Marks& marks);

// What a failure is told with: the case, made smaller, and how to see it again.
std::string report_failure(const Failure& failure, const SwarmOptions& options, const std::string& version);

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_SWARM_H
