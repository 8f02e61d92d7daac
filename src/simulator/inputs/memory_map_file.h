// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A memory map from whatever people have: the one door to all parsers.
#ifndef MEMMAP_SIMULATOR_INPUTS_MEMORY_MAP_FILE_H
#define MEMMAP_SIMULATOR_INPUTS_MEMORY_MAP_FILE_H

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

// A map like /proc/iomem (iomem.h), where the first line looks like one of it; else a kernel's log (dmesg.h). An error:
// "file:line: found X, expected Y"; "file: found ..., expected ..." where the text is neither.
absl::StatusOr<MemoryMap> parse_memory_map(absl::string_view text, absl::string_view file);

// The same for a file's content; a folder is one like /sys/firmware/memmap (firmware_memmap.h).
absl::StatusOr<MemoryMap> read_memory_map(const std::string& path);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_MEMORY_MAP_FILE_H
