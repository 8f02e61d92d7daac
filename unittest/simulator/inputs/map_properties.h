// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What holds for whatever a parser of memory maps is given.
#ifndef MEMMAP_UNITTEST_SIMULATOR_INPUTS_MAP_PROPERTIES_H
#define MEMMAP_UNITTEST_SIMULATOR_INPUTS_MAP_PROPERTIES_H

#include "absl/status/statusor.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

// Ends the process if not: an error names "fuzz" as its file and says what was found and expected; a map is valid, can
// be cut to size, and is the same after it went through the kernel's log.
void check_properties(const absl::StatusOr<MemoryMap>& map);

}  // namespace memmap::simulator
#endif  // MEMMAP_UNITTEST_SIMULATOR_INPUTS_MAP_PROPERTIES_H
