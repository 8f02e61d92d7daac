// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Everything that a run or a benchmark needs before the first event: the machine, its memory map cut to size, memory
// for the records, the stage on it.
#ifndef MEMMAP_SIMULATOR_STAGE_SETTING_H
#define MEMMAP_SIMULATOR_STAGE_SETTING_H

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "simulator/memory/memory_map.h"
#include "simulator/options/options.h"
#include "simulator/stage/machine.h"
#include "simulator/stage/progress.h"
#include "simulator/stage/record_memory.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

struct Setting {
  Machine machine;
  MemoryMap map;
  RecordMemory memory;
  Stage stage;
  std::string memory_note;  // how much the records take, and why not more
  uint32_t nr_workers;
};

absl::StatusOr<std::unique_ptr<Setting>> make_setting(const Options& options, const Progress& progress);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_STAGE_SETTING_H
