// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The benchmark: all figures, ours and theirs in turn. A program and never a timed test: it fails only where a call
// fails or a record is wrong. Its flags are those of `memmap-sim run`; 31 pairs by default.
#include "bench.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bench_report.h"
#include "simulator/engine_column.h"
#include "simulator/record_check.h"
#include "simulator/setting.h"

namespace {

using namespace memmap;
using namespace memmap::simulator;
using memmap::bench::BenchReport;

int complain(const std::string& what, int code) {
  std::cerr << "bench: " << what << "\n";
  return code;
}

absl::StatusOr<std::vector<Figure>> measure_all(const Setting& setting, const Options& options,
                                                const Progress& progress, Violations& violations) {
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
  std::vector<Figure> figures = bench::idle_figures(rig);
  for (const auto measure : {measure_figures, bench::peer_figures, bench::cold_figures, bench::cost_figures,
                             bench::backlog_figures, bench::neighbour_figures}) {
    for (Figure& figure : measure(rig)) figures.push_back(std::move(figure));
  }
  return figures;
}

// One column, so that the figures are known to be of an engine that works here.
absl::StatusOr<Column> verify_here(const Setting& setting, const Options& options) {
  setting.stage.prepare();
  auto column =
      engine_column(setting.stage, setting.machine, {Domains::each_event, setting.nr_workers, options.seed, {}});
  if (column.ok()) check_records(setting.stage, *column);
  return column;
}

absl::StatusOr<BenchReport> measure(const Options& options, const std::string& command, Violations& violations) {
  const uint64_t began = now_ns();
  const Progress progress(options.quiet);
  auto setting = make_setting(options, progress);
  if (!setting.ok()) return setting.status();
  const Stage& stage = (*setting)->stage;
  auto column = verify_here(**setting, options);
  if (!column.ok()) return column.status();
  violations.add(column->violations);
  const StoreLimit limit = measure_best_limit(bytes_of(stage.big().memmap), (*setting)->machine.cpus, 3);
  auto figures = measure_all(**setting, options, progress, violations);
  if (!figures.ok()) return figures.status();
  return BenchReport{.command = command,
                     .seed = options.seed,
                     .machine = (*setting)->machine.describe(),
                     .memory_map = (*setting)->map.source,
                     .sizes = describe((*setting)->map),
                     .memory = (*setting)->memory_note,
                     .limit = limit.describe(),
                     .records_verified = column->records_verified,
                     .violations = violations.total(),
                     .wall_s = double(now_ns() - began) / 1e9,
                     .figures = *std::move(figures)};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<const char*> arguments = {"run", "--pairs=31"};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  const absl::StatusOr<Options> options = parse_options(arguments);
  if (!options.ok()) return complain(std::string(options.status().message()), 1);
  if (options->action != Options::Action::run) {
    std::cout << "bench [FLAG...]: all figures, as a table, JSON or CSV. Its flags are those of run:\n\n" << usage();
    return 0;
  }
  Violations violations;
  const std::string command = absl::StrCat("bench ", absl::StrJoin(argv + 1, argv + argc, " "));
  const absl::StatusOr<BenchReport> report = measure(*options, command, violations);
  if (!report.ok()) return complain(std::string(report.status().message()), 2);
  std::ofstream file;
  if (!options->output.empty()) file.open(options->output);
  std::ostream& out = options->output.empty() ? std::cout : file;
  out << format_bench(*report, options->format) << std::flush;
  if (!out) return complain(absl::StrCat(options->output, ": cannot be written"), 2);
  return violations.total() == 0 ? 0 : complain(absl::StrJoin(violations.places, "; "), 3);
}
