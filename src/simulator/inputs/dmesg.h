// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Reads a kernel's log, whole or in excerpts, with or without timestamps and prefixes: log_line.h has the lines that
// count; all others are passed over. Of several boots the last one counts, of several tables of a boot the last one
// (the firmware's, the user's, the modified one), of lines that are quoted at different depths the outermost.
#ifndef MEMMAP_SIMULATOR_INPUTS_DMESG_H
#define MEMMAP_SIMULATOR_INPUTS_DMESG_H

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

// parse_dmesg: the valid map, or an error "file:line: found X, expected Y".
absl::StatusOr<MemoryMap> parse_dmesg(absl::string_view text, absl::string_view file);

// says_memory: some line of the text says something about physical memory.
bool says_memory(absl::string_view text);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_DMESG_H
