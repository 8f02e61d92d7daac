// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/policy/sweep.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/scenario/quantity.h"

namespace memmap::virtual_time {
namespace {

constexpr std::array<absl::string_view, 3> kAxes = {"size", "cpus", "bandwidth"};  // as Sweep::Axis
constexpr uint64_t kSectionBytes = kSectionPages * kPageBytes;
constexpr size_t kColumns = 72, kRows = 20;

std::optional<double> parse_value(Sweep::Axis axis, absl::string_view text) {
  if (axis == Sweep::Axis::size) {
    const std::optional<double> bytes = parse_quantity(text, Unit::bytes);
    return bytes && *bytes <= kScenarioBytesMax ? bytes : std::nullopt;
  }
  if (axis == Sweep::Axis::bandwidth) return parse_quantity(text, Unit::bandwidth);
  uint32_t cpus = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpus);
  if (error != std::errc() || end != text.data() + text.size() || cpus > 1024) return std::nullopt;
  return double(cpus);
}

std::string shown(Sweep::Axis axis, double value) {
  if (axis == Sweep::Axis::cpus) return absl::StrFormat("%.0f CPUs", value);
  if (axis == Sweep::Axis::bandwidth) return absl::StrFormat("%.3g GB/s", value);
  return absl::StrFormat("%.3g TiB", value / double(uint64_t{1} << 40));
}

uint64_t bytes_of(const Scenario& scenario) {
  uint64_t bytes = 0;
  for (const Event& event : scenario.events) {
    if (event.kind == EventKind::add) bytes += event.bytes;
    for (const NodeModel& node : scenario.machine.nodes) bytes += event.kind == EventKind::boot ? node.bytes : 0;
  }
  return bytes;
}

uint64_t scaled(uint64_t bytes, double factor) {
  return std::max<uint64_t>(1, uint64_t(double(bytes) * factor / kSectionBytes + 0.5)) * kSectionBytes;
}

Scenario varied(Scenario scenario, Sweep::Axis axis, double value, double* came_out) {
  *came_out = value;
  const double factor = value / std::max(1.0, double(bytes_of(scenario)));
  const bool boots = std::any_of(scenario.events.begin(), scenario.events.end(),
                                 [](const Event& event) { return event.kind == EventKind::boot; });
  for (Event& event : scenario.events)
    if (axis == Sweep::Axis::size && event.kind == EventKind::add) event.bytes = scaled(event.bytes, factor);
  for (NodeModel& node : scenario.machine.nodes) {
    if (axis == Sweep::Axis::size && boots && node.bytes != 0) node.bytes = scaled(node.bytes, factor);
    if (axis == Sweep::Axis::cpus && node.cpus != 0) {
      const uint32_t before = std::exchange(node.cpus, std::max(1u, uint32_t(value + 0.5)));
      node.cores = std::min(node.cpus, (node.cores * node.cpus + before - 1) / before);
    }
    if (axis == Sweep::Axis::bandwidth) node.write_gbs = value, node.link_gbs = std::min(node.link_gbs, value);
  }
  for (SlowCpus& slow : scenario.machine.slow)
    slow.count = std::min(slow.count, scenario.machine.nodes[slow.node].cpus);
  if (axis == Sweep::Axis::size) *came_out = double(bytes_of(scenario));
  return scenario;
}

double last_ns(const Outcome& outcome) { return double(outcome.end_ns); }

}  // namespace

absl::StatusOr<Sweep> parse_sweep(absl::string_view text) {
  Sweep sweep;
  for (size_t i = 0; i < kAxes.size(); ++i) {
    if (!absl::StartsWith(text, absl::StrCat(kAxes[i], ":"))) continue;
    sweep.axis = Sweep::Axis(i);
    const absl::string_view range = text.substr(kAxes[i].size() + 1);
    const size_t dots = range.find("..");
    if (dots == range.npos) break;
    const auto low = parse_value(sweep.axis, range.substr(0, dots));
    const auto high = parse_value(sweep.axis, range.substr(dots + 2));
    if (!low || !high || !(*low > 0) || *low > *high) break;
    sweep.low = *low, sweep.high = *high;
    return sweep;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("found --sweep=", text, ", expected size:3TiB..24TiB, cpus:2..56 or bandwidth:5GB/s..50GB/s"));
}

