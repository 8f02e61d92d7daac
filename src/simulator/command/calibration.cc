// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/command/calibration.h"

#include <algorithm>
#include <chrono>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/events/arrivals.h"
#include "simulator/kernel/geometry.h"
#include "simulator/policy/policy.h"
#include "simulator/report/statistics.h"
#include "simulator/virtual/network.h"

namespace memmap::simulator {
namespace {

using namespace virtual_time;

constexpr double kWakerShare = 13.0 / 23;  // of a wake, in who wakes: as measured where this was written
constexpr double kRemote = 0.3;            // assumed: nothing here measures it
constexpr uint64_t kSubsectionBytes = kSubsectionPages * virtual_time::kPageBytes;

const Figure* find(const Report& report, absl::string_view key) {
  for (const Figure& figure : report.figures)
    if (figure.key == key) return &figure;
  return nullptr;
}

// Nanoseconds a record of writers on n CPUs, who take record_ns each alone.
double shared_ns(double record_ns, uint32_t n, uint32_t threads_of_core, double write_gbs) {
  Network network;
  const uint32_t writers = network.add_class(record_ns, {network.add_station({write_gbs, 0, 0})}, threads_of_core);
  return 1 / network.rate(writers, n);
}

uint32_t threads_of_core(uint32_t cpus, uint32_t cores) { return std::max(1u, cpus / std::max(1u, cores)); }

// Bandwidth at which n writers who take one_ns alone take together_ns. They need not fill a memory that each of them
// spends only a part of his time on: then it has more than they reach, how much is not seen, and at most twice that is
// assumed.
double write_gbs(double one_ns, double together_ns, uint32_t n, uint32_t threads_of_core) {
  constexpr double kUnseen = 2;
  double low = double(kRecordBytes) / together_ns, high = kUnseen * low;
  if (one_ns <= together_ns) return low;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (shared_ns(one_ns, n, threads_of_core, middle) > together_ns ? low : high) = middle;
  }
  return high;
}

double write_gbs_of(const Measured& measured) {
  uint32_t n = 0, cores = 0;
  for (const Machine::NodeCpus& node : measured.nodes) n += node.cpus, cores += node.cores;
  return write_gbs(measured.one_limit_ns, measured.limit_ns, n, threads_of_core(n, cores));
}

// What one writer takes where n of them take `together_ns` a record.
double alone_ns(double together_ns, uint32_t n, uint32_t threads_of_core, double write_gbs) {
  double low = 0.01, high = 10'000;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (shared_ns(middle, n, threads_of_core, write_gbs) < together_ns ? low : high) = middle;
  }
  return high;
}

Event event(EventKind kind, const char* name, uint64_t records, uint64_t at_ns) {
  Event made;
  made.kind = kind;
  made.name = made.group = name;
  made.bytes = std::max<uint64_t>(1, records * kPageBytes / kSubsectionBytes) * kSubsectionBytes;
  made.at_ns = at_ns;
  return made;
}

std::string shown(double ns) { return ns < 100 ? absl::StrFormat("%.2f ns", ns) : simulator::format_ns(ns); }

uint64_t usable_ns(const Outcome& outcome, size_t event) { return outcome.events[event].usable_ns; }

Scenario scenario_on(const MachineModel& machine) {
  Scenario scenario;
  scenario.about = "this machine, measured, and the events of `memmap-sim run`";
  scenario.machine = machine;
  return scenario;
}

std::string text_of(const Event& event) {
  std::string text = "\n[[event]]\n";
  if (event.kind == EventKind::add)
    absl::StrAppendFormat(&text, "kind = \"add\"\nname = \"%s\"\nat = \"%dns\"\nsize = \"%dB\"\n", event.name,
                          event.at_ns, event.bytes);
  else
    absl::StrAppendFormat(&text, "kind = \"faults\"\ntarget = \"%s\"\nat = \"%dns\"\ncount = %d\nevery = \"%dns\"\n",
                          event.target, event.at_ns, event.count, event.every_ns);
  if (!event.waits_for.empty()) absl::StrAppendFormat(&text, "waits_for = \"%s\"\n", event.waits_for);
  return text;
}

// Whom an event names stands above it.
int rank_of(const Event& event) { return event.kind == EventKind::faults ? 2 : event.waits_for.empty() ? 0 : 1; }

}  // namespace

