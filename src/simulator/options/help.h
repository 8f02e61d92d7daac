// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What memmap-sim says of itself: an overview, and each verb with its flags and examples. The manual page and the
// documentation site are made of it.
#ifndef MEMMAP_SIMULATOR_OPTIONS_HELP_H
#define MEMMAP_SIMULATOR_OPTIONS_HELP_H

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace memmap::simulator {

struct VerbHelp {
  absl::string_view name;
  absl::string_view arguments;  // as in "SCENARIO [FLAG...]"
  absl::string_view purpose;    // without a full stop
  absl::string_view text;       // paragraphs and lists of flags
  absl::string_view examples;   // lines, each "memmap-sim ..." and, behind "#", what for
};
std::span<const VerbHelp> verb_helps();

// Whether a command line asks for help: no argument, `help ...`, --help or -h anywhere.
bool wants_help(std::span<const char* const> arguments);

// The help that it asks for: of the verb that it names, of `all`, else the overview. INVALID_ARGUMENT names the verb
// that may have been meant.
absl::StatusOr<std::string> help(std::span<const char* const> arguments);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_OPTIONS_HELP_H
