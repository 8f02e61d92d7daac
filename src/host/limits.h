// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Limits: how many CPUs this process may use: affinity masks and the cgroup's CPU quota (v1, v2 and hybrid).
#ifndef MEMMAP_HOST_LIMITS_H
#define MEMMAP_HOST_LIMITS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace memmap::host {

// CPUs of the calling thread's affinity mask, ascending; empty where the system does not tell.
std::vector<uint32_t> affinity_cpus();
// Those that some thread of this process may run on, ascending.
std::vector<uint32_t> process_cpus();

// Where the kernel tells a process its cgroups and where they are mounted.
struct CgroupFiles {
  std::string membership = "/proc/self/cgroup";
  std::string mounts = "/proc/self/mountinfo";
};

struct CpuQuota {
  uint64_t milli;    // thousandths of a CPU
  std::string file;  // that says so
};

// The CPU time this process may use, in thousandths of a CPU: the least quota of its cgroup and the ancestors we can
// see. No value: no bound, or no cgroups. An error names a file that has not the form the kernel documents.
absl::StatusOr<std::optional<CpuQuota>> cpu_quota(const CgroupFiles& files = {});
absl::StatusOr<std::optional<uint64_t>> cpu_quota_milli(const CgroupFiles& files = {});

// Workers for `nr_cpus` CPUs under a quota: rounded up, at least one.
uint32_t workers_under_quota(uint32_t nr_cpus, std::optional<uint64_t> quota_milli);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_LIMITS_H
