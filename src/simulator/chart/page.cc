// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/chart/page.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace memmap::chart {
namespace {

constexpr absl::string_view kStyle = R"(
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #ffffff; --ink: #1d2126; --soft: #5c6570; --line: #dfe3e6;
  --ours: #0a66c2; --theirs: #a9b4be; --limit: #d9a441; --good: #1a7f4b; --bad: #b3382c; --open: #8a6100; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161a; --card: #1a2026; --ink: #e4e8ec; --soft: #9aa6b1; --line: #2c343c;
    --ours: #5aaeff; --theirs: #5b6772; --limit: #c99a3e; --good: #4cc38a; --bad: #ff8577; --open: #e0b34d; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 28px 18px 60px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 4px; font-size: 28px; letter-spacing: -0.01em; }
h2 { margin: 44px 0 4px; font-size: 20px; }
h3 { margin: 0 0 10px; font-size: 14px; font-weight: 600; }
p { margin: 4px 0 12px; }
.lead, .unit, footer { color: var(--soft); }
code, .key { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
dl.about { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 16px 0; font-size: 14px; }
dl.about dt { color: var(--soft); }
dl.about dd { margin: 0; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 4px 14px; font-size: 14px; }
a { color: var(--ours); text-decoration: none; }
a:hover { text-decoration: underline; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 14px; }
.chart { margin: 0; padding: 14px 16px; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
.unit { font-weight: 400; }
svg { display: block; overflow: visible; }
svg text { fill: var(--ink); font-size: 12.5px; }
svg .amount { font-variant-numeric: tabular-nums; }
svg .tick { fill: var(--soft); font-size: 11px; }
svg .grid { stroke: var(--line); }
svg .ours { fill: var(--ours); }
svg .theirs { fill: var(--theirs); }
svg .limit { fill: var(--limit); }
svg .interval { stroke: var(--ink); stroke-width: 1.5; opacity: 0.75; }
svg .bound { stroke: var(--limit); stroke-width: 2; stroke-dasharray: 3 2; }
footer { margin-top: 50px; font-size: 13px; }
@media (max-width: 640px) {
  dl.about { grid-template-columns: minmax(0, 1fr); }
}
)";

}  // namespace

std::string page_of(absl::string_view title, absl::string_view style, absl::string_view body) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
      escaped(title), "</title>\n<style>", kStyle, style, "</style></head><body>\n", body, "</body></html>\n");
}

std::string about_of(const std::vector<std::pair<std::string, std::string>>& lines) {
  std::string html = "<dl class=\"about\">\n";
  for (const auto& [name, text] : lines)
    absl::StrAppend(&html, "<dt>", escaped(name), "</dt><dd>", escaped(text), "</dd>\n");
  return html + "</dl>\n";
}

std::string escaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string number(double value) {
  if (!std::isfinite(value)) return "not a number";
  if (value == 0) return "0";
  const int digits_before = int(std::floor(std::log10(std::fabs(value)))) + 1;
  return absl::StrFormat("%.*f", std::max(0, 3 - digits_before), value);
}

}  // namespace memmap::chart
