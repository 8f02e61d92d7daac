// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/zones.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace memmap::simulator {

Zones::Zones(const Stage& stage, FreedBy freed_by) : stage_(stage) {
  for (const BootSpan& span : stage.boot()) {
    buddies_.push_back(std::make_unique<Buddy>(span.memmap, *span.pageblocks, span.zone.place, freed_by));
  }
}

Violations Zones::check() {
  Violations violations;
  for (size_t n = 0; n < buddies_.size(); ++n) {
    Buddy& buddy = *buddies_[n];
    const ZoneSpan& zone = stage_.boot()[n].zone;
    uint64_t present = 0;
    for (const memmap_piece& piece : zone.pieces) present += piece.nr_pages;
    const std::string name = absl::StrFormat("node %d zone %d", zone.place.nid, zone.place.zone);
    const BuddyViolations found = buddy.violations();
    violations.found(&Violations::buddy, found.total(),
                     absl::StrFormat("%s: the buddy found %d unwritten, %d bad, %d freed twice; first pfn %d", name,
                                     found.unwritten, found.bad_page, found.double_free, found.first_pfn));
    violations.found(&Violations::buddy, buddy.managed_pages() != present || buddy.free_pages() != present,
                     absl::StrFormat("%s: %d pages handed over, %d free, expected %d", name, buddy.managed_pages(),
                                     buddy.free_pages(), present));
    violations.found(&Violations::buddy, !buddy.consistent(), name + ": the free lists are broken");
  }
  return violations;
}

std::vector<memmap_piece> pieces_in(const std::vector<memmap_piece>& pieces, uint64_t from, uint64_t to) {
  std::vector<memmap_piece> result;
  for (const memmap_piece& piece : pieces) {
    const uint64_t first = std::max(piece.pfn, from);
    const uint64_t last = std::min(piece.pfn + piece.nr_pages, to);
    if (first < last) result.push_back({first, last - first});
  }
  return result;
}

}  // namespace memmap::simulator
