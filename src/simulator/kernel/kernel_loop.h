// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The rival at hotplug: what Linux 6.1 does in the caller, one thread, when a device comes. Boot is deferred_init.h.
#pragma once

#include <cstdint>

#include "memmap/memmap.h"
#include "simulator/kernel/pageblocks.h"
#include "simulator/kernel/record.h"

namespace memmap::simulator {

// init_altmap: records of the pages in which a device holds its memmap; those before stay as they are. Linux:
// memmap_init_range() for ZONE_DEVICE.
void init_altmap(const Memmap& memmap, uint64_t start_pfn, const memmap_altmap& altmap, uint32_t nid);

// init_zone_device: the pages of a device (behind its altmap), order 0, then the types of their pageblocks. Linux:
// memmap_init_zone_device().
void init_zone_device(const Memmap& memmap, Pageblocks& pageblocks, uint64_t pfn, uint64_t nr_pages, uint32_t nid,
                      uint64_t pgmap);

// preemption_point: one look at a flag, as cond_resched() where nobody asks for the CPU.
void preemption_point();

}  // namespace memmap::simulator
