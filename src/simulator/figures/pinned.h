// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Runs a function on some CPUs at the same time, for measurements: one pinned thread each, all of which start at once.
#ifndef MEMMAP_SIMULATOR_FIGURES_PINNED_H
#define MEMMAP_SIMULATOR_FIGURES_PINNED_H

#include <cstdint>
#include <functional>
#include <vector>

namespace memmap::simulator {

// function(n) on cpus[n]. Returns nanoseconds from the start of all to the end of the last.
uint64_t run_pinned(const std::vector<uint32_t>& cpus, const std::function<void(size_t)>& function);

// The n-th of `parts` contiguous parts of `whole` things, in multiples of `unit`.
struct Part {
  uint64_t begin;
  uint64_t end;
};
Part part_of(uint64_t whole, uint64_t unit, size_t n, size_t parts);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_FIGURES_PINNED_H
