// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What this page has beyond the style of all pages (simulator/chart/page.h): strips, verdicts, their count.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_HTML_STYLE_H
#define MEMMAP_INTEGRATION_BENCHMARK_HTML_STYLE_H

namespace memmap::bench {

inline constexpr const char* kStyle = R"(
.tally { display: flex; flex-wrap: wrap; gap: 10px; margin: 18px 0; padding: 0; list-style: none; }
.tally li { padding: 8px 16px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.tally b { display: block; font-size: 22px; line-height: 1.2; }
svg .good { fill: var(--good); opacity: 0.13; }
svg .target { stroke: var(--good); stroke-width: 2; }
svg .span { fill: var(--ours); opacity: 0.35; }
svg .value { fill: var(--ours); }
@media (max-width: 640px) {
  .figure { grid-template-columns: minmax(0, 1fr); }
  .figure .says, .figure .strip, .figure .judged { grid-column: 1; grid-row: auto; }
  .figure .judged span { display: inline-block; margin-right: 10px; }
  .key-to-strips { grid-template-columns: minmax(0, 1fr); }
}
)";

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_HTML_STYLE_H