MachineModel model_of(const Measured& measured) {
  MachineModel machine;
  machine.name = measured.machine;
  const double gbs = write_gbs_of(measured);
  for (const Machine::NodeCpus& cpus : measured.nodes) {
    NodeModel node;
    node.cpus = cpus.cpus;
    node.cores = cpus.cores;
    node.write_gbs = gbs / double(measured.nodes.size());
    machine.nodes.push_back(node);
    for (size_t m = 0; m < measured.nodes.size(); ++m)
      machine.distances.push_back(m + 1 == machine.nodes.size() ? 10 : 20);
  }
  machine.core = {measured.kernel_boot_ns, measured.kernel_bind_ns, measured.bind_ns,
                  measured.boot_ns,        measured.bind_ns,        kRemote};
  machine.serial.waker_ns = uint64_t(measured.wake_ns * kWakerShare);
  machine.serial.wakee_ns = uint64_t(measured.wake_ns) - machine.serial.waker_ns;
  // What it takes beside its records: a call whose lines are in nobody's cache.
  machine.serial.call_ns = uint64_t(std::max(0.0, measured.lone_fault_ns - measured.bind_ns * kSubsectionPages));
  machine.width = std::min(64u, machine.nr_cpus());
  return machine;
}

Scenario boot_of(const MachineModel& machine, const PlannedRecords& records) {
  Scenario scenario = scenario_on(machine);
  for (NodeModel& node : scenario.machine.nodes) node.bytes = records.boot * kPageBytes / machine.nodes.size();
  Event boot = event(EventKind::boot, "boot", 0, 0);
  boot.early = false;
  scenario.events = {boot};
  return scenario;
}

Scenario binds_of(const MachineModel& machine, const PlannedRecords& records) {
  Scenario scenario = scenario_on(machine);
  scenario.events = {event(EventKind::add, "pmem0", records.big, 0),
                     event(EventKind::add, "pmem1", records.small, std::chrono::nanoseconds(kSmallAfter).count())};
  scenario.events[0].waits_for = "pmem1";  // one thread binds both, and waits for the small one first
  Event faults = event(EventKind::faults, "faults", 0, kMeanPauseNs);
  faults.target = "pmem0", faults.count = 50, faults.every_ns = 2 * kMeanPauseNs;
  scenario.events.push_back(faults);
  return scenario;
}

absl::StatusOr<Prediction> predict(const Measured& measured, const PlannedRecords& records) {
  const MachineModel machine = model_of(measured);
  if (absl::Status status = check(machine); !status.ok()) return status;
  const Outcome boot = run_policy(boot_of(machine, records), Policy::own);
  const Outcome binds = run_policy(binds_of(machine, records), Policy::own);
  for (const Outcome* outcome : {&boot, &binds})
    if (!outcome->error.empty()) return absl::InternalError("a virtual run did not end: " + outcome->error);
  Samples faults;  // of pages that were not ready, as those that are measured
  for (const uint64_t ns : binds.first_fault_ns)
    if (ns != 0) faults.push_back(double(ns));
  return Prediction{double(boot.boot_ns), double(usable_ns(binds, 0)), double(usable_ns(binds, 1)),
                    percentile(faults, 50)};
}

