// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/report_programs.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace memmap::simulator {
namespace {

constexpr const char* kColumnKeys[] = {"linux_way", "one_global_sync", "domain_per_event"};

void write_sizes(JsonWriter& json, const Report& report) {
  json.begin_object("records");
  json.count("boot", report.boot_records);
  json.count("pmem0", report.big_records);
  json.count("pmem1", report.small_records);
  json.end_object();
}

void write_rows(JsonWriter& json, const Report& report) {
  json.begin_array("rows");
  for (const ReportRow& row : rows_of(report)) {
    json.begin_object();
    json.text("event", row.event);
    json.text("what", row.what);
    for (size_t n = 0; n < row.column_ns.size(); ++n) {
      if (row.column_ns[n] >= 0) json.number(absl::StrCat(kColumnKeys[n], "_ns"), row.column_ns[n]);
    }
    if (row.limit_ns >= 0) json.number("limit_ns", row.limit_ns);
    json.end_object();
  }
  json.end_array();
}

void write_violations(JsonWriter& json, const Violations& found) {
  json.begin_object("violations");
  json.count("wrong", found.wrong);
  json.count("missed", found.missed);
  json.count("twice", found.twice);
  json.count("outside", found.outside);
  json.count("early", found.early);
  json.count("ready", found.ready);
  json.count("buddy", found.buddy);
  json.count("calls", found.calls);
  json.begin_array("places");
  for (const std::string& place : found.places) json.text("", place);
  json.end_array();
  json.end_object();
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    const bool plain = field.find_first_of(",\"\n") == field.npos;
    absl::StrAppend(&line, line.empty() ? "" : ",",
                    plain ? field : absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\""));
  }
  return line + "\n";
}

}  // namespace

std::string format_json(const Report& report) {
  JsonWriter json;
  json.begin_object();
  json.count("schema_version", 1);
  json.text("command", report.command);
  json.count("seed", report.seed);
  json.text("machine", report.machine);
  json.text("memory_map", report.memory_map);
  json.text("sizes", report.sizes);
  json.text("memory", report.memory);
  json.count("workers", report.nr_workers);
  write_sizes(json, report);
  write_rows(json, report);
  json.text("limit", report.limit);
  json.number("wall_s", report.wall_s);
  write_violations(json, report.violations);
  json.begin_object("figures");
  json.count("records_verified", report.records_verified());
  json.count("violations", report.violations.total());
  write_figures(json, report.figures);
  json.end_object();
  write_figure_samples(json, report.figures);
  json.end_object();
  return json.written();
}

void write_figures(JsonWriter& json, const std::vector<Figure>& figures) {
  for (const Figure& figure : figures) {
    if (figure.target != 0) json.number(figure.key, figure.value);
  }
}

void write_figure_samples(JsonWriter& json, const std::vector<Figure>& figures) {
  json.begin_object("figure_samples");
  for (const Figure& figure : figures) {
    json.begin_object(figure.key);
    json.text("what", figure.what);
    json.number("low", figure.interval.low);
    json.number("high", figure.interval.high);
    json.number("ours", figure.ours);
    if (!figure.theirs_is.empty()) json.number("theirs", figure.theirs);
    if (!figure.theirs_is.empty()) json.text("theirs_is", figure.theirs_is);
    json.text("unit", figure.unit);
    json.number("target", figure.target);
    if (figure.bound != 0) json.number("bound", figure.bound);
    json.text("verdict", name_of(verdict_of(figure)));
    json.count("samples", figure.samples);
    json.end_object();
  }
  json.end_object();
}

std::string format_csv(const Report& report) {
  std::string text = csv_line({"kind", "event", "what", "column", "value", "unit"});
  for (const ReportRow& row : rows_of(report)) {
    for (size_t n = 0; n < row.column_ns.size(); ++n) {
      if (row.column_ns[n] < 0) continue;
      text += csv_line({"time", row.event, row.what, kColumnKeys[n], absl::StrFormat("%.0f", row.column_ns[n]), "ns"});
    }
  }
  text += csv_line({"figure", "", "records_verified", "", absl::StrCat(report.records_verified()), "records"});
  text += csv_line({"figure", "", "violations", "", absl::StrCat(report.violations.total()), ""});
  for (const Figure& figure : report.figures) {
    if (figure.target == 0) continue;
    text += csv_line({"figure", "", figure.key, "", absl::StrFormat("%.6g", figure.value), ""});
  }
  return text;
}

}  // namespace memmap::simulator
