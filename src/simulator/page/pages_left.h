// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Pages that were asked for and are not initialised yet, over time, of all policies in one picture.
#ifndef MEMMAP_SIMULATOR_PAGE_PAGES_LEFT_H
#define MEMMAP_SIMULATOR_PAGE_PAGES_LEFT_H

#include "simulator/chart/curve_chart.h"
#include "simulator/policy/comparison.h"

namespace memmap::virtual_time {

// At a time from the scenario's begin on.
double pages_left(const Outcome& outcome, uint64_t at_ns);

// A curve a policy; policies whose curves are the same share one, with both names. No curve: nothing was asked for.
chart::CurveChart pages_left_chart(const Comparison& comparison);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_PAGE_PAGES_LEFT_H
