// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap_ready() when all is over: true for every page that was initialised, false where there is nothing.
#ifndef MEMMAP_SIMULATOR_EVENTS_READY_CHECK_H
#define MEMMAP_SIMULATOR_EVENTS_READY_CHECK_H

#include "memmap/memmap.h"
#include "simulator/report/column.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

Violations check_ready(const Stage& stage, const memmap_pool* pool);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_READY_CHECK_H
