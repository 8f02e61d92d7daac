// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The command line of memmap-sim, as a plain structure. Pure: looks at nothing but its arguments.
#ifndef MEMMAP_SIMULATOR_OPTIONS_OPTIONS_H
#define MEMMAP_SIMULATOR_OPTIONS_OPTIONS_H

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace memmap::simulator {

// dmesg: the lines that a kernel would have logged.
enum class Format { table, json, csv, dmesg };

// A fault that a run makes on purpose, so that one can see its checks find it.
enum class Plant {
  none,
  flip,     // one bit of one record is changed after it was written
  skip,     // one page is not written
  twice,    // one page is written twice
  outside,  // a guard record is written
};

struct Options {
  enum class Action { run, doctor, calibrate, help, version };

  Action action = Action::run;
  Format format = Format::table;
  uint64_t memory_bytes = 0;  // of records; 0: a quarter of free RAM
  uint32_t nr_nodes = 0;      // 0: as this machine
  uint32_t nr_workers = 0;    // 0: one for each CPU that we may use
  uint32_t nr_pairs = 7;      // samples of each figure
  uint64_t seed = 2018;
  std::string memory_map;  // a file or a folder; empty: /proc/iomem, which may be hidden
  std::string output;      // a file; empty: stdout
  std::string trace;       // a file; empty: none
  std::string topology;    // doctor: an hwloc XML file; empty: this machine
  bool quiet = false;      // no progress
  Plant plant = Plant::none;
};

// The arguments without the program's name. INVALID_ARGUMENT says what was found, what is expected, and what it may
// have been meant to be.
absl::StatusOr<Options> parse_options(std::span<const char* const> arguments);

// A number of bytes: digits and KiB, MiB, GiB, TiB (or K, M, G, T), or nothing for bytes.
absl::StatusOr<uint64_t> parse_bytes(absl::string_view text);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_OPTIONS_OPTIONS_H
