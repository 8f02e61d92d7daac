// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Numbers with units, as people write them: "3TiB", "1.5ms", "46GB/s".
#ifndef MEMMAP_SIMULATOR_SCENARIO_QUANTITY_H
#define MEMMAP_SIMULATOR_SCENARIO_QUANTITY_H

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace memmap::virtual_time {

enum class Unit {
  bytes,      // B, KiB, MiB, GiB, TiB
  time,       // ns, us (or µs), ms, s, min: in nanoseconds
  bandwidth,  // MB/s, GB/s (10^9): in GB/s, which is bytes per nanosecond
};

// A number, not negative, and a unit, with or without a blank between; nothing where it is anything else, or too large
// for an int64.
std::optional<double> parse_quantity(absl::string_view text, Unit unit);

// What to expect: "a size such as \"3TiB\"".
absl::string_view example_of(Unit unit);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_SCENARIO_QUANTITY_H
