// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/ready_check.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

// Asks about each page of a piece; counts a violation only once for a piece.
void check_piece(const memmap_pool* pool, const memmap_piece& piece, std::vector<bool>& present,
                 Violations& violations) {
  uint64_t not_ready = 0;
  for (uint64_t pfn = piece.pfn; pfn < piece.pfn + piece.nr_pages; ++pfn) not_ready += !memmap_ready(pool, pfn);
  violations.found(&Violations::ready, not_ready,
                   absl::StrCat("pfns [", piece.pfn, ", +", piece.nr_pages, "): ", not_ready, " are not ready"));
  // A unit that is ready may have pages that do not exist: it is at most a max-order block.
  const uint64_t last = (piece.pfn + piece.nr_pages - 1) / kMaxOrderPages;
  for (uint64_t block = piece.pfn / kMaxOrderPages; block <= last; ++block) present[block] = true;
}

}  // namespace

Violations check_ready(const Stage& stage, const memmap_pool* pool) {
  Violations violations;
  std::vector<bool> present(divide_up(stage.end_pfn(), kMaxOrderPages));
  for (const BootSpan& span : stage.boot()) {
    for (const memmap_piece& piece : span.zone.pieces) check_piece(pool, piece, present, violations);
  }
  for (const DeviceSpan& span : stage.devices()) {
    const Device& device = span.device;
    check_piece(pool, {device.start_pfn + device.altmap.reserve, Stage::present_pages(span)}, present, violations);
  }
  uint64_t ready_holes = 0;
  for (uint64_t pfn = 0; pfn < stage.end_pfn(); pfn += kSubsectionPages) {
    ready_holes += !present[pfn / kMaxOrderPages] && memmap_ready(pool, pfn);
  }
  ready_holes += memmap_ready(pool, stage.end_pfn()) + memmap_ready(pool, UINT64_MAX);
  violations.found(&Violations::ready, ready_holes, absl::StrCat(ready_holes, " pages are ready that do not exist"));
  return violations;
}

}  // namespace memmap::simulator
