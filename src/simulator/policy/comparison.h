// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Policies side by side on one scenario, for people and for programs.
#ifndef MEMMAP_SIMULATOR_POLICY_COMPARISON_H
#define MEMMAP_SIMULATOR_POLICY_COMPARISON_H

#include <span>
#include <string>
#include <vector>

#include "simulator/policy/policy.h"
#include "simulator/report/json.h"

namespace memmap::virtual_time {

struct Comparison {
  std::string command;  // line that makes it again
  Scenario scenario;
  Bound bound;
  std::vector<Outcome> outcomes;
};

// All of `policies`, each in a thread of oneTBB's; each run is by itself the same as ever.
Comparison compare(const Scenario& scenario, std::span<const Policy> policies, const std::string& command);
std::span<const Policy> all_policies();

// The figures of an outcome that a table has a column for; NaN where it has none.
struct Figure {
  absl::string_view key;            // for programs; the unit last
  absl::string_view head, subhead;  // for people, above each other
};
std::span<const Figure> figures();
std::vector<double> values_of(const Comparison& comparison, const Outcome& outcome);

// One of these values, for people.
std::string shown(size_t figure, double value);

std::string format_table(const Comparison& comparison);
std::string format_json(const Comparison& comparison);
void write_comparison(simulator::JsonWriter& json, const Comparison& comparison);  // members of an object
std::string format_csv(const Comparison& comparison);

// Where the time of each policy went, in words; of one of them, a sentence a line.
std::string explain(const Comparison& comparison);
std::string explain(const Comparison& comparison, const Outcome& outcome);

// "1.42 ms".
std::string format_ns(double ns);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_POLICY_COMPARISON_H
