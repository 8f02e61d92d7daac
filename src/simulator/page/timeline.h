// SPDX-License-Identifier: GPL-2.0-only OR MIT
// One policy's run over time: a lane for each event, and how much of its bandwidth each memory was written with.
#ifndef MEMMAP_SIMULATOR_PAGE_TIMELINE_H
#define MEMMAP_SIMULATOR_PAGE_TIMELINE_H

#include <string>

#include "simulator/policy/comparison.h"

namespace memmap::virtual_time {

// HTML with SVG. Each run has an axis of its own, as they differ by orders of magnitude.
std::string timeline_of(const Comparison& comparison, const Outcome& outcome);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_PAGE_TIMELINE_H
