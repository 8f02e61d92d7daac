// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/policy/comparison.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/report/statistics.h"

namespace memmap::virtual_time {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<Policy, kNrPolicies> kAll = {Policy::serial,        Policy::thread_per_node, Policy::zone_device,
                                                  Policy::padata,        Policy::padata_zone,     Policy::series_2018,
                                                  Policy::template_2026, Policy::own_shared,      Policy::own};

enum Column {
  caller,
  usable_first,
  usable_median,
  usable_all,
  flush_p50,
  flush_p99,
  fault_p50,
  fault_p99,
  allocation_p99,
  removal,
  booted,
  across,
  cpu,
  fair,
  over_bound,
  nr_columns
};
constexpr std::array<Figure, nr_columns> kFigures = {{{"caller_goes_on_max_ns", "caller", "goes on"},
                                                      {"usable_first_ns", "usable:", "first"},
                                                      {"usable_median_ns", "", "median"},
                                                      {"usable_last_ns", "", "last"},
                                                      {"flush_p50_ns", "flush", "p50"},
                                                      {"flush_p99_ns", "", "p99"},
                                                      {"first_fault_p50_ns", "1st fault", "p50"},
                                                      {"first_fault_p99_ns", "", "p99"},
                                                      {"allocation_p99_ns", "alloc.", "p99"},
                                                      {"removal_ns", "", "removal"},
                                                      {"boot_goes_on_ns", "boot", "goes on"},
                                                      {"across_nodes_gib", "across", "nodes"},
                                                      {"cpu_s", "CPU", "time"},
                                                      {"fairness", "fair-", "ness"},
                                                      {"times_bound", "times", "bound"}}};

double percentile_of(const Times& times, double percent) {
  if (times.empty()) return kNone;
  return simulator::percentile(simulator::Samples(times.begin(), times.end()), percent);
}

// Letters, not bytes: of UTF-8 those that do not continue one.
size_t width_of(absl::string_view text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

// A line of cells, the first to the left.
void append_line(std::string& out, const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  absl::StrAppend(&out, cells[0], std::string(widths[0] - width_of(cells[0]), ' '));
  for (size_t c = 1; c < cells.size(); ++c)
    absl::StrAppend(&out, " ", std::string(widths[c] - width_of(cells[c]), ' '), cells[c]);
  out += '\n';
}

}  // namespace

std::span<const Policy> all_policies() { return kAll; }
std::span<const Figure> figures() { return kFigures; }

Comparison compare(const Scenario& scenario, std::span<const Policy> policies, const std::string& command) {
  Comparison comparison{command, scenario, bound_of(scenario), std::vector<Outcome>(policies.size())};
  tbb::parallel_for(size_t{0}, policies.size(),
                    [&](size_t i) { comparison.outcomes[i] = run_policy(scenario, policies[i]); });
  return comparison;
}

std::vector<double> values_of(const Comparison& comparison, const Outcome& outcome) {
  std::vector<double> values(nr_columns, kNone);
  Times callers, usables;
  for (const EventOutcome& event : outcome.events) {
    callers.push_back(event.caller_ns);
    if (event.usable_ns != 0) usables.push_back(event.usable_ns);
  }
  values[caller] = percentile_of(callers, 100);
  values[usable_first] = percentile_of(usables, 0);
  values[usable_median] = percentile_of(usables, 50);
  values[usable_all] = percentile_of(usables, 100);
  values[flush_p50] = percentile_of(outcome.flush_ns, 50);
  values[flush_p99] = percentile_of(outcome.flush_ns, 99);
  values[fault_p50] = percentile_of(outcome.first_fault_ns, 50);
  values[fault_p99] = percentile_of(outcome.first_fault_ns, 99);
  values[allocation_p99] = percentile_of(outcome.allocation_ns, 99);
  values[removal] = percentile_of(outcome.remove_ns, 100);
  if (outcome.boot_ns != 0) values[booted] = double(outcome.boot_ns);
  values[across] = double(outcome.bytes_across()) / double(uint64_t{1} << 30);
  values[cpu] = outcome.cpu_seconds();
  if (usables.size() > 1) values[fair] = outcome.fairness();
  uint64_t first_ns = UINT64_MAX;
  for (const Event& event : comparison.scenario.events)
    if (event.kind <= EventKind::add) first_ns = std::min(first_ns, event.at_ns);
  if (comparison.bound.total_ns != 0 && outcome.end_ns != 0)
    values[over_bound] = double(outcome.end_ns - first_ns) / double(comparison.bound.total_ns);
  return values;
}

std::string shown(size_t figure, double value) {
  if (std::isnan(value)) return "-";
  if (figure == across) return absl::StrFormat("%.*f GiB", value >= 99.95 ? 0 : 1, value);
  if (figure == cpu) return absl::StrFormat("%.3g s", value);
  if (figure == fair || figure == over_bound) return absl::StrFormat("%.3g", value);
  return format_ns(value);
}

std::string format_ns(double ns) {
  constexpr absl::string_view kUnits[] = {"ns", "µs", "ms", "s"};
  size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && ns >= 1000) ns /= 1000, ++unit;
  const int digits = ns >= 100 || unit == 0 ? 0 : ns >= 10 ? 1 : 2;
  return absl::StrFormat("%.*f %s", digits, ns, kUnits[unit]);
}

