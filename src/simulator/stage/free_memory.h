// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How much RAM this process may still take: what the kernel calls available, at most what its cgroups leave.
#ifndef MEMMAP_SIMULATOR_STAGE_FREE_MEMORY_H
#define MEMMAP_SIMULATOR_STAGE_FREE_MEMORY_H

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace memmap::simulator {

// MemAvailable of /proc/meminfo, in bytes. `file` is named in errors.
absl::StatusOr<uint64_t> parse_available(absl::string_view meminfo, absl::string_view file);

// What the memory cgroups (v2 or v1) of this process leave, the least of all ancestors; nothing where there is no
// limit. `membership` is the text of /proc/self/cgroup, `root` where cgroups are mounted.
std::optional<uint64_t> cgroup_bytes_left(absl::string_view membership, const std::string& root);

absl::StatusOr<uint64_t> free_memory_bytes();

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_STAGE_FREE_MEMORY_H
