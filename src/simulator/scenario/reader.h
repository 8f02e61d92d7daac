// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Scenarios from TOML.
#ifndef MEMMAP_SIMULATOR_SCENARIO_READER_H
#define MEMMAP_SIMULATOR_SCENARIO_READER_H

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/scenario/scenario.h"
#include "simulator/scenario/table_reader.h"

namespace memmap::virtual_time {

// `name`: of the file, for errors: file:line:column, what was found, what is expected.
absl::StatusOr<Scenario> read_scenario(absl::string_view text, const std::string& name);

// Its parts: machine_reader.cc, event_reader.cc.
void read_machine(TableReader& table, MachineModel* machine);
void read_events(const std::vector<const Value*>& tables, Complaints& complaints, Scenario* scenario);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_SCENARIO_READER_H
