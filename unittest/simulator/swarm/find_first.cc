// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The first seed that an engine fails on, for plants.py, which links it with engines that have one mistake each.
//
//   find_first SEEDS      prints "SEED: VIOLATION" and ends with 3; or nothing, and 0
#include <cstdio>
#include <cstdlib>

#include "simulator/swarm/case_run.h"

int main(int, char** arguments) {
  using namespace memmap::swarm;
  Runner runner;
  Marks marks;
  const uint64_t nr_seeds = std::strtoull(arguments[1], nullptr, 10);
  for (uint64_t seed = 1; seed <= nr_seeds; ++seed) {
    std::printf("%llu: ", (unsigned long long)seed);  // also of what ends the process
    std::fflush(stdout);
    const Verdict verdict = runner.run(draw(seed), Plant::none, marks);
    if (!verdict.violation.empty()) {
      std::printf("%s\n", verdict.violation.c_str());
      return 3;
    }
    std::printf("\n");
  }
  return 0;
}
