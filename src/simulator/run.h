// SPDX-License-Identifier: GPL-2.0-only OR MIT
// `memmap-sim run`: all events three ways on the same memory, each followed by a check of every record; the strict
// pass; the figures.
#ifndef MEMMAP_SIMULATOR_RUN_H
#define MEMMAP_SIMULATOR_RUN_H

#include <string>

#include "absl/status/statusor.h"
#include "simulator/options/options.h"
#include "simulator/report/report.h"

namespace memmap::simulator {

// `command` is for the report. An error: an input is bad, or the machine cannot run it. Violations are in the report.
absl::StatusOr<Report> run(const Options& options, const std::string& command);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_RUN_H
