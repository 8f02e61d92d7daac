// SPDX-License-Identifier: GPL-2.0-only OR MIT
#ifndef MEMMAP_SIMULATOR_INPUTS_TEXT_FILE_H
#define MEMMAP_SIMULATOR_INPUTS_TEXT_FILE_H

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace memmap::simulator {

// The whole file. PERMISSION_DENIED or NOT_FOUND: "PATH: why, expected EXPECTED".
absl::StatusOr<std::string> read_text(const std::string& path, absl::string_view expected);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_TEXT_FILE_H
