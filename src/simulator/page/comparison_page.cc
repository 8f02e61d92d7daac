// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/page/comparison_page.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "simulator/chart/bar_chart.h"
#include "simulator/page/page_style.h"
#include "simulator/page/pages_left.h"
#include "simulator/page/timeline.h"

namespace memmap::virtual_time {
namespace {

using chart::Bar;
using chart::escaped;

// A picture of one figure, or of two as a bar and the line over its end.
struct Picture {
  const char *title, *unit;
  absl::string_view key, upper = "";
  bool time = true;
};
constexpr Picture kPictures[] = {
    {"Callers wait", "the longest, until it goes on", "caller_goes_on_max_ns"},
    {"The boot goes on", "from its begin", "boot_goes_on_ns"},
    {"A first fault", "p50, line to p99", "first_fault_p50_ns", "first_fault_p99_ns"},
    {"A flush", "p50, line to p99; from when the caller went on", "flush_p50_ns", "flush_p99_ns"},
    {"An allocation during boot", "p99", "allocation_p99_ns"},
    {"A removal", "until nothing is written any more", "removal_ns"},
    {"CPU time", "s", "cpu_s", "", false},
    {"Written over links", "GiB", "across_nodes_gib", "", false},
};

size_t figure_of(absl::string_view key) {
  const auto all = figures();
  return size_t(std::find_if(all.begin(), all.end(), [&](const Figure& one) { return one.key == key; }) - all.begin());
}

Bar bar_of(const Outcome& outcome, double value, double upper, std::string amount) {
  const Bar::Of of = is_own(outcome.policy) ? Bar::Of::ours : Bar::Of::theirs;
  return {std::string(name_of(outcome.policy).shown), value, {value, upper}, of, std::move(amount)};
}

chart::Chart chart_of(const Comparison& comparison, const Picture& picture) {
  chart::Chart chart{picture.title, picture.unit, {}};
  if (picture.time) chart.tick = chart::tick_ns;
  const size_t figure = figure_of(picture.key), upper = picture.upper.empty() ? figure : figure_of(picture.upper);
  for (const Outcome& outcome : comparison.outcomes) {
    const std::vector<double> values = values_of(comparison, outcome);
    if (std::isnan(values[figure]) || !outcome.error.empty()) continue;
    std::string amount = shown(figure, values[figure]);
    if (upper != figure) absl::StrAppend(&amount, " / ", shown(upper, values[upper]));
    chart.bars.push_back(bar_of(outcome, values[figure], values[upper], std::move(amount)));
  }
  return chart;
}

// From the first event until the last one is usable.
chart::Chart whole_chart(const Comparison& comparison) {
  const double bound_ns = double(comparison.bound.total_ns);
  chart::Chart chart{
      "All is usable", absl::StrCat("dashed: the bound, ", format_ns(bound_ns)), {}, bound_ns, chart::tick_ns};
  for (const Outcome& outcome : comparison.outcomes) {
    const double over = values_of(comparison, outcome).back();
    if (std::isnan(over) || !outcome.error.empty()) continue;
    chart.bars.push_back(bar_of(outcome, over * bound_ns, over * bound_ns, format_ns(over * bound_ns)));
  }
  return chart;
}

std::string about(const Comparison& comparison) {
  const Scenario& scenario = comparison.scenario;
  const Bound& bound = comparison.bound;
  return chart::about_of({{"Command", comparison.command},
                          {"Machine", absl::StrCat(scenario.machine.name, "; in virtual time, seed ", scenario.seed)},
                          {"Bound", absl::StrCat(format_ns(double(bound.total_ns)), ": the memory of node ", bound.node,
                                                 " (", scenario.machine.nodes[bound.node].memory, ") takes ",
                                                 format_ns(double(bound.bandwidth_ns)), " at full bandwidth, all CPUs ",
                                                 format_ns(double(bound.cores_ns)), ", what only one can do at a time ",
                                                 format_ns(double(bound.serial_ns)))}});
}

std::string card_of(const Comparison& comparison, const Outcome& outcome) {
  const PolicyName name = name_of(outcome.policy);
  const double over = values_of(comparison, outcome).back();
  std::string html = absl::StrCat("<figure class=\"chart\" id=\"", name.key, "\"><h3>", escaped(name.shown));
  if (!std::isnan(over))
    absl::StrAppendFormat(&html, " <span class=\"unit\">(%s, %.3g times the bound)</span>",
                          format_ns(over * double(comparison.bound.total_ns)), over);
  html += "</h3>\n";
  if (outcome.error.empty()) html += timeline_of(comparison, outcome);
  html += "<ul class=\"says\">";
  for (const absl::string_view line : absl::StrSplit(explain(comparison, outcome), '\n', absl::SkipEmpty()))
    absl::StrAppend(&html, "<li>",
                    absl::StrReplaceAll(escaped(absl::StripLeadingAsciiWhitespace(line)), {{" %", "&#160;%"}}),
                    "</li>\n");
  return html + "</ul></figure>\n";
}

std::string table_of(const Comparison& comparison) {
  std::vector<std::vector<double>> values;
  for (const Outcome& outcome : comparison.outcomes) values.push_back(values_of(comparison, outcome));
  std::vector<size_t> columns;  // that somebody has a value for
  for (size_t c = 0; c < figures().size(); ++c)
    if (std::any_of(values.begin(), values.end(), [&](const auto& row) { return !std::isnan(row[c]); }))
      columns.push_back(c);
  std::string html = "<div class=\"scroll\"><table>\n<tr><th></th>";
  for (const size_t c : columns)
    absl::StrAppend(&html, "<th>", figures()[c].head, "<br/>", figures()[c].subhead, "</th>");
  html += "</tr>\n";
  for (size_t r = 0; r < values.size(); ++r) {
    const PolicyName name = name_of(comparison.outcomes[r].policy);
    absl::StrAppend(&html, "<tr class=\"row ", name.key, "\"><td>", escaped(name.shown), "</td>");
    for (const size_t c : columns) absl::StrAppend(&html, "<td>", shown(c, values[r][c]), "</td>");
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

constexpr absl::string_view kKey =
    "<p class=\"lead\">Each with an axis of its own. <span class=\"box waits\"></span>the caller waits "
    "&#160; <span class=\"box behind\"></span>it has gone on, the rest is initialised behind it &#160; "
    "<span class=\"box removed\"></span>until it was removed &#160; <span class=\"box band\"></span>writes to a "
    "memory; full height: all that it can take. Dashed: the bound.</p>\n";

}  // namespace

std::string comparison_page(const Comparison& comparison) {
  const Scenario& scenario = comparison.scenario;
  std::string html = absl::StrCat("<h1>", escaped(scenario.name), "</h1>\n<p class=\"lead\">", escaped(scenario.about),
                                  "</p>\n", about(comparison));
  for (const Outcome& outcome : comparison.outcomes)
    if (!outcome.error.empty())
      absl::StrAppend(&html, "<p class=\"complaint\">", escaped(name_of(outcome.policy).shown), ": ",
                      escaped(outcome.error), "</p>\n");
  html += "<h2>Side by side</h2>\n<div class=\"charts\">\n";
  if (const chart::Chart whole = whole_chart(comparison); !whole.bars.empty()) html += card_of(whole);
  for (const Picture& picture : kPictures)
    if (const chart::Chart chart = chart_of(comparison, picture); !chart.bars.empty()) html += card_of(chart);
  absl::StrAppend(&html, "</div>\n<h2>Over time</h2>\n", card_of(pages_left_chart(comparison)),
                  "<h2>Each policy</h2>\n", kKey, "<div class=\"runs\">\n");
  for (const Outcome& outcome : comparison.outcomes) html += card_of(comparison, outcome);
  absl::StrAppend(&html, "</div>\n<h2>All figures</h2>\n", table_of(comparison),
                  "<footer>The model and what it leaves out: docs/simulator.md.</footer>\n");
  return chart::page_of(absl::StrCat("memmap-sim compare ", scenario.name), kPageStyle, html);
}

}  // namespace memmap::virtual_time
