// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The command lines of memmap-sim's verbs that run in virtual time. Pure.
#ifndef MEMMAP_SIMULATOR_COMMAND_VIRTUAL_OPTIONS_H
#define MEMMAP_SIMULATOR_COMMAND_VIRTUAL_OPTIONS_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/options/options.h"
#include "simulator/policy/sweep.h"

namespace memmap::simulator {

struct VirtualOptions {
  enum class Verb { compare, explain, validate, scenarios };

  Verb verb = Verb::compare;
  std::string scenario;  // a ready one or a file
  std::vector<virtual_time::Policy> policies;
  std::optional<uint64_t> seed;
  std::optional<virtual_time::Sweep> sweep;
  bool skips_page = false;  // --plant=skipped_page
  double budget = 0;        // this engine's times the bound at most; 0: none
  Format format = Format::table;
  std::string output, trace, html;
};

// Whether main() should leave a command line to these.
bool is_virtual_verb(absl::string_view verb);
std::span<const absl::string_view> virtual_verbs();

// The verb and its arguments. INVALID_ARGUMENT says what was found and what is expected.
absl::StatusOr<VirtualOptions> parse_virtual_options(std::span<const char* const> arguments);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_COMMAND_VIRTUAL_OPTIONS_H
