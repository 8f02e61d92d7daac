// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What pages of virtual runs have beyond the style of all pages: a colour for each policy (by its key), curves, lanes.
#ifndef MEMMAP_SIMULATOR_PAGE_PAGE_STYLE_H
#define MEMMAP_SIMULATOR_PAGE_PAGE_STYLE_H

namespace memmap::virtual_time {

inline constexpr const char* kPageStyle = R"(
:root { --waits: #c2543f; --removed: #8a94a0; --band: #3d8f83;
  --serial: #6b7680; --thread_per_node: #8c6239; --zone_device: #b0487f; --padata: #6f52b5; --padata_zone: #3d8f83;
  --series_2018: #c2543f; --template_2026: #b57a00; }
@media (prefers-color-scheme: dark) {
  :root { --waits: #e0796a; --removed: #717c87; --band: #55b0a3;
    --serial: #97a3ad; --thread_per_node: #c79a6b; --zone_device: #e58bb8; --padata: #a892ea; --padata_zone: #55b0a3;
    --series_2018: #f08a77; --template_2026: #dfae46; }
}
.serial { --its: var(--serial); } .thread_per_node { --its: var(--thread_per_node); }
.zone_device { --its: var(--zone_device); } .padata { --its: var(--padata); }
.padata_zone { --its: var(--padata_zone); } .series_2018 { --its: var(--series_2018); }
.template_2026 { --its: var(--template_2026); } .own, .own_shared { --its: var(--ours); }
.the_bound { --its: var(--limit); }
.plot { display: grid; grid-template-columns: 52px minmax(0, 1fr); gap: 8px; }
svg .curve { fill: none; stroke: var(--its); stroke-width: 2; vector-effect: non-scaling-stroke; }
svg .curve.own { stroke-width: 3; }
svg .curve.own_shared { stroke-dasharray: 6 4; }
svg .curve.the_bound { stroke-dasharray: 3 2; }
svg .dot { fill: var(--its); }
.key-to-curves { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 10px 0 0; padding: 0; list-style: none;
  font-size: 13px; color: var(--soft); }
.key-to-curves li { display: flex; gap: 6px; align-items: center; }
.key-to-curves svg { flex: none; }
.sweep { display: grid; gap: 14px; margin-top: 24px; }
.runs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 14px; }
.lanes { display: grid; grid-template-columns: 104px minmax(0, 1fr); gap: 8px; }
svg .lane { fill: var(--line); opacity: 0.4; }
svg .waits { fill: var(--waits); }
svg .behind { fill: var(--ours); }
svg .removed { fill: var(--removed); }
svg .band { fill: var(--band); }
.says { margin: 12px 0 0; padding: 0 0 0 16px; font-size: 13px; color: var(--soft); }
.box { display: inline-block; width: 11px; height: 11px; margin: 0 5px 0 0; border-radius: 2px; }
.box.waits { background: var(--waits); } .box.behind { background: var(--ours); }
.box.removed { background: var(--removed); } .box.band { background: var(--band); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 9px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 400; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
tr.own td { font-weight: 600; }
.complaint { color: var(--bad); }
@media (max-width: 640px) {
  .lanes { grid-template-columns: 84px minmax(0, 1fr); }
}
)";

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_PAGE_PAGE_STYLE_H
