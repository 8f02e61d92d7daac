// SPDX-License-Identifier: GPL-2.0-only OR MIT
// All events through the engine: with one domain for everything, so that each flush is a global sync; or with a domain
// for each event.
#ifndef MEMMAP_SIMULATOR_EVENTS_ENGINE_COLUMN_H
#define MEMMAP_SIMULATOR_EVENTS_ENGINE_COLUMN_H

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "simulator/events/requests.h"
#include "simulator/report/column.h"
#include "simulator/stage/engine.h"
#include "simulator/stage/machine.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

enum class Domains { one, each_event };

struct EngineColumnOptions {
  Domains domains = Domains::each_event;
  uint32_t nr_workers = 1;
  uint64_t seed = 0;             // of the pauses and places of first faults
  WrapRequest wrap{};            // around each request
  std::string* trace = nullptr;  // gets a Chrome trace of it, where asked for
};

// On a prepared stage. An error: the engine cannot run here; what goes wrong inside is a violation.
absl::StatusOr<Column> engine_column(const Stage& stage, const Machine& machine, const EngineColumnOptions& options);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_ENGINE_COLUMN_H
