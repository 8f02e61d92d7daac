// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/run.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "simulator/events/arrivals.h"
#include "simulator/events/engine_column.h"
#include "simulator/events/first_faults.h"
#include "simulator/events/linux_column.h"
#include "simulator/events/record_check.h"
#include "simulator/events/strict_pass.h"
#include "simulator/figures/figures.h"
#include "simulator/figures/stores.h"
#include "simulator/report/kernel_log.h"
#include "simulator/stage/progress.h"
#include "simulator/stage/setting.h"

namespace memmap::simulator {
namespace {

// Plays one column on fresh poison, plants the fault if it is this one's, and checks all records.
absl::Status play(const Setting& setting, const Options& options, const Progress& progress,
                  absl::StatusOr<Column> (*way)(const Setting&, const Options&), Plant plant, Report& report) {
  progress.say("poisoning all records");
  setting.stage.prepare();
  progress.say(absl::StrCat("column ", report.columns.size() + 1, " of 3"));
  absl::StatusOr<Column> column = way(setting, options);
  if (!column.ok()) return column.status();
  plant_fault(setting.stage, plant);
  progress.say("checking all records against the reference");
  check_records(setting.stage, *column);
  report.violations.add(column->violations);
  report.columns.push_back(*std::move(column));
  return absl::OkStatus();
}

absl::StatusOr<Column> linux_way(const Setting& setting, const Options& options) {
  return linux_column(setting.stage, setting.machine, options.seed);
}

absl::StatusOr<Column> one_sync(const Setting& setting, const Options& options) {
  return engine_column(setting.stage, setting.machine, {Domains::one, setting.nr_workers, options.seed});
}

absl::StatusOr<Column> each_event(const Setting& setting, const Options& options) {
  return engine_column(setting.stage, setting.machine, {Domains::each_event, setting.nr_workers, options.seed});
}

absl::Status play_strictly(const Setting& setting, const Options& options, const Progress& progress,
                           StrictPass::Kind kind, Report& report) {
  progress.say(kind == StrictPass::Kind::count_writes ? "counting the writes of each record"
                                                      : "comparing each record before its hand-over");
  setting.stage.prepare();
  StrictPass strict(kind, options.plant);
  EngineColumnOptions column_options{Domains::each_event, setting.nr_workers, options.seed};
  column_options.wrap = [&strict](memmap_request& request) { strict.wrap(request); };
  absl::StatusOr<Column> column = engine_column(setting.stage, setting.machine, column_options);
  if (!column.ok()) return column.status();
  report.violations.add(column->violations);
  report.violations.add(strict.violations());
  report.records_counted = strict.nr_records();
  return absl::OkStatus();
}

// A run of its own, so that what is timed is not what is recorded.
absl::Status play_traced(const Setting& setting, const Options& options, const Progress& progress, std::ostream& file,
                         Report& report) {
  progress.say("recording a trace");
  setting.stage.prepare();
  std::string json;
  EngineColumnOptions column_options{Domains::each_event, setting.nr_workers, options.seed};
  column_options.trace = &json;
  absl::StatusOr<Column> column = engine_column(setting.stage, setting.machine, column_options);
  if (!column.ok()) return column.status();
  report.violations.add(column->violations);
  if (file << json << std::flush) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(options.trace, ": could not be written"));
}

absl::Status add_figures(const Setting& setting, const Options& options, const Progress& progress, Report& report) {
  auto engine = Engine::make(setting.machine, setting.nr_workers, setting.stage.end_pfn());
  auto inline_engine = Engine::make(setting.machine, 0, setting.stage.end_pfn());
  if (!engine.ok()) return engine.status();
  if (!inline_engine.ok()) return inline_engine.status();
  if (absl::Status status = (*engine)->start_workers(); !status.ok()) return status;
  Padata padata(std::max(setting.nr_workers, 2u) - 1);
  const Rig rig{.stage = setting.stage,
                .machine = setting.machine,
                .engine = **engine,
                .inline_engine = **inline_engine,
                .padata = padata,
                .nr_pairs = options.nr_pairs,
                .nr_small = std::min(1000u, 30 * options.nr_pairs),
                .nr_faults = std::min(20'000u, 300 * options.nr_pairs),
                .nr_submits = std::min(1000u, 20 * options.nr_pairs),
                .seed = options.seed,
                .progress = [&progress](const char* text) { progress.say(absl::StrCat("figures: ", text)); },
                .violations = report.violations};
  report.figures = measure_figures(rig);
  const absl::StatusOr<Samples> lone =
      lone_faults(setting.machine, setting.stage.big(), setting.stage.end_pfn(), options.seed, report.violations);
  if (!lone.ok()) return lone.status();
  report.lone_fault_ns = percentile(*lone, 50);
  return absl::OkStatus();
}

// The map of a run has numbers for nodes; the machine has their ids.
std::string kernel_log(const Setting& setting, const std::vector<Column>& columns) {
  MemoryMap map = setting.map;
  for (RamRange& range : map.ram) range.place.nid = setting.machine.nid(range.place.nid);
  for (Device& device : map.devices) device.nid = setting.machine.nid(device.nid);
  std::string text = log_of_map(map, setting.stage.early_pages());
  const LoggedDevices devices{setting.stage.big().data().nr_pages, setting.stage.small().data().nr_pages,
                              uint64_t(std::chrono::nanoseconds(kSmallAfter).count())};
  for (const Column& column : columns) text += log_of_column(column, devices);
  return text;
}

Report describe(const Setting& setting, const Options& options, const std::string& command) {
  Report report;
  report.command = command;
  report.seed = options.seed;
  report.machine = setting.machine.describe();
  report.memory_map = absl::StrJoin(setting.map.notes, "; ");
  report.memory_map.insert(0, setting.map.source + (setting.map.notes.empty() ? "" : "; "));
  report.sizes = describe(setting.map);
  report.memory = setting.memory_note;
  report.nr_workers = setting.nr_workers;
  report.boot_records = setting.stage.boot_pages();
  report.big_records = Stage::present_pages(setting.stage.big());
  report.small_records = Stage::present_pages(setting.stage.small());
  report.unit_records = kSubsectionPages;
  return report;
}

}  // namespace

absl::StatusOr<Report> run(const Options& options, const std::string& command) {
  const uint64_t began = now_ns();
  const Progress progress(options.quiet);
  std::ofstream trace;
  if (!options.trace.empty()) {
    trace.open(options.trace);
    if (!trace)
      return absl::NotFoundError(absl::StrCat(options.trace, ": cannot be written, expected a file that can"));
  }
  const absl::StatusOr<std::unique_ptr<Setting>> made = make_setting(options, progress);
  if (!made.ok()) return made.status();
  const Setting& setting = **made;
  Report report = describe(setting, options, command);
  progress.say("measuring the store limit");
  const StoreLimit limit = measure_best_limit(bytes_of(setting.stage.big().memmap), setting.machine.cpus, 1);
  report.limit_record_ns = limit.record_ns;
  report.limit = limit.describe();
  absl::Status status = play(setting, options, progress, linux_way, Plant::none, report);
  if (status.ok()) status = play(setting, options, progress, one_sync, Plant::none, report);
  if (status.ok()) status = play(setting, options, progress, each_event, options.plant, report);
  for (const auto kind : {StrictPass::Kind::compare_before_ready, StrictPass::Kind::count_writes}) {
    if (status.ok()) status = play_strictly(setting, options, progress, kind, report);
  }
  if (status.ok() && trace.is_open()) status = play_traced(setting, options, progress, trace, report);
  if (status.ok()) status = add_figures(setting, options, progress, report);
  if (!status.ok()) return status;
  report.kernel_log = kernel_log(setting, report.columns);
  report.wall_s = double(now_ns() - began) / 1e9;
  return report;
}

}  // namespace memmap::simulator
