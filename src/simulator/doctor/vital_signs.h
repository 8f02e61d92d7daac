// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What of this machine matters for the engine: limits, memory, clock, lenders; some of it measured, in a few seconds.
#ifndef MEMMAP_SIMULATOR_DOCTOR_VITAL_SIGNS_H
#define MEMMAP_SIMULATOR_DOCTOR_VITAL_SIGNS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/limits.h"
#include "simulator/report/statistics.h"
#include "simulator/stage/machine.h"

namespace memmap::simulator {

struct VitalSigns {
  // Limits. CPUs that are in no mask of ours are counted by the topology.
  std::optional<host::CpuQuota> quota;
  std::string quota_error;  // of a file that is not as the kernel documents it
  std::vector<uint32_t> unpinnable;
  // Memory.
  uint64_t free_bytes = 0;
  uint64_t huge_pages_free = 0, huge_page_bytes = 0;  // reserved ones
  std::string thp;                                    // transparent: "always", "madvise", "never", or not known
  // Clock.
  std::string clock_source;
  double clock_ns = 0;  // of one look
  // Lenders.
  std::string tbb_version;
  bool tbbbind = false;  // without it oneTBB knows no nodes
  // Measured.
  std::string store_limit;
  double store_record_ns = 0;
  double wake_ns_p50 = 0, wake_ns_p99 = 0;  // from before the FUTEX_WAKE until the wakee runs
  double running_share = 1;                 // of a CPU while we want it: the least of all
  uint32_t least_running_cpu = 0;
};

// Looks, and measures for about two seconds. An error: memory for it cannot be had.
absl::StatusOr<VitalSigns> examine(const Machine& machine);

// From before a FUTEX_WAKE until the wakee runs, in the engine's own way, again and again: nanoseconds.
absl::StatusOr<Samples> measure_wakes(const Machine& machine, uint32_t nr_wakes);

// Of the text of /proc/meminfo, in its own unit (kB, or pieces); 0 where there is no such line.
uint64_t meminfo_number(const std::string& meminfo, const std::string& key);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_DOCTOR_VITAL_SIGNS_H
