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
#include "simulator/report/report.h"
#include "simulator/scenario/scenario.h"
#include "simulator/stage/machine.h"

namespace memmap::simulator {

// What a machine is measured for: nanoseconds, a record where nothing else is said, of one thread.
struct Measured {
  std::string machine;
  std::vector<Machine::NodeCpus> nodes;
  double bind_ns = 0, boot_ns = 0;                // this engine
  double kernel_bind_ns = 0, kernel_boot_ns = 0;  // kernel-style loops
  double limit_ns = 0;                            // of stores, all CPUs together
  double wake_ns = 0;                             // until the woken runs
  double lone_fault_ns = 0;                       // a first fault where nobody else is at work
  double one_limit_ns = 0;                        // of stores, one CPU alone; 0: it fills the memory
};
virtual_time::MachineModel model_of(const Measured& measured);

// A boot, or a big bind, a small one beside it and first faults in the big one, as `memmap-sim run` has them.
struct PlannedRecords {
  uint64_t boot = 0, big = 0, small = 0;
};
virtual_time::Scenario boot_of(const virtual_time::MachineModel& machine, const PlannedRecords& records);
virtual_time::Scenario binds_of(const virtual_time::MachineModel& machine, const PlannedRecords& records);

// What virtual runs of these two say of this engine.
struct Prediction {
  double boot_ns = 0, big_ns = 0, small_ns = 0, first_fault_p50_ns = 0;
};
absl::StatusOr<Prediction> predict(const Measured& measured, const PlannedRecords& records);

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

// Of a run on this machine. nodes: CPUs that it may use. wake_ns: until the woken runs. An error: a figure that the
// report does not have.
absl::StatusOr<Calibration> calibrate(const Report& report, const std::vector<Machine::NodeCpus>& nodes,
                                      double wake_ns);

// A scenario in TOML, for `memmap-sim compare`.
std::string machine_file(const Calibration& calibration);
// The rows, for people.
std::string format_calibration(const Calibration& calibration);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_COMMAND_CALIBRATION_H