std::vector<SweepStep> run_sweep(const Scenario& scenario, std::span<const Policy> policies, const Sweep& sweep,
                                 const std::string& command) {
  std::vector<SweepStep> steps;
  for (uint32_t i = 0; i < sweep.steps && !interrupted(); ++i) {
    const double share = sweep.steps == 1 ? 0 : double(i) / (sweep.steps - 1);
    double value = 0;
    const Scenario step = varied(scenario, sweep.axis, sweep.low * std::pow(sweep.high / sweep.low, share), &value);
    steps.push_back({value, compare(step, policies, command)});
  }
  return steps;
}

std::string draw_sweep(const Sweep& sweep, const std::vector<SweepStep>& steps) {
  double low = INFINITY, high = 0;
  for (const SweepStep& step : steps) {
    for (const Outcome& outcome : step.comparison.outcomes) {
      if (last_ns(outcome) <= 0) continue;
      low = std::min(low, last_ns(outcome)), high = std::max(high, last_ns(outcome));
    }
    const double bound_ns = double(step.comparison.bound.total_ns);
    if (bound_ns > 0) low = std::min(low, bound_ns), high = std::max(high, bound_ns);
  }
  if (steps.empty() || high == 0) return "nothing to draw\n";
  std::vector<std::string> rows(kRows, std::string(kColumns, ' '));
  const auto mark = [&](size_t step, double ns, char sign) {
    if (ns <= 0) return;
    const double x = steps.size() == 1 ? 0 : double(step) / double(steps.size() - 1);
    const double y = high == low ? 0 : std::log(ns / low) / std::log(high / low);
    char& at = rows[kRows - 1 - size_t(y * (kRows - 1) + 0.5)][size_t(x * (kColumns - 1) + 0.5)];
    at = at == ' ' || at == '.' ? sign : '*';
  };
  for (size_t s = 0; s < steps.size(); ++s) {
    const Comparison& comparison = steps[s].comparison;
    mark(s, double(comparison.bound.total_ns), '.');
    for (size_t p = 0; p < comparison.outcomes.size(); ++p) mark(s, last_ns(comparison.outcomes[p]), char('a' + p));
  }
  std::string out = absl::StrCat("until all is usable, over ", kAxes[size_t(sweep.axis)], "; both axes logarithmic\n");
  for (size_t r = 0; r < kRows; ++r)
    absl::StrAppendFormat(&out, "%9s |%s\n", r == 0 ? format_ns(high) : r + 1 == kRows ? format_ns(low) : "", rows[r]);
  absl::StrAppendFormat(&out, "%9s +%s\n%9s  %-36s%36s\n", "", std::string(kColumns, '-'), "",
                        shown(sweep.axis, steps.front().value), shown(sweep.axis, steps.back().value));
  for (size_t p = 0; p < steps[0].comparison.outcomes.size(); ++p)
    absl::StrAppend(&out, "  ", std::string(1, char('a' + p)), " ",
                    name_of(steps[0].comparison.outcomes[p].policy).shown, "\n");
  return absl::StrCat(out, "  . bound   * several\n");
}

std::string sweep_json(const Sweep& sweep, const std::vector<SweepStep>& steps) {
  simulator::JsonWriter json;
  json.begin_object();
  json.count("schema_version", 1);
  if (!steps.empty()) json.text("command", steps[0].comparison.command);
  json.text("axis", kAxes[size_t(sweep.axis)]);
  json.begin_array("steps");
  for (const SweepStep& step : steps) {
    json.begin_object();
    json.number(kAxes[size_t(sweep.axis)], step.value);
    write_comparison(json, step.comparison);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.written();
}

std::string sweep_csv(const Sweep& sweep, const std::vector<SweepStep>& steps) {
  std::string out;
  for (const SweepStep& step : steps) {
    const std::string table = format_csv(step.comparison);
    const size_t header = table.find('\n') + 1, body = table.find('\n', header) + 1;
    if (&step == &steps.front())  // its comment: schema version, seed, command
      absl::StrAppend(&out, table.substr(0, header), kAxes[size_t(sweep.axis)], ",",
                      table.substr(header, body - header));
    for (size_t at = body; at < table.size();) {
      const size_t end = table.find('\n', at) + 1;
      absl::StrAppendFormat(&out, "%.9g,%s", step.value, table.substr(at, end - at));
      at = end;
    }
  }
  return out;
}

}  // namespace memmap::virtual_time
