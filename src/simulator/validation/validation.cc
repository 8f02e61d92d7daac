// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/validation/validation.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/report/json.h"
#include "simulator/virtual/network.h"

namespace memmap::virtual_time {
namespace {

constexpr double kShare = 0.25, kTickMs = 8, kKneeShare = 1.15;
constexpr uint64_t kBlockBytes = 128u << 20;  // plugged at a time

Policy policy_of(Job job) {
  switch (job) {
    case Job::deferred:
      return Policy::thread_per_node;
    case Job::padata:
      return Policy::padata;
    case Job::bind_template:
      return Policy::template_2026;
    case Job::bind:
    case Job::plug:
      break;
  }
  return Policy::zone_device;
}

bool on_curve(const Fact& fact) { return fact.job == Job::padata && fact.source == facts()[1].source; }

std::vector<Fact> curve_of(absl::string_view machine) {
  std::vector<Fact> curve;
  for (const Fact& fact : facts())
    if (on_curve(fact) && fact.machine == machine) curve.push_back(fact);
  return curve;
}

// Without a run: what the fit looks at some thousand times. Threads beyond the cores share one with another.
double curve_ms(const Fact& fact, double boot_ns, double write_gbs, uint32_t cores) {
  Network network;
  const uint32_t memory = network.add_station({write_gbs, 0, 0});
  network.add_class(boot_ns, {memory});
  network.add_class(boot_ns, {memory}, 2);
  const uint32_t beyond = fact.threads > cores ? fact.threads - cores : 0;
  return double(fact.pages) / network.rate({uint16_t(fact.threads - 2 * beyond), uint16_t(2 * beyond)}) / 1e6;
}

double middle_ms(const Fact& fact) { return (fact.low_ms + fact.high_ms) / 2; }

template <typename Cost>
double lowest(double at, Cost cost) {
  for (double step = 1.3; step > 1.0005; step = std::sqrt(step)) {
    while (cost(at * step) < cost(at)) at *= step;
    while (cost(at / step) < cost(at)) at /= step;
  }
  return at;
}

// The fewest threads that take at most kKneeShare of the best.
uint32_t knee_of(const std::vector<CurvePoint>& curve) {
  double best = INFINITY;
  for (const CurvePoint& point : curve) best = std::min(best, point.ms);
  const auto is_near = [&](const CurvePoint& point) { return point.ms <= kKneeShare * best; };
  return std::find_if(curve.begin(), curve.end(), is_near)->threads;
}

}  // namespace

double Verdict::error() const { return predicted_ms / middle_ms(fact) - 1; }

namespace {

bool is_within(const Verdict& verdict, double tick_ms) {
  const Fact& fact = verdict.fact;
  const double allowed = std::max({kShare * middle_ms(fact), fact.high_ms - fact.low_ms, tick_ms});
  const double nearest = std::clamp(verdict.predicted_ms, fact.low_ms, fact.high_ms);
  return std::abs(verdict.predicted_ms - middle_ms(fact)) <= allowed &&
         std::abs(verdict.predicted_ms - nearest) <= std::max(kShare * nearest, tick_ms);
}

}  // namespace

bool Verdict::within() const { return is_within(*this, kTickMs); }
bool Verdict::only_by_ticks() const { return within() && !is_within(*this, 0); }

Scenario scenario_of(const Fact& fact, const Constants& constants) {
  Scenario scenario;
  scenario.name = std::string(fact.key);
  NodeModel node;
  node.cpus = fact.job == Job::plug ? 1 : fact.threads;
  if (constants.cores != 0) node.cores = std::min(node.cpus, constants.cores);
  node.write_gbs = constants.write_gbs;
  node.fault_ns = fact.cold ? constants.fault_ns : 0;
  const bool boots = fact.job <= Job::padata;
  node.bytes = boots ? fact.pages * kPageBytes : 0;
  scenario.machine.nodes.assign(fact.nodes, node);
  for (uint32_t n = 0; n < fact.nodes * fact.nodes; ++n)
    scenario.machine.distances.push_back(n % (fact.nodes + 1) == 0 ? 10 : 20);
  scenario.machine.core = {constants.boot_ns,     constants.device_ns,   constants.template_ns,
                           constants.template_ns, constants.template_ns, 0.3};
  scenario.machine.serial.hotplug_ns = constants.hotplug_ns;
  scenario.machine.serial.contiguous_ns = constants.contiguous_ns;
  Event event;
  event.kind = boots ? EventKind::boot : EventKind::add;
  event.early = false;  // logs are about what threads do
  event.bytes = fact.job == Job::plug ? kBlockBytes : fact.pages * kPageBytes;
  scenario.events.assign(fact.job == Job::plug ? fact.threads : 1, event);
  return scenario;
}

double predict_ms(const Fact& fact, const Constants& constants) {
  const Scenario scenario = scenario_of(fact, constants);
  const Outcome outcome = run_policy(scenario, policy_of(fact.job));
  return outcome.error.empty() ? double(outcome.end_ns) / 1e6 : NAN;
}

Constants fit_without(const Fact& left_out) {
  Constants fitted = constants_of(left_out.machine);
  const std::vector<Fact> curve = curve_of(left_out.machine);
  const auto cost = [&](double boot_ns, double write_gbs) {
    double sum = 0;
    for (const Fact& fact : curve)
      if (fact.key != left_out.key)
        sum += std::pow(std::log(curve_ms(fact, boot_ns, write_gbs, fitted.cores) / middle_ms(fact)), 2);
    return sum;
  };
  for (int round = 0; round < 8; ++round) {
    fitted.boot_ns = lowest(fitted.boot_ns, [&](double boot_ns) { return cost(boot_ns, fitted.write_gbs); });
    fitted.write_gbs = lowest(fitted.write_gbs, [&](double gbs) { return cost(fitted.boot_ns, gbs); });
  }
  return fitted;
}

Validation validate() {
  Validation validation;
  for (const Fact& fact : facts()) {
    validation.rows.push_back({fact, 0, false});
    if (on_curve(fact)) validation.left_out.push_back({fact, 0, true});
  }
  tbb::parallel_for(size_t{0}, validation.rows.size(), [&](size_t i) {
    Verdict& row = validation.rows[i];
    row.predicted_ms = predict_ms(row.fact, constants_of(row.fact.machine));
  });
  for (Verdict& row : validation.left_out)
    row.predicted_ms = interrupted() ? NAN : predict_ms(row.fact, fit_without(row.fact));
  for (std::vector<Verdict>* rows : {&validation.rows, &validation.left_out})
    std::erase_if(*rows, [](const Verdict& row) { return std::isnan(row.predicted_ms); });
  if (interrupted()) return validation;
  for (const PublishedCurve& published : curves()) {
    std::vector<CurvePoint> predicted;  // with the threads of this series
    for (const CurvePoint& point : published.points) {
      const auto row = std::find_if(validation.rows.begin(), validation.rows.end(), [&](const Verdict& one) {
        return on_curve(one.fact) && one.fact.machine == published.machine && one.fact.threads == point.threads;
      });
      predicted.push_back({point.threads, row->predicted_ms});
    }
    validation.knees.push_back({published.machine, published.series, knee_of(published.points), knee_of(predicted)});
  }
  return validation;
}

namespace {

std::string published_text(const Fact& fact) {
  if (fact.low_ms == fact.high_ms) return absl::StrFormat("%.5g", fact.low_ms);
  return absl::StrFormat("%.5g .. %.5g", fact.low_ms, fact.high_ms);
}

absl::string_view role_of(const Verdict& row) {
  return row.left_out ? "left out" : row.fact.calibration ? "calibration" : "prediction";
}

std::string format_people(const Validation& validation) {
  std::string out = "memmap-sim validate: published timings and virtual runs; within: max(25 %, spread, 8 ms)\n\n";
  absl::StrAppendFormat(&out, "%-20s %-17s %8s  %-16s %10s %7s  %-12s %s\n", "row", "machine", "threads",
                        "published, ms", "predicted", "error", "role", "verdict");
  uint32_t within[3] = {}, of[3] = {}, ticks = 0;
  const auto add = [&](const Verdict& row) {
    absl::StrAppendFormat(&out, "%-20s %-17s %8d  %-16s %10.5g %+6.0f%%  %-12s %s\n", row.fact.key, row.fact.machine,
                          row.fact.threads, published_text(row.fact), row.predicted_ms, 100 * row.error(), role_of(row),
                          row.only_by_ticks() ? "within 8 ms"
                          : row.within()      ? "within"
                                              : "MISSED");
    ticks += !row.left_out && !row.fact.calibration && row.only_by_ticks();
    const size_t kind = row.left_out ? 2 : row.fact.calibration ? 0 : 1;
    ++of[kind], within[kind] += row.within();
  };
  for (const Verdict& row : validation.rows) add(row);
  out += '\n';
  for (const Verdict& row : validation.left_out) add(row);
  for (const Knee& knee : validation.knees)
    absl::StrAppendFormat(&out, "\nknee of %s, published %s: %d threads, predicted %d: %s", knee.machine, knee.series,
                          knee.published, knee.predicted, knee.within() ? "within a factor 1.5" : "MISSED");
  absl::StrAppendFormat(&out,
                        "\n\npredictions within: %d of %d, of these %d only by 8 ms; left out of their own fit: %d of "
                        "%d; calibration, which proves nothing: %d of %d\n",
                        within[1], of[1], ticks, within[2], of[2], within[0], of[0]);
  return out;
}

std::string format_programs(const Validation& validation, const std::string& command) {
  simulator::JsonWriter json;
  json.begin_object();
  json.count("schema_version", 1);
  json.text("command", command);
  json.count("seed", Scenario().seed);
  json.begin_array("rows");
  for (const std::vector<Verdict>* rows : {&validation.rows, &validation.left_out}) {
    for (const Verdict& row : *rows) {
      json.begin_object();
      json.text("row", row.fact.key);
      json.text("machine", row.fact.machine);
      json.count("threads", row.fact.threads);
      json.number("published_low_ms", row.fact.low_ms);
      json.number("published_high_ms", row.fact.high_ms);
      json.number("predicted_ms", row.predicted_ms);
      json.text("role", role_of(row));
      json.text("verdict", row.within() ? "within" : "missed");
      json.text("source", row.fact.source);
      json.end_object();
    }
  }
  json.end_array();
  json.end_object();
  return json.written();
}

std::string format_lines(const Validation& validation, const std::string& command) {
  std::string out =
      absl::StrCat("# schema_version 1; seed ", Scenario().seed, "; ", command,
                   "\nrow,machine,threads,published_low_ms,published_high_ms,predicted_ms,role,verdict\n");
  for (const std::vector<Verdict>* rows : {&validation.rows, &validation.left_out})
    for (const Verdict& row : *rows)
      absl::StrAppendFormat(&out, "%s,%s,%d,%.9g,%.9g,%.9g,%s,%s\n", row.fact.key, row.fact.machine, row.fact.threads,
                            row.fact.low_ms, row.fact.high_ms, row.predicted_ms, role_of(row),
                            row.within() ? "within" : "missed");
  return out;
}

}  // namespace

std::string format_validation(const Validation& validation, simulator::Format format, const std::string& command) {
  if (format == simulator::Format::json) return format_programs(validation, command);
  if (format == simulator::Format::csv) return format_lines(validation, command);
  return format_people(validation);
}

}  // namespace memmap::virtual_time
