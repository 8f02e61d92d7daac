// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The Linux way: padata at boot with a wait for all nodes, one synchronous loop for each device in the thread that
// binds it, and first faults that wait until the whole device is there.
#ifndef MEMMAP_SIMULATOR_EVENTS_LINUX_COLUMN_H
#define MEMMAP_SIMULATOR_EVENTS_LINUX_COLUMN_H

#include <cstdint>
#include <vector>

#include "simulator/events/zones.h"
#include "simulator/kernel/padata.h"
#include "simulator/report/column.h"
#include "simulator/stage/machine.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

// Early pages by one thread, the rest by padata on all nodes; each page is written, then freed to its zone's buddy.
// Returns how long the nodes with deferred pages took.
std::vector<NodeTime> linux_boot(const Stage& stage, Zones& zones, const Machine& machine, Padata& padata);

// What a bind does in its caller.
void linux_bind(const DeviceSpan& device);

// All events on a prepared stage. When faults come is drawn from the seed.
Column linux_column(const Stage& stage, const Machine& machine, uint64_t seed);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_LINUX_COLUMN_H
