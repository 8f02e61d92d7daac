// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Boot through the engine: an early budget by one thread, allocations that fail and are served by growing, before any
// worker exists and while they run, and the wait for all.
#ifndef MEMMAP_SIMULATOR_EVENTS_ENGINE_BOOT_H
#define MEMMAP_SIMULATOR_EVENTS_ENGINE_BOOT_H

#include <cstdint>

#include "absl/status/statusor.h"
#include "memmap/memmap.hpp"
#include "simulator/events/requests.h"
#include "simulator/events/zones.h"
#include "simulator/report/column.h"
#include "simulator/stage/engine.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

// Starts the engine's workers on the way. Fills column.boot_ns and growths; violations where a call fails or an
// allocation cannot be served. What was allocated is free again at the end. An error: threads cannot be created.
absl::Status engine_boot(const Stage& stage, Zones& zones, Engine& engine, Domain& domain, const BootRequests& requests,
                         Column& column);

// For measurements: all requests at once, the workers run already; returns when all is handed over.
int engine_boot_at_once(Domain& domain, const BootRequests& requests);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_ENGINE_BOOT_H
