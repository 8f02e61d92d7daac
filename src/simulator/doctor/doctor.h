// SPDX-License-Identifier: GPL-2.0-only OR MIT
// `memmap-sim doctor`: a machine as the engine sees it, and what would make the engine slow there, each with advice.
#ifndef MEMMAP_SIMULATOR_DOCTOR_DOCTOR_H
#define MEMMAP_SIMULATOR_DOCTOR_DOCTOR_H

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "simulator/doctor/machine_view.h"
#include "simulator/doctor/vital_signs.h"
#include "simulator/options/options.h"

namespace memmap::simulator {

struct Finding {
  std::string what;    // was found, with its number
  std::string advice;  // what to do, or what it means where nothing can be done
};

struct Diagnosis {
  std::string subject;  // the machine, or the file
  MachineView view;
  std::optional<VitalSigns> signs;  // of this machine only
  std::vector<Finding> findings;
};

// Pure. The first ones are about any machine, the others about this one.
std::vector<Finding> find_slow(const MachineView& view);
std::vector<Finding> find_slow(const MachineView& view, const VitalSigns& signs);

// An error: the file, or this machine, cannot be read.
absl::StatusOr<Diagnosis> diagnose(const Options& options);

// As a table or as JSON (schema_version 1).
std::string format_diagnosis(const Diagnosis& diagnosis, Format format);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_DOCTOR_DOCTOR_H
