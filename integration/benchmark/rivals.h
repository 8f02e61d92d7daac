// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Other ways to write the same records with the same writer: what differs is only who does which part when.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_RIVALS_H
#define MEMMAP_INTEGRATION_BENCHMARK_RIVALS_H

#include <cstdint>
#include <vector>

#include "memmap/image.h"
#include "simulator/stage.h"

namespace memmap::bench {

// Records of a device, and what they get.
struct Target {
  simulator::Memmap memmap;
  pages::Image image;
};
Target target_of(const simulator::DeviceSpan& span);

// Each returns nanoseconds, for all of the target.
double one_thread_ns(const Target& target);
double tbb_auto_ns(const Target& target);
double tbb_static_ns(const Target& target);
double openmp_static_ns(const Target& target, uint32_t nr_threads);
double static_parts_ns(const Target& target, const std::vector<uint32_t>& cpus);  // pinned threads that exist already

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_RIVALS_H
