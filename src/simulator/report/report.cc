// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "simulator/report/report_programs.h"

namespace memmap::simulator {
namespace {

constexpr size_t kWhatWidth = 29;
constexpr size_t kColumnWidth = 18;

size_t characters(const std::string& text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::vector<std::string> two_lines(const std::string& name) {
  if (name == "Linux way") return {"Linux way", "(padata; sync)"};
  if (name == "one global sync") return {"this engine,", "1 global sync"};
  return {"this engine,", "domain/event"};
}

// "3.1 / 4.2 µs": the unit once where it is the same.
std::string format_two_ns(double first, double second) {
  if (first < 0) return format_ns(first);
  const std::string one = format_ns(first);
  const std::string two = format_ns(second);
  const size_t blank = one.rfind(' ');
  const bool same = blank != one.npos && two.rfind(' ') != two.npos && one.substr(blank) == two.substr(two.rfind(' '));
  return absl::StrCat(same ? one.substr(0, blank) : one, " / ", two);
}

std::string headline(const Report& report) {
  std::string text;
  for (const size_t line : {size_t{0}, size_t{1}}) {
    text += pad_right("", kWhatWidth);
    for (const Column& column : report.columns) text += pad_left(two_lines(column.name)[line], kColumnWidth);
    text += line == 0 ? "\n" : pad_left("limit", kColumnWidth) + "\n";
  }
  return text;
}

std::string main_table(const Report& report) {
  std::string text = headline(report);
  const std::vector<ReportRow> rows = rows_of(report);
  for (size_t n = 0; n < rows.size(); ++n) {
    if (rows[n].what == "first fault p99") continue;  // shares a line with p50
    const bool faults = rows[n].what == "first fault p50";
    text += pad_right(pad_right(rows[n].event, 7) + (faults ? "first fault p50 / p99" : rows[n].what), kWhatWidth);
    for (size_t column = 0; column < rows[n].column_ns.size(); ++column) {
      const double ns = rows[n].column_ns[column];
      text += pad_left(faults ? format_two_ns(ns, rows[n + 1].column_ns[column]) : format_ns(ns), kColumnWidth);
    }
    text += pad_left(format_ns(rows[n].limit_ns), kColumnWidth) + "\n";
  }
  return text;
}

std::string three_digits(double number) {
  return number < 999.5 ? absl::StrFormat("%.3g", number) : absl::StrFormat("%.0f", number);
}

// "2.4, 5.1 ns/record (kernel-style loop)"
std::string compared(const Figure& figure) {
  const std::string ours = three_digits(figure.ours);
  if (figure.theirs_is.empty()) return absl::StrCat(ours, " ", figure.unit);
  return absl::StrCat(ours, ", ", three_digits(figure.theirs), " ", figure.unit, " (", figure.theirs_is, ")");
}

std::string why(const Report& report) {
  if (report.columns.size() != 3) return "";
  const Column& one = report.columns[1];
  const Column& each = report.columns[2];
  return absl::StrFormat(
      "why: with one sync pmem1 waited for %d grains of pmem0; with a domain of its own it was usable while %d of "
      "them\n"
      "     were still to do (%d were written beside it). At boot %d allocations failed and were served by growing.\n",
      one.grains_before, each.grains_after, each.grains_before, one.growths + each.growths);
}

std::string verdict(const Report& report) {
  const Violations& found = report.violations;
  std::string text = absl::StrFormat(
      "%d records checked by oneTBB against a serial image: %d wrong, %d twice, %d outside\n"
      "%d counted and compared before their hand-over: %d missed, %d too early; buddy %d, ready %d, calls %d\n",
      report.records_verified(), found.wrong, found.twice, found.outside, report.records_counted, found.missed,
      found.early, found.buddy, found.ready, found.calls);
  for (const std::string& place : found.places) absl::StrAppend(&text, "VIOLATED: ", place, "\n");
  return text;
}

std::string format_table(const Report& report) {
  return absl::StrCat(format_header(report.command, {report.machine, report.memory_map, report.sizes, report.memory}),
                      "\n", main_table(report), "\n", verdict(report), why(report),
                      absl::StrFormat("%.1f s, %d workers, seed %d; limit: %s\n\n", report.wall_s, report.nr_workers,
                                      report.seed, report.limit),
                      format_figures(report.figures),
                      "bound: what it would be at this machine's limit, of stores; of faults, a bare unit's\n\n",
                      "next: bazel/dev bench measures the figures with 31 pairs; include/memmap/memmap.h is the API\n");
}

}  // namespace

uint64_t Report::records_verified() const {
  uint64_t sum = 0;
  for (const Column& column : columns) sum += column.records_verified;
  return sum;
}

std::vector<ReportRow> rows_of(const Report& report) {
  std::vector<ReportRow> rows = {
      {"boot", "usable", {}, double(report.boot_records) * report.limit_record_ns},
      {"pmem0", "caller goes on", {}, -1},
      {"pmem0", "usable", {}, double(report.big_records) * report.limit_record_ns},
      {"pmem1", "usable, beside pmem0", {}, double(report.small_records) * report.limit_record_ns},
      {"pmem0", "first fault p50", {}, double(report.unit_records) * report.limit_record_ns},
      {"pmem0", "first fault p99", {}, double(report.unit_records) * report.limit_record_ns},
  };
  for (const Column& column : report.columns) {
    const bool faults = !column.fault_ns.empty();
    const double times[] = {double(column.boot_ns),
                            double(column.goes_on_ns),
                            double(column.big_ns),
                            double(column.small_ns),
                            faults ? percentile(column.fault_ns, 50) : -1,
                            faults ? percentile(column.fault_ns, 99) : -1};
    for (size_t n = 0; n < rows.size(); ++n) rows[n].column_ns.push_back(times[n]);
  }
  return rows;
}

std::string format_report(const Report& report, Format format) {
  if (format == Format::json) return format_json(report);
  if (format == Format::dmesg) return report.kernel_log;
  return format == Format::csv ? format_csv(report) : format_table(report);
}

std::string format_ns(double ns) {
  if (ns < 0) return "-";
  struct Unit {
    double ns;
    const char* name;
  };
  for (const Unit unit : {Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "µs"}}) {
    if (ns < 0.9995 * unit.ns) continue;
    const double value = ns / unit.ns;
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return absl::StrFormat("%.*f %s", decimals, value, unit.name);
  }
  return absl::StrFormat("%.0f ns", ns);
}

std::string pad_left(const std::string& text, size_t width) {
  const size_t length = characters(text);
  return std::string(width > length ? width - length : 0, ' ') + text;
}

std::string pad_right(const std::string& text, size_t width) {
  const size_t length = characters(text);
  return text + std::string(width > length ? width - length : 0, ' ');
}

std::string format_header(const std::string& command, const std::vector<std::string>& lines) {
  std::string text = command + "\n";
  for (const std::string& line : lines) {
    absl::StrAppend(&text, "  ", absl::StrReplaceAll(line, {{"; ", ";\n  "}}), "\n");
  }
  return text;
}

std::string format_figures(const std::vector<Figure>& figures) {
  static constexpr size_t kWidths[] = {10, 23, 9, 8, 6, 13};  // behind the key
  const auto line = [](const std::string& key, const std::vector<std::string>& cells, const std::string& rest) {
    std::string text = pad_right(key, 35);
    for (size_t n = 0; n < cells.size(); ++n) text += pad_left(cells[n], kWidths[n]);
    return text + "  " + rest + "\n";
  };
  std::string text = line("figure", {"value", "95 % interval", "target", "bound", "n", "verdict"}, "ours, theirs");
  for (const Figure& figure : figures) {
    const char* const sign = figure.better == Figure::Better::higher ? "≥" : "≤";
    text += line(figure.key,
                 {absl::StrFormat("%.3g", figure.value),
                  absl::StrFormat("%.3g .. %.3g", figure.interval.low, figure.interval.high),
                  figure.target == 0 ? "" : absl::StrFormat("%s %.3g", sign, figure.target),
                  figure.bound == 0 ? "" : absl::StrFormat("%.3g", figure.bound), absl::StrCat(figure.samples),
                  name_of(verdict_of(figure))},
                 compared(figure));
  }
  return text;
}

}  // namespace memmap::simulator
