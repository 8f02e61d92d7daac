// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap-sim calibrate: this machine as the cost model sees it, measured; and how well a virtual run of the same three
// events (boot, a big bind, a small one beside it) says what the real run took.
//
// What one thread takes, the store limit and a wake are measured and go into the model, and boot's costs are what gives
// the measured boot back. All else is predicted: all CPUs at once, the big bind, the small one beside it, a fault.
#ifndef MEMMAP_SIMULATOR_COMMAND_CALIBRATION_H
#define MEMMAP_SIMULATOR_COMMAND_CALIBRATION_H

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "simulator/report.h"
#include "simulator/scenario/scenario.h"

namespace memmap::simulator {

struct CalibrationRow {
  std::string what;
  double measured_ns = 0, predicted_ns = 0;
  bool calibration = false;  // the model was made to say so
  double error() const { return predicted_ns / measured_ns - 1; }
};

struct Calibration {
  virtual_time::Scenario scenario;
  std::vector<CalibrationRow> rows;
};

// Of a run on this machine. cpus_of_node: those that it may use. wake_ns: until the woken runs. An error: a figure that
// the report does not have.
absl::StatusOr<Calibration> calibrate(const Report& report, const std::vector<uint32_t>& cpus_of_node, double wake_ns);

// A scenario in TOML, for `memmap-sim compare`.
std::string machine_file(const Calibration& calibration);
// The rows, for people.
std::string format_calibration(const Calibration& calibration);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_COMMAND_CALIBRATION_H
