// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What a run says: one report, as a table for people, as JSON and as CSV for programs.
#ifndef MEMMAP_SIMULATOR_REPORT_REPORT_H
#define MEMMAP_SIMULATOR_REPORT_REPORT_H

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/options/options.h"
#include "simulator/report/column.h"
#include "simulator/report/figure.h"

namespace memmap::simulator {

struct Report {
  std::string command;
  uint64_t seed = 0;
  std::string machine;
  std::string memory_map;  // where it is from
  std::string sizes;       // of what is in it
  std::string memory;      // how much the records take, and why not more
  uint32_t nr_workers = 0;
  uint64_t boot_records = 0;
  uint64_t big_records = 0;
  uint64_t small_records = 0;
  uint64_t unit_records = 0;  // of a first fault
  std::vector<Column> columns;
  double limit_record_ns = 0;
  double lone_fault_ns = 0;  // a first fault where nobody is at work (p50), for the cost model
  std::string limit;
  uint64_t records_counted = 0;  // by the strict pass
  Violations violations;         // of all columns, the strict pass and the figures
  std::vector<Figure> figures;
  std::string kernel_log;  // the same run in the kernel's words
  double wall_s = 0;

  uint64_t records_verified() const;
};

// One line of the main table: a time in nanoseconds for each column and the limit; a negative one is none.
struct ReportRow {
  std::string event;
  std::string what;
  std::vector<double> column_ns;
  double limit_ns;
};
std::vector<ReportRow> rows_of(const Report& report);

std::string format_report(const Report& report, Format format);

// "812 ns", "3.1 µs", "45 ms", "1.2 s"; "-" for a negative time.
std::string format_ns(double ns);

// `text` with blanks, in front or behind, up to `width` characters on a screen (UTF-8).
std::string pad_left(const std::string& text, size_t width);
std::string pad_right(const std::string& text, size_t width);

// For people: the command, then what it ran on; long lines are broken at semicolons.
std::string format_header(const std::string& command, const std::vector<std::string>& lines);

// For people: one line each, under a headline.
std::string format_figures(const std::vector<Figure>& figures);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_REPORT_REPORT_H
