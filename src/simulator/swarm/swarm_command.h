// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap-sim swarm: its flags, what it prints, the exit status it earns.
#ifndef MEMMAP_SIMULATOR_SWARM_SWARM_COMMAND_H
#define MEMMAP_SIMULATOR_SWARM_SWARM_COMMAND_H

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "simulator/swarm/swarm.h"

namespace memmap::swarm {

struct SwarmResultText {
  std::string out;        // for the standard output
  std::string complaint;  // for the standard error; empty: none
  int exit_status = 0;    // 3: an invariant was violated; 130: interrupted
};

// The arguments behind the verb. INVALID_ARGUMENT says what was found and what is expected.
absl::StatusOr<SwarmOptions> parse_swarm_options(std::span<const char* const> arguments);

SwarmResultText swarm_command(const SwarmOptions& options, const std::string& version, bool (*stopped)());

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_SWARM_COMMAND_H