absl::StatusOr<Calibration> calibrate(const Report& report, const std::vector<Machine::NodeCpus>& nodes,
                                      double wake_ns) {
  const Figure* const one = find(report, "device_vs_kernel_loop_1t");
  const Figure* const all = find(report, "device_vs_kernel_loop_all");
  const Figure* const boot = find(report, "boot_with_handover_vs_kernel");
  if (one == nullptr || all == nullptr || boot == nullptr || report.columns.size() != 3)
    return absl::InternalError("calibrate: found a report without its figures, expected those of `memmap-sim run`");
  uint32_t n = 0, cores = 0;
  for (const Machine::NodeCpus& node : nodes) n += node.cpus, cores += node.cores;
  const uint32_t threads = threads_of_core(n, cores);
  // Of the same stores, on one CPU and on all.
  const bool bounded = one->bound > 0 && all->bound > 0;
  const double limit_ns = bounded ? all->theirs / all->bound : report.limit_record_ns;
  const double one_limit_ns = bounded ? one->theirs / one->bound : 0;
  Measured measured{report.machine,       nodes,       one->ours, 0, one->theirs, 0, limit_ns, wake_ns,
                    report.lone_fault_ns, one_limit_ns};
  const double gbs = write_gbs_of(measured);
  measured.boot_ns = std::max(one->ours, alone_ns(boot->ours, n, threads, gbs));
  measured.kernel_boot_ns = alone_ns(boot->theirs, n, threads, gbs);
  const PlannedRecords records{report.boot_records, report.big_records, report.small_records};
  Calibration calibration;
  calibration.scenario = binds_of(model_of(measured), records);
  for (NodeModel& node : calibration.scenario.machine.nodes) node.bytes = records.boot * kPageBytes / nodes.size();
  const absl::StatusOr<Prediction> own = predict(measured, records);
  if (!own.ok()) return own.status();
  const Outcome stock = run_policy(calibration.scenario, Policy::zone_device);
  const Column& linux_way = report.columns[0];
  const Column& each = report.columns[2];
  const auto row = [&](const char* what, double measured_ns, double predicted_ns, bool known = false) {
    calibration.rows.push_back({what, measured_ns, predicted_ns, known});
  };
  row("a record: bind, this engine, one thread", one->ours, shared_ns(one->ours, 1, 1, gbs), true);
  row("a record: bind, kernel-style, one thread", one->theirs, shared_ns(one->theirs, 1, 1, gbs), true);
  row("a record: bind, this engine, all CPUs", all->ours, shared_ns(one->ours, n, threads, gbs));
  row("a record: bind, kernel-style, all CPUs", all->theirs, shared_ns(one->theirs, n, threads, gbs));
  row("pmem0 usable, kernel-style", double(linux_way.big_ns), double(usable_ns(stock, 0)));
  row("boot, this engine", double(each.boot_ns), own->boot_ns);
  row("pmem0 usable, this engine", double(each.big_ns), own->big_ns);
  row("pmem1 usable beside it, this engine", double(each.small_ns), own->small_ns);
  row("first fault p50, this engine", percentile(each.fault_ns, 50), own->first_fault_p50_ns);
  return calibration;
}

std::string machine_file(const Calibration& calibration) {
  const MachineModel& machine = calibration.scenario.machine;
  std::string out = absl::StrFormat("about = \"%s\"\n\n[machine]\nname = \"%s\"\nwidth = %d\n\n",
                                    calibration.scenario.about, machine.name, machine.width);
  for (const NodeModel& node : machine.nodes)
    absl::StrAppendFormat(&out, "[[machine.node]]\ncpus = %d\nthreads = %d\nram = \"%dB\"\nwrite = \"%.4gGB/s\"\n\n",
                          node.cpus, threads_of_core(node.cpus, node.cores), node.bytes, node.write_gbs);
  const CoreModel& core = machine.core;
  absl::StrAppendFormat(&out,
                        "[machine.core]\nboot = \"%.4gns\"\ndevice = \"%.4gns\"\ntemplate = \"%.4gns\"\n"
                        "own_boot = \"%.4gns\"\nown_device = \"%.4gns\"\nremote = %.4g\n\n",
                        core.boot_ns, core.device_ns, core.template_ns, core.own_boot_ns, core.own_device_ns,
                        core.remote);
  absl::StrAppendFormat(&out, "[machine.serial]\nwaker = \"%dns\"\nwakee = \"%dns\"\ncall = \"%dns\"\n",
                        machine.serial.waker_ns, machine.serial.wakee_ns, machine.serial.call_ns);
  for (const int rank : {0, 1, 2})
    for (const Event& event : calibration.scenario.events)
      if (rank_of(event) == rank) absl::StrAppend(&out, text_of(event));
  return out;
}

std::string format_calibration(const Calibration& calibration) {
  std::string out = absl::StrCat("memmap-sim calibrate: ", calibration.scenario.machine.name, "\n\n");
  absl::StrAppendFormat(&out, "%-42s %12s %12s %7s\n", "", "measured", "virtual", "error");
  for (const CalibrationRow& row : calibration.rows)
    absl::StrAppend(&out, pad_right(row.what, 42), " ", pad_left(shown(row.measured_ns), 12), " ",
                    pad_left(shown(row.predicted_ns), 12), absl::StrFormat(" %+6.0f%%", 100 * row.error()),
                    row.calibration ? "  calibration" : "", "\n");
  return out;
}

}  // namespace memmap::simulator
