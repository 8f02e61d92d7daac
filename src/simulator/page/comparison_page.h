// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Policies side by side as one page: memmap-sim compare --html.
#ifndef MEMMAP_SIMULATOR_PAGE_COMPARISON_PAGE_H
#define MEMMAP_SIMULATOR_PAGE_COMPARISON_PAGE_H

#include <string>

#include "simulator/policy/comparison.h"

namespace memmap::virtual_time {

// HTML that is also well-formed XML, with nothing from elsewhere (simulator/chart/page.h).
std::string comparison_page(const Comparison& comparison);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_PAGE_COMPARISON_PAGE_H
