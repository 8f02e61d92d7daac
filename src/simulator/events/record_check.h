// SPDX-License-Identifier: GPL-2.0-only OR MIT
// All records of the stage against the reference, when all events are over: the same for every way to initialise them.
#ifndef MEMMAP_SIMULATOR_EVENTS_RECORD_CHECK_H
#define MEMMAP_SIMULATOR_EVENTS_RECORD_CHECK_H

#include <vector>

#include "simulator/options/options.h"
#include "simulator/reference/verify.h"
#include "simulator/report/column.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

// What must stand where, guards, holes and altmap reserves included.
std::vector<ExpectedSpan> expected_spans(const Stage& stage);

// Compares all of it, in parallel with oneTBB; the result goes into the column.
void check_records(const Stage& stage, Column& column);

// Plant::flip and outside: makes the fault, in the records of pmem0.
void plant_fault(const Stage& stage, Plant plant);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_RECORD_CHECK_H
