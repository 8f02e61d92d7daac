// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Published timings of memory map initialisation, and the machines' constants that are taken from some of them.
//
// A fact is calibration where a constant was taken from it, and prediction where none was: it says so in the table. The
// constants of a machine that published nothing but one number are those of the other machines (`generic`).
#ifndef MEMMAP_SIMULATOR_VALIDATION_FACTS_H
#define MEMMAP_SIMULATOR_VALIDATION_FACTS_H

#include <cstdint>
#include <span>
#include <vector>

#include "absl/strings/string_view.h"

namespace memmap::virtual_time {

// What the cost model needs to know of a machine, and which facts that is from.
struct Constants {
  absl::string_view machine;
  double boot_ns = 0, device_ns = 0, template_ns = 0;  // a record, one thread
  double fault_ns = 0;                                 // more, where memory is touched first
  double write_gbs = 0;
  uint64_t hotplug_ns = 0, contiguous_ns = 0;
  uint32_t cores = 0;  // of a node, where the number of threads goes beyond them; 0: a core a thread
  absl::string_view from;
};
std::span<const Constants> constants();
const Constants& constants_of(absl::string_view machine);

enum class Job {
  deferred,       // boot, one thread a node and a barrier
  padata,         // boot, `threads` threads a node
  bind,           // memmap_init_zone_device()
  bind_template,  // the same with the template proposal
  plug,           // `threads` blocks of 128 MiB, one after the other, each of which looks through the zone
};

struct Fact {
  absl::string_view key, machine;  // machine: of constants()
  Job job = Job::bind;
  bool cold = false;  // bind: memory that nobody touched before, in a guest
  bool calibration = false;
  uint64_t pages = 0;  // a node, or a device
  uint32_t nodes = 1;
  uint32_t threads = 1;  // a node
  double low_ms = 0, high_ms = 0;
  absl::string_view source;
};
std::span<const Fact> facts();

// The rows of a curve that were measured together; facts() has what two series differ by as one row.
struct CurvePoint {
  uint32_t threads = 0;
  double ms = 0;
};
struct PublishedCurve {
  absl::string_view machine, series;
  std::vector<CurvePoint> points;
};
std::span<const PublishedCurve> curves();

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_VALIDATION_FACTS_H
