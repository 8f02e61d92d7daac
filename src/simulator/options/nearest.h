// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What somebody may have meant who mistyped a name.
#ifndef MEMMAP_SIMULATOR_OPTIONS_NEAREST_H
#define MEMMAP_SIMULATOR_OPTIONS_NEAREST_H

#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace memmap::simulator {

// The name that is made from `typed` by the fewest insertions, deletions and replacements of a letter; `names` is not
// empty.
absl::string_view nearest(absl::string_view typed, std::span<const absl::string_view> names);

// What an error message expects: the nearest name and a question mark; where none is near, all of them.
std::string hint(absl::string_view typed, std::span<const absl::string_view> names);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_OPTIONS_NEAREST_H
