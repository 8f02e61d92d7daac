// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The flags that the benchmark has beside those of `memmap-sim run`.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_BENCH_OPTIONS_H
#define MEMMAP_INTEGRATION_BENCHMARK_BENCH_OPTIONS_H

#include <regex.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace memmap::bench {

struct BenchOptions {
  std::shared_ptr<regex_t> only;  // null: all figures
  std::string html;               // a file; empty: none
  bool list = false;
  std::vector<const char*> others;  // for `memmap-sim run`, 31 pairs where nothing else is asked for

  bool wants(const std::string& key) const { return !only || regexec(only.get(), key.c_str(), 0, nullptr, 0) == 0; }
};

// The arguments without the program's name, which must live on. INVALID_ARGUMENT says what was found and what is
// expected.
absl::StatusOr<BenchOptions> parse_bench_options(std::span<const char* const> arguments);

const char* bench_usage();

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_BENCH_OPTIONS_H
