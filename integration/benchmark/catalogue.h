// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Every figure that the benchmark has, by its key, in sections: what is measured together is read together.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_CATALOGUE_H
#define MEMMAP_INTEGRATION_BENCHMARK_CATALOGUE_H

#include <string>
#include <vector>

#include "bench.h"

namespace memmap::bench {

struct Section {
  const char* title;
  const char* means;  // what one learns from its figures, for people
  void (*measure)(Bench& bench);
  std::vector<std::string> keys;
};

// In the order in which they are measured.
const std::vector<Section>& catalogue();

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_CATALOGUE_H
