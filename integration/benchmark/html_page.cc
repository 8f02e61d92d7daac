// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "html_page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "html_chart.h"
#include "html_style.h"
#include "html_words.h"

namespace memmap::bench {
namespace {

using simulator::Verdict;

// "Cold start" -> "cold-start": an id, a class.
std::string slug(const std::string& text) { return absl::StrReplaceAll(text, {{" ", "-"}}); }

std::string about(const BenchReport& report) {
  return chart::about_of({{"Command", report.command},
                          {"Machine", report.machine},
                          {"Memory map", report.memory_map},
                          {"Sizes", report.sizes},
                          {"Memory", report.memory},
                          {"Store limit", report.limit},
                          {"Run", absl::StrFormat("%.0f s, seed %d, %d records verified, %d violations", report.wall_s,
                                                  report.seed, report.records_verified, report.violations)}});
}

std::string tally(const BenchReport& report) {
  std::string html = "<ul class=\"tally\">\n";
  for (const Verdict verdict : {Verdict::met, Verdict::undecided, Verdict::limited, Verdict::missed, Verdict::none}) {
    size_t nr = 0;
    for (const Figure& figure : report.figures()) nr += verdict_of(figure) == verdict;
    const std::string name = verdict == Verdict::none ? "without a target" : name_of(verdict);
    absl::StrAppend(&html, "<li class=\"", slug(name), "\"><b>", nr, "</b>", name, "</li>\n");
  }
  return html + "</ul>\n";
}

// An example, so that the strips need no further words.
std::string key_to_strips() {
  Figure example;
  example.key = "how to read a strip";
  example.value = 1.2;
  example.interval = {1.1, 1.32};
  example.target = 1.0;
  example.bound = 1.45;
  return absl::StrCat(
      "<div class=\"key-to-strips\">", svg_of(example),
      "<span>A dot is the median, the band around it its 95 % interval. The green line is the target, "
      "green its good side. Dashed: what the figure would be at the machine's measured limit. Ratios are "
      "ours/theirs: of speed, higher is better; of time, lower. Scales are logarithmic. Undecided: the "
      "interval reaches the target.</span></div>\n");
}

std::string judged(const Figure& figure) {
  const char* const sign = figure.better == Figure::Better::higher ? "≥" : "≤";
  const std::string verdict = name_of(verdict_of(figure));
  std::string html = absl::StrCat("<span class=\"amount\">", number(figure.value), "</span> <span>",
                                  number(figure.interval.low), " .. ", number(figure.interval.high), "</span>");
  if (figure.target != 0) {
    absl::StrAppend(&html, " <span>target ", sign, " ", number(figure.target), "</span> <span class=\"verdict ",
                    slug(verdict), "\">", verdict, "</span>");
  }
  if (figure.bound != 0) absl::StrAppend(&html, " <span>bound ", number(figure.bound), "</span>");
  return html;
}

std::string figure_row(const Figure& figure) {
  std::string says = sentence_of(figure);
  if (const std::string excuse = excuse_of(figure); !excuse.empty()) absl::StrAppend(&says, " ", excuse);
  absl::StrAppend(&says, " n = ", figure.samples, ".");
  return absl::StrCat("<div class=\"figure\" id=\"", figure.key, "\"><div class=\"key\">", figure.key,
                      "</div>\n<p class=\"says\">", escaped(says), "</p>\n<div class=\"strip\">", svg_of(figure),
                      "</div><div class=\"judged\">", judged(figure), "</div></div>\n");
}

std::string section_of(const MeasuredSection& measured) {
  const Section& section = *measured.section;
  std::string html =
      absl::StrCat("<section><h2 id=\"", slug(section.title), "\">", section.title, "</h2>\n<p class=\"lead\">",
                   escaped(section.means), "</p>\n<div class=\"charts\">\n");
  for (const Chart& chart : measured.charts) html += card_of(chart);
  html += "</div>\n<div class=\"figures\">\n";
  for (const Figure& figure : measured.figures) html += figure_row(figure);
  return html + "</div></section>\n";
}

}  // namespace

std::string html_page(const BenchReport& report) {
  std::string html = absl::StrCat(
      "<h1>memmap-async</h1>\n"
      "<p class=\"lead\">One engine initialises memory maps, at boot and at hotplug. Here it stands beside what Linux "
      "does, did and was offered, oneTBB and OpenMP: in one run, on the same records, in interleaved rounds.</p>\n",
      about(report), tally(report), key_to_strips(), "<nav>\n");
  for (const MeasuredSection& section : report.sections) {
    if (section.figures.empty()) continue;
    absl::StrAppend(&html, "<a href=\"#", slug(section.section->title), "\">", section.section->title, "</a>\n");
  }
  html += "</nav>\n";
  for (const MeasuredSection& section : report.sections) {
    if (!section.figures.empty()) html += section_of(section);
  }
  html += "<footer>What each rival is, what is equal and what differs: docs/rivals.md.</footer>\n";
  return chart::page_of("memmap-async: figures", kStyle, html);
}

}  // namespace memmap::bench
