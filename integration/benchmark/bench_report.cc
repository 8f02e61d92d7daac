// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "bench_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/report/json.h"
#include "simulator/report/report.h"
#include "simulator/report/report_programs.h"

namespace memmap::bench {
namespace {

using simulator::JsonWriter;

std::string format_table(const BenchReport& report) {
  std::string text = simulator::format_header(
      report.command, {report.machine, report.memory_map, report.sizes, report.memory, "limit: " + report.limit});
  absl::StrAppend(&text, "\n", simulator::format_figures(report.figures()));
  text +=
      "\nbound: what it would be at this machine's limit: of stores; of cold starts, one thread alone or all, woken;\n"
      "       of first faults, writing a unit without an engine, in turn with them\n"
      "verdict: undecided: the interval reaches the target; at the limit: it reaches a bound that misses the target\n";
  absl::StrAppendFormat(&text, "%.0f s, seed %d, %d records verified, %d violations\n", report.wall_s, report.seed,
                        report.records_verified, report.violations);
  return text;
}

std::string format_json(const BenchReport& report) {
  JsonWriter json;
  json.begin_object();
  json.count("schema_version", 1);
  json.text("command", report.command);
  json.count("seed", report.seed);
  json.text("machine", report.machine);
  json.text("memory_map", report.memory_map);
  json.text("sizes", report.sizes);
  json.text("memory", report.memory);
  json.text("limit", report.limit);
  json.number("wall_s", report.wall_s);
  json.begin_object("figures");
  json.count("records_verified", report.records_verified);
  json.count("violations", report.violations);
  simulator::write_figures(json, report.figures());
  json.end_object();
  write_figure_samples(json, report.figures());
  json.begin_object("section_s");
  for (const MeasuredSection& section : report.sections) json.number(section.section->title, section.wall_s);
  json.end_object();
  json.end_object();
  return json.written();
}

std::string format_csv(const BenchReport& report) {
  std::string text = "key,value,low,high,target,bound,samples\n";
  for (const Figure& figure : report.figures()) {
    absl::StrAppendFormat(&text, "%s,%.6g,%.6g,%.6g,%.6g,%.6g,%d\n", figure.key, figure.value, figure.interval.low,
                          figure.interval.high, figure.target, figure.bound, figure.samples);
  }
  return text;
}

}  // namespace

std::vector<Figure> BenchReport::figures() const {
  std::vector<Figure> all;
  for (const MeasuredSection& section : sections) {
    all.insert(all.end(), section.figures.begin(), section.figures.end());
  }
  return all;
}

std::string format_bench(const BenchReport& report, simulator::Format format) {
  if (format == simulator::Format::json) return format_json(report);
  return format == simulator::Format::csv ? format_csv(report) : format_table(report);
}

}  // namespace memmap::bench
