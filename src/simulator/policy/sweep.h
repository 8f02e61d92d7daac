// SPDX-License-Identifier: GPL-2.0-only OR MIT
// One scenario with one of its numbers varied: how each policy's time grows.
#ifndef MEMMAP_SIMULATOR_POLICY_SWEEP_H
#define MEMMAP_SIMULATOR_POLICY_SWEEP_H

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/policy/comparison.h"

namespace memmap::virtual_time {

// What is varied, from `low` to `high`.
struct Sweep {
  enum class Axis {
    size,       // of all that is added or booted, in bytes; each keeps its share
    cpus,       // of each node that has some
    bandwidth,  // write, of all memories, in GB/s
  };
  Axis axis = Axis::size;
  double low = 0, high = 0;
  uint32_t steps = 8;  // equal factors
};

// "size:3TiB..24TiB", "cpus:2..56", "bandwidth:5GB/s..50GB/s".
absl::StatusOr<Sweep> parse_sweep(absl::string_view text);

struct SweepStep {
  double value;  // as it came out: sizes are whole sections
  Comparison comparison;
};

std::vector<SweepStep> run_sweep(const Scenario& scenario, std::span<const Policy> policies, const Sweep& sweep,
                                 const std::string& command);

// Curves over logarithmic axes: from the scenario's begin until everything was usable.
std::string draw_sweep(const Sweep& sweep, const std::vector<SweepStep>& steps);
std::string sweep_json(const Sweep& sweep, const std::vector<SweepStep>& steps);
std::string sweep_csv(const Sweep& sweep, const std::vector<SweepStep>& steps);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_POLICY_SWEEP_H
