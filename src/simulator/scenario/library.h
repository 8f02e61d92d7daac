// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The ready scenarios, part of the program: src/simulator/scenario/ready.
#ifndef MEMMAP_SIMULATOR_SCENARIO_LIBRARY_H
#define MEMMAP_SIMULATOR_SCENARIO_LIBRARY_H

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/scenario/scenario.h"

namespace memmap::virtual_time {

struct ReadyScenario {
  absl::string_view name;  // "2018"
  absl::string_view text;  // TOML
};

// By name.
std::span<const ReadyScenario> ready_scenarios();

// A ready one by its name, else a file by its path. An error says what was found and the nearest name.
absl::StatusOr<Scenario> load_scenario(const std::string& name_or_path);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_SCENARIO_LIBRARY_H
