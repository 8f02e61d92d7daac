// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap-sim validate: what virtual runs say of machines whose timings were published.
#ifndef MEMMAP_SIMULATOR_VALIDATION_VALIDATION_H
#define MEMMAP_SIMULATOR_VALIDATION_VALIDATION_H

#include <string>
#include <vector>

#include "simulator/options/options.h"
#include "simulator/policy/policy.h"
#include "simulator/validation/facts.h"

namespace memmap::virtual_time {

struct Verdict {
  Fact fact;
  double predicted_ms = 0;
  bool left_out = false;  // its machine's constants were fitted to the other rows of its curve
  double error() const;   // relative, against the middle of what was published
  bool within() const;    // max(25 %, what was published differs by, 8 ms), ticks of a kernel's log being 4 ms; and
                          // no farther than 25 % or 8 ms from anything that was published
  bool only_by_ticks() const;  // within, but for its 8 ms it would not be: so short that it proves nothing
};

// Where more threads stop to help: the fewest of a curve's that take at most 1.15 times its best. Where a machine was
// measured twice, once for each series, as its knees differ by more than a prediction may.
struct Knee {
  absl::string_view machine, series;
  uint32_t published = 0, predicted = 0;
  bool within() const { return published <= predicted * 1.5 && predicted <= published * 1.5; }
};

struct Validation {
  std::vector<Verdict> rows;      // with constants()
  std::vector<Verdict> left_out;  // leave-one-out on the curves
  std::vector<Knee> knees;
};

// The scenario that a fact is a run of.
Scenario scenario_of(const Fact& fact, const Constants& constants);
double predict_ms(const Fact& fact, const Constants& constants);

// boot_ns and write_gbs that fit a curve best (squares of logarithms) without its row `left_out`.
Constants fit_without(const Fact& left_out);

// Interrupted (interrupt_runs()): the rows that there are so far.
Validation validate();
// `command`: as it was typed, for programs.
std::string format_validation(const Validation& validation, simulator::Format format, const std::string& command);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_VALIDATION_VALIDATION_H
