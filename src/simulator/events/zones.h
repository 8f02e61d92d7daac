// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What boot hands its pages over to: a buddy allocator for each zone of the stage.
#ifndef MEMMAP_SIMULATOR_EVENTS_ZONES_H
#define MEMMAP_SIMULATOR_EVENTS_ZONES_H

#include <memory>
#include <vector>

#include "simulator/kernel/buddy.h"
#include "simulator/report/column.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

class Zones {
 public:
  Zones(const Stage& stage, FreedBy freed_by);

  Buddy& of(size_t span) { return *buddies_[span]; }
  size_t size() const { return buddies_.size(); }

  // After boot, with nothing allocated: every page was handed over, is free, and the lists are as they should be.
  Violations check();

 private:
  const Stage& stage_;
  std::vector<std::unique_ptr<Buddy>> buddies_;
};

// What of ascending pieces lies in [from, to).
std::vector<memmap_piece> pieces_in(const std::vector<memmap_piece>& pieces, uint64_t from, uint64_t to);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_ZONES_H
