// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap-sim compare, explain, validate, scenarios: what they print, and the exit status they earn.
#ifndef MEMMAP_SIMULATOR_COMMAND_VIRTUAL_COMMAND_H
#define MEMMAP_SIMULATOR_COMMAND_VIRTUAL_COMMAND_H

#include <string>

#include "simulator/command/virtual_options.h"

namespace memmap::simulator {

struct VirtualResult {
  std::string out;        // for the standard output, or --output
  std::string complaint;  // for the standard error; empty: none
  int exit_status = 0;    // 2: bad input; 3: an invariant was violated; 4: a budget was missed; 130: interrupted
  std::string trace;      // for --trace
  std::string page;       // for --html
};

// `command`: as it was typed, for who makes it again. Interrupted (virtual_time::interrupt_runs()), it returns what is
// there so far.
VirtualResult run_virtual(const VirtualOptions& options, const std::string& command);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_COMMAND_VIRTUAL_COMMAND_H
