// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/command/calibration.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/policy/policy.h"
#include "simulator/statistics.h"
#include "simulator/virtual/network.h"

namespace memmap::simulator {
namespace {

using namespace virtual_time;

constexpr double kWakerShare = 13.0 / 23;  // of a wake, in who wakes: as measured where this was written
constexpr uint64_t kSubsectionBytes = 512 * kPageBytes;
constexpr uint64_t kSmallAfterNs = 1'000'000;

const Figure* find(const Report& report, absl::string_view key) {
  for (const Figure& figure : report.figures)
    if (figure.key == key) return &figure;
  return nullptr;
}

// Nanoseconds a record of n writers who take record_ns each, by themselves.
double shared_ns(double record_ns, uint32_t n, double write_gbs) {
  Network network;
  const uint32_t writers = network.add_class(record_ns, {network.add_station({write_gbs, 0, 0})});
  return 1 / network.rate(writers, n);
}

// What one writer takes where n of them take `together_ns` a record.
double alone_ns(double together_ns, uint32_t n, double write_gbs) {
  double low = 0.01, high = 10'000;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (shared_ns(middle, n, write_gbs) < together_ns ? low : high) = middle;
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

MachineModel model_of(const Report& report, const std::vector<uint32_t>& cpus_of_node, double wake_ns) {
  MachineModel machine;
  machine.name = report.machine;
  const uint32_t nr_nodes = uint32_t(cpus_of_node.size());
  for (uint32_t n = 0; n < nr_nodes; ++n) {
    NodeModel node;
    node.cpus = cpus_of_node[n];
    node.bytes = report.boot_records * kPageBytes / nr_nodes;
    node.write_gbs = double(kRecordBytes) / report.limit_record_ns / nr_nodes;
    machine.nodes.push_back(node);
    for (uint32_t m = 0; m < nr_nodes; ++m) machine.distances.push_back(n == m ? 10 : 20);
  }
  machine.serial.waker_ns = uint64_t(wake_ns * kWakerShare);
  machine.serial.wakee_ns = uint64_t(wake_ns) - machine.serial.waker_ns;
  return machine;
}

std::string shown(double ns) { return ns < 100 ? absl::StrFormat("%.2f ns", ns) : simulator::format_ns(ns); }

uint64_t usable_ns(const Outcome& outcome, size_t event) { return outcome.events[event].usable_ns; }

}  // namespace

absl::StatusOr<Calibration> calibrate(const Report& report, const std::vector<uint32_t>& cpus_of_node, double wake_ns) {
  const Figure* const one = find(report, "device_vs_kernel_loop_1t");
  const Figure* const all = find(report, "device_vs_kernel_loop_all");
  const Figure* const boot = find(report, "boot_with_handover_vs_kernel");
  if (one == nullptr || all == nullptr || boot == nullptr || report.columns.size() != 3)
    return absl::InternalError("calibrate: found a report without its figures, expected those of `memmap-sim run`");
  Calibration calibration;
  Scenario& scenario = calibration.scenario;
  scenario.about = "this machine, measured, and the events of `memmap-sim run`";
  MachineModel& machine = scenario.machine = model_of(report, cpus_of_node, wake_ns);
  const double gbs = machine.nodes[0].write_gbs * double(machine.nodes.size());
  const uint32_t n = machine.nr_cpus();
  machine.core = {alone_ns(boot->theirs, n, gbs),
                  one->theirs,
                  one->ours,
                  std::max(one->ours, alone_ns(boot->ours, n, gbs)),
                  one->ours,
                  0.3};
  machine.width = std::min(64u, n);
  scenario.events = {event(EventKind::add, "pmem0", report.big_records, 0),
                     event(EventKind::add, "pmem1", report.small_records, kSmallAfterNs)};
  Event faults = event(EventKind::faults, "faults", 0, 100'000);
  faults.target = "pmem0", faults.count = 50, faults.every_ns = 200'000;
  scenario.events.push_back(faults);
  if (absl::Status status = check(machine); !status.ok()) return status;

  const Outcome own = run_policy(scenario, Policy::own), stock = run_policy(scenario, Policy::zone_device);
  const Column& linux_way = report.columns[0];
  const Column& each = report.columns[2];
  const auto row = [&](const char* what, double measured_ns, double predicted_ns, bool known = false) {
    calibration.rows.push_back({what, measured_ns, predicted_ns, known});
  };
  row("a record: bind, this engine, one thread", one->ours, shared_ns(machine.core.own_device_ns, 1, gbs), true);
  row("a record: bind, kernel-style, one thread", one->theirs, shared_ns(machine.core.device_ns, 1, gbs), true);
  row("a record: bind, this engine, all CPUs", all->ours, shared_ns(machine.core.own_device_ns, n, gbs));
  row("a record: bind, kernel-style, all CPUs", all->theirs, shared_ns(machine.core.device_ns, n, gbs));
  row("pmem0 usable, kernel-style", double(linux_way.big_ns), double(usable_ns(stock, 0)));
  row("pmem0 usable, this engine", double(each.big_ns), double(usable_ns(own, 0)));
  row("pmem1 usable beside it, this engine", double(each.small_ns), double(usable_ns(own, 1)));
  const Samples predicted(own.first_fault_ns.begin(), own.first_fault_ns.end());
  row("first fault p50, this engine", percentile(each.fault_ns, 50), percentile(predicted, 50));
  return calibration;
}

std::string machine_file(const Calibration& calibration) {
  const MachineModel& machine = calibration.scenario.machine;
  std::string out = absl::StrFormat("about = \"%s\"\n\n[machine]\nname = \"%s\"\nwidth = %d\n\n",
                                    calibration.scenario.about, machine.name, machine.width);
  for (const NodeModel& node : machine.nodes)
    absl::StrAppendFormat(&out, "[[machine.node]]\ncpus = %d\nram = \"%dB\"\nwrite = \"%.4gGB/s\"\n\n", node.cpus,
                          node.bytes, node.write_gbs);
  const CoreModel& core = machine.core;
  absl::StrAppendFormat(&out,
                        "[machine.core]\nboot = \"%.4gns\"\ndevice = \"%.4gns\"\ntemplate = \"%.4gns\"\n"
                        "own_boot = \"%.4gns\"\nown_device = \"%.4gns\"\nremote = %.4g\n\n",
                        core.boot_ns, core.device_ns, core.template_ns, core.own_boot_ns, core.own_device_ns,
                        core.remote);
  absl::StrAppendFormat(&out, "[machine.serial]\nwaker = \"%dns\"\nwakee = \"%dns\"\n", machine.serial.waker_ns,
                        machine.serial.wakee_ns);
  for (const Event& event : calibration.scenario.events) {
    if (event.kind == EventKind::add)
      absl::StrAppendFormat(&out, "\n[[event]]\nkind = \"add\"\nname = \"%s\"\nat = \"%dns\"\nsize = \"%dB\"\n",
                            event.name, event.at_ns, event.bytes);
    else
      absl::StrAppendFormat(&out,
                            "\n[[event]]\nkind = \"faults\"\ntarget = \"%s\"\nat = \"%dns\"\ncount = %d\n"
                            "every = \"%dns\"\n",
                            event.target, event.at_ns, event.count, event.every_ns);
  }
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
