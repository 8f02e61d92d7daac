// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How the page looks: light or dark as the reader prefers, one column where the screen is narrow.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_HTML_STYLE_H
#define MEMMAP_INTEGRATION_BENCHMARK_HTML_STYLE_H

namespace memmap::bench {

inline constexpr const char* kStyle = R"(
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
.tally { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0; padding: 0; list-style: none; }
.tally li { padding: 8px 16px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.tally b { display: block; font-size: 22px; line-height: 1.2; }
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
svg .good { fill: var(--good); opacity: 0.13; }
svg .target { stroke: var(--good); stroke-width: 2; }
svg .bound { stroke: var(--limit); stroke-width: 2; stroke-dasharray: 3 2; }
svg .span { fill: var(--ours); opacity: 0.35; }
svg .value { fill: var(--ours); }
.figures { margin: 14px 0 0; border-top: 1px solid var(--line); }
.figure { display: grid; grid-template-columns: minmax(0, 1fr) 190px 130px; gap: 2px 20px; align-items: center;
  padding: 10px 0; border-bottom: 1px solid var(--line); }
.figure .key { align-self: end; }
.figure .judged span { display: block; }
.figure .says { grid-column: 1; align-self: start; margin: 0; font-size: 14px; color: var(--soft); }
.figure .strip { grid-column: 2; grid-row: 1 / span 2; }
.figure .judged { grid-column: 3; grid-row: 1 / span 2; font-size: 13px; color: var(--soft); }
.figure .amount { font-size: 18px; font-weight: 600; color: var(--ink); font-variant-numeric: tabular-nums; }
.verdict { font-weight: 600; }
.met { color: var(--good); } .missed { color: var(--bad); } .undecided, .at-the-limit { color: var(--open); }
.key-to-strips { display: grid; grid-template-columns: 190px 1fr; gap: 14px; align-items: center; font-size: 13px;
  color: var(--soft); margin: 14px 0; }
footer { margin-top: 50px; font-size: 13px; }
@media (max-width: 640px) {
  .figure { grid-template-columns: minmax(0, 1fr); }
  .figure .says, .figure .strip, .figure .judged { grid-column: 1; grid-row: auto; }
  .figure .judged span { display: inline-block; margin-right: 10px; }
  dl.about, .key-to-strips { grid-template-columns: minmax(0, 1fr); }
}
)";

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_HTML_STYLE_H
