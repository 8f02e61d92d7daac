// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/scenario/reader.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace memmap::virtual_time {
namespace {

double bytes_of(const Scenario& scenario) {
  double bytes = 0;
  for (const Event& event : scenario.events) {
    if (event.kind == EventKind::add) bytes += double(event.bytes);
    for (const NodeModel& node : scenario.machine.nodes)
      bytes += event.kind == EventKind::boot ? double(node.bytes) : 0;
  }
  return bytes;
}

}  // namespace

absl::StatusOr<Scenario> read_scenario(absl::string_view text, const std::string& name) {
  const absl::StatusOr<Value> document = parse_document(text, name);
  if (!document.ok()) return document.status();
  Scenario scenario;
  scenario.name = name;
  Complaints complaints{name, absl::OkStatus()};
  TableReader top(*document, complaints);
  uint32_t seed = 1;
  top.text("about", &scenario.about);
  top.count("seed", 0, UINT32_MAX, &seed);
  scenario.seed = seed;
  top.require("machine", "a table [machine]");
  top.require("event", "at least one [[event]]");
  if (const Value* const machine = top.table("machine")) {
    TableReader table(*machine, complaints);
    read_machine(table, &scenario.machine);
    table.finish();
    if (complaints.first.ok()) {
      if (const absl::Status status = check(scenario.machine); !status.ok())
        complaints.first = absl::InvalidArgumentError(absl::StrCat(
            name, ":", machine->place.line, ":", machine->place.column, ": ", std::string(status.message())));
    }
  }
  const std::vector<const Value*> events = top.tables("event");
  if (complaints.first.ok()) read_events(events, complaints, &scenario);
  top.finish();
  if (const double bytes = bytes_of(scenario); bytes > kScenarioBytesMax)
    complaints.add({1, 1}, absl::StrFormat("%.6g TiB in all", bytes / double(uint64_t{1} << 40)), "at most 4096 TiB");
  if (!complaints.first.ok()) return complaints.first;
  return scenario;
}

}  // namespace memmap::virtual_time
