// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A report for programs.
#ifndef MEMMAP_SIMULATOR_REPORT_REPORT_PROGRAMS_H
#define MEMMAP_SIMULATOR_REPORT_REPORT_PROGRAMS_H

#include <string>
#include <vector>

#include "simulator/report/json.h"
#include "simulator/report/report.h"

namespace memmap::simulator {

// schema_version 1: command, seed, machine, sizes, rows, figures, and for each figure how sure it is.
std::string format_json(const Report& report);

// Lines of kind,event,what,column,value,unit: times of the table, then figures.
std::string format_csv(const Report& report);

// Members of the object "figures": those that have a target.
void write_figures(JsonWriter& json, const std::vector<Figure>& figures);

// The object "figure_samples": for each figure its interval, what was compared, and how many samples.
void write_figure_samples(JsonWriter& json, const std::vector<Figure>& figures);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_REPORT_REPORT_PROGRAMS_H
