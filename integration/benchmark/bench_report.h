// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the benchmark says: a line a figure, and whether it is what it should be.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_BENCH_REPORT_H
#define MEMMAP_INTEGRATION_BENCHMARK_BENCH_REPORT_H

#include <string>
#include <vector>

#include "catalogue.h"
#include "simulator/options/options.h"

namespace memmap::bench {

struct MeasuredSection {
  const Section* section;
  std::vector<Figure> figures;
  std::vector<Chart> charts;
  double wall_s;
};

struct BenchReport {
  std::string command;
  uint64_t seed;
  std::string machine;
  std::string memory_map;
  std::string sizes;
  std::string memory;
  std::string limit;
  uint64_t records_verified;
  uint64_t violations = 0;
  double wall_s = 0;
  std::vector<MeasuredSection> sections;

  std::vector<Figure> figures() const;  // of all sections
};

// CSV is a line of key,value,low,high,target,bound,samples for each figure.
std::string format_bench(const BenchReport& report, simulator::Format format);

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_BENCH_REPORT_H
