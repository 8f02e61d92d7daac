// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How each policy's times grow, as a page of curves: memmap-sim compare --sweep --html.
#ifndef MEMMAP_SIMULATOR_PAGE_SWEEP_PAGE_H
#define MEMMAP_SIMULATOR_PAGE_SWEEP_PAGE_H

#include <string>
#include <vector>

#include "simulator/policy/sweep.h"

namespace memmap::virtual_time {

std::string sweep_page(const Sweep& sweep, const std::vector<SweepStep>& steps);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_PAGE_SWEEP_PAGE_H
