// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The benchmark: all figures, ours and theirs in turn. A program and never a timed test: it fails only where a call
// fails or a record is wrong. Its flags: bench_options.h.
#include "bench.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench_options.h"
#include "bench_report.h"
#include "catalogue.h"
#include "html_page.h"
#include "simulator/events/engine_column.h"
#include "simulator/events/record_check.h"
#include "simulator/options/help.h"
#include "simulator/options/standard_files.h"
#include "simulator/stage/setting.h"

namespace {

using namespace memmap;
using namespace memmap::simulator;
using bench::Bench;
using bench::BenchOptions;
using bench::BenchReport;
using bench::Section;

int complain(const std::string& what, int code) {
  std::cerr << "bench: " << what << "\n";
  return code;
}

absl::Status measure_all(const Setting& setting, const Options& options, const BenchOptions& own,
                         const Progress& progress, Violations& violations, BenchReport& report) {
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
                .nr_small = 33 * options.nr_pairs,
                .nr_faults = 300 * options.nr_pairs,
                .nr_submits = 30 * options.nr_pairs,
                .seed = options.seed,
                .progress = [&progress](const char* text) { progress.say(text); },
                .violations = violations};
  for (const Section& section : bench::catalogue()) {
    Bench bench{rig, [&own](const std::string& key) { return own.wants(key); }, {}, {}};
    const uint64_t began = now_ns();
    if (std::any_of(section.keys.begin(), section.keys.end(), bench.wants)) section.measure(bench);
    const double wall_s = double(now_ns() - began) / 1e9;
    report.sections.push_back({&section, std::move(bench.figures), std::move(bench.charts), wall_s});
  }
  return absl::OkStatus();
}

// One column, so that the figures are known to be of an engine that works here.
absl::StatusOr<Column> verify_here(const Setting& setting, const Options& options) {
  setting.stage.prepare();
  auto column =
      engine_column(setting.stage, setting.machine, {Domains::each_event, setting.nr_workers, options.seed, {}});
  if (column.ok()) check_records(setting.stage, *column);
  return column;
}

absl::StatusOr<BenchReport> measure(const Options& options, const BenchOptions& own, const std::string& command,
                                    Violations& violations) {
  const uint64_t began = now_ns();
  const Progress progress(options.quiet);
  auto setting = make_setting(options, progress);
  if (!setting.ok()) return setting.status();
  const Stage& stage = (*setting)->stage;
  auto column = verify_here(**setting, options);
  if (!column.ok()) return column.status();
  violations.add(column->violations);
  const StoreLimit limit = measure_best_limit(bytes_of(stage.big().memmap), (*setting)->machine.cpus, 3);
  BenchReport report{.command = command,
                     .seed = options.seed,
                     .machine = (*setting)->machine.describe(),
                     .memory_map = (*setting)->map.source,
                     .sizes = describe((*setting)->map),
                     .memory = (*setting)->memory_note,
                     .limit = limit.describe(),
                     .records_verified = column->records_verified,
                     .sections = {}};
  if (absl::Status status = measure_all(**setting, options, own, progress, violations, report); !status.ok()) {
    return status;
  }
  report.violations = violations.total();
  report.wall_s = double(now_ns() - began) / 1e9;
  return report;
}

int list_keys() {
  for (const Section& section : bench::catalogue()) {
    for (const std::string& key : section.keys) std::cout << key << "\n";
  }
  return 0;
}

// Opened before anything is measured, so that nothing is measured in vain.
bool open(const std::string& path, std::ofstream& file) {
  if (!path.empty()) file.open(path);
  return path.empty() || file.is_open();
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_files();
  const absl::StatusOr<BenchOptions> own = bench::parse_bench_options({argv + 1, size_t(argc) - 1});
  if (!own.ok()) return complain(std::string(own.status().message()), 1);
  const absl::StatusOr<Options> options = parse_options(own->others);
  if (!options.ok()) return complain(std::string(options.status().message()), 1);
  if (own->list) return list_keys();
  if (options->action != Options::Action::run) {
    const char* const run[] = {"run"};
    std::cout << bench::bench_usage() << *help(run);
    return 0;
  }
  std::ofstream file;
  std::ofstream page;
  if (!open(options->output, file)) return complain(options->output + ": cannot be written", 2);
  if (!open(own->html, page)) return complain(own->html + ": cannot be written", 2);
  Violations violations;
  const std::string command = absl::StrCat("bench ", absl::StrJoin(argv + 1, argv + argc, " "));
  const absl::StatusOr<BenchReport> report = measure(*options, *own, command, violations);
  if (!report.ok()) return complain(std::string(report.status().message()), 2);
  std::ostream& out = options->output.empty() ? std::cout : file;
  out << format_bench(*report, options->format) << std::flush;
  if (!out) return complain("the report could not be written", 2);
  if (!own->html.empty() && !(page << bench::html_page(*report) << std::flush)) {
    return complain(own->html + ": cannot be written", 2);
  }
  return violations.total() == 0 ? 0 : complain(absl::StrJoin(violations.places, "; "), 3);
}
