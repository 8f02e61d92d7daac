// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What Linux 6.1 logs about memory at boot and at hotplug, letter by letter, so that a run can be laid beside a real
// log. Formats: free_area_init(), free_area_init_node(), init_unavailable_range(), mem_init_print_info(),
// deferred_init_memmap(), memmap_init_zone_device() in mm/page_alloc.c.
#ifndef MEMMAP_SIMULATOR_REPORT_KERNEL_LOG_H
#define MEMMAP_SIMULATOR_REPORT_KERNEL_LOG_H

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/memory/memory_map.h"
#include "simulator/report/column.h"

namespace memmap::simulator {

// Zones, ranges of nodes, holes inside sections. early_pages: free ones before deferred init. There is no kernel in the
// simulated memory, so its parts are 0K. The inputs read this text as the same RAM.
std::string log_of_map(const MemoryMap& map, uint64_t early_pages);

// What is initialised at hotplug.
struct LoggedDevices {
  uint64_t big_pages;
  uint64_t small_pages;
  uint64_t small_after_ns;  // the big one
};

// What one way of initialising memory took: each node, each device. Its clock begins with it.
std::string log_of_column(const Column& column, LoggedDevices devices);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_REPORT_KERNEL_LOG_H