// What no policy has a value for is left out.
std::string format_table(const Comparison& comparison) {
  const Scenario& scenario = comparison.scenario;
  std::string out = absl::StrCat("memmap-sim compare ", scenario.name, ": ", scenario.about, "\n  ",
                                 scenario.machine.name, "; virtual time, seed ", scenario.seed, "\n\n");
  std::vector<std::vector<double>> values;
  for (const Outcome& outcome : comparison.outcomes) values.push_back(values_of(comparison, outcome));
  std::vector<std::vector<std::string>> rows = {{""}, {""}};  // two lines of heads
  for (const Outcome& outcome : comparison.outcomes) rows.push_back({std::string(name_of(outcome.policy).shown)});
  for (size_t c = 0; c < nr_columns; ++c) {
    if (std::all_of(values.begin(), values.end(), [&](const auto& row) { return std::isnan(row[c]); })) continue;
    rows[0].push_back(std::string(kFigures[c].head));
    rows[1].push_back(std::string(kFigures[c].subhead));
    for (size_t r = 0; r < values.size(); ++r) rows[r + 2].push_back(shown(c, values[r][c]));
  }
  std::vector<size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  for (const auto& row : rows) append_line(out, row, widths);
  const Bound& bound = comparison.bound;
  absl::StrAppend(&out, "\nbound: ", format_ns(double(bound.total_ns)), ": the memory of node ", bound.node, " (",
                  scenario.machine.nodes[bound.node].memory, ") ", format_ns(double(bound.bandwidth_ns)),
                  " at full bandwidth, all CPUs ", format_ns(double(bound.cores_ns)), "; serial parts ",
                  format_ns(double(bound.serial_ns)), "\n");
  for (const Outcome& outcome : comparison.outcomes)
    if (!outcome.error.empty()) absl::StrAppend(&out, name_of(outcome.policy).shown, ": ", outcome.error, "\n");
  return out;
}

void write_comparison(simulator::JsonWriter& json, const Comparison& comparison) {
  json.text("scenario", comparison.scenario.name);
  json.text("machine", comparison.scenario.machine.name);
  json.count("seed", comparison.scenario.seed);
  json.begin_object("bound");
  json.count("total_ns", comparison.bound.total_ns);
  json.count("bandwidth_ns", comparison.bound.bandwidth_ns);
  json.count("cores_ns", comparison.bound.cores_ns);
  json.count("serial_ns", comparison.bound.serial_ns);
  json.end_object();
  json.begin_array("policies");
  for (const Outcome& outcome : comparison.outcomes) {
    json.begin_object();
    json.text("policy", name_of(outcome.policy).key);
    if (!outcome.error.empty()) json.text("error", outcome.error);
    const std::vector<double> values = values_of(comparison, outcome);
    for (size_t c = 0; c < nr_columns; ++c)
      if (!std::isnan(values[c])) json.number(kFigures[c].key, values[c]);
    json.begin_array("events");
    for (const EventOutcome& event : outcome.events) {
      json.begin_object();
      json.text("name", event.name);
      json.count("records", event.records);
      json.count("caller_goes_on_ns", event.caller_ns);
      json.count("usable_ns", event.usable_ns);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

std::string format_json(const Comparison& comparison) {
  simulator::JsonWriter json;
  json.begin_object();
  json.count("schema_version", 1);
  json.text("command", comparison.command);
  write_comparison(json, comparison);
  json.end_object();
  return json.written();
}

std::string format_csv(const Comparison& comparison) {
  std::string out = absl::StrCat("# schema_version 1; seed ", comparison.scenario.seed, "; ", comparison.command,
                                 "\nscenario,policy");
  for (const Figure& figure : kFigures) absl::StrAppend(&out, ",", figure.key);
  out += '\n';
  for (const Outcome& outcome : comparison.outcomes) {
    absl::StrAppend(&out, comparison.scenario.name, ",", name_of(outcome.policy).key);
    for (const double value : values_of(comparison, outcome))
      absl::StrAppend(&out, ",", std::isnan(value) ? "" : absl::StrFormat("%.9g", value));
    out += '\n';
  }
  return out;
}

}  // namespace memmap::virtual_time
