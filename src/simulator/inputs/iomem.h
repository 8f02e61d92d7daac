// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Reads /proc/iomem: a tree of "start-end : name" lines, inclusive bytes in hexadecimal, two blanks deeper for a child.
// "System RAM" at any depth is RAM (hot-added RAM stands below the device that it came from); what stands below it
// (Kernel code, Crash kernel, Reserved ...) is reserved. "Persistent Memory" or "Soft Reserved" without RAM in it is a
// device. As the kernel does, RAM is rounded inwards to whole pages and reserved memory outwards. Nodes are not in it:
// all is node 0.
#ifndef MEMMAP_SIMULATOR_INPUTS_IOMEM_H
#define MEMMAP_SIMULATOR_INPUTS_IOMEM_H

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

// parse_iomem: the valid map, or an error "file:line: found X, expected Y". Where the kernel shows zeros instead of
// addresses (to users without CAP_SYS_ADMIN), the error is_hidden().
absl::StatusOr<MemoryMap> parse_iomem(absl::string_view text, absl::string_view file);

// read_iomem: parse_iomem() of a file's content; also an error if it cannot be read.
absl::StatusOr<MemoryMap> read_iomem(const std::string& path);

// is_hidden: this map exists, but we may not see it.
bool is_hidden(const absl::Status& status);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_IOMEM_H
