// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Makes a case that fails smaller, as long as the same invariant is violated.
#ifndef MEMMAP_SIMULATOR_SWARM_SHRINK_H
#define MEMMAP_SIMULATOR_SWARM_SHRINK_H

#include <cstdint>
#include <string>

#include "simulator/swarm/case_run.h"

namespace memmap::swarm {

struct Shrunk {
  Case smallest;
  Verdict verdict;       // of the smallest
  uint64_t nr_runs = 0;  // that it took
};

// `c` fails with `verdict`. The same input gives the same output; at most `runs_max` runs.
Shrunk shrink(Runner& runner, const Case& c, const Verdict& verdict, Plant plant, uint64_t runs_max = 4000);

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_SHRINK_H
