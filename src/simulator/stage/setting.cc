// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/setting.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/inputs/iomem.h"
#include "simulator/inputs/memory_map_file.h"
#include "simulator/kernel/geometry.h"
#include "simulator/stage/engine.h"
#include "simulator/stage/free_memory.h"
#include "simulator/stage/plan.h"

namespace memmap::simulator {
namespace {

constexpr double kPresentSeconds = 15;  // to make memory present, where nobody asked for a certain size

double gib(uint64_t nr_bytes) { return double(nr_bytes) / double(uint64_t{1} << 30); }

constexpr const char* kOwnMap = "/proc/iomem";

// Our own map may be hidden from us; one that was asked for may not.
absl::StatusOr<MemoryMap> load_map(const Options& options, uint64_t free_bytes) {
  if (!options.memory_map.empty()) return read_memory_map(options.memory_map);
  absl::StatusOr<MemoryMap> map = read_iomem(kOwnMap);
  const bool absent = is_hidden(map.status()) || absl::IsNotFound(map.status());
  if (map.ok() || !absent) return map;
  MemoryMap made_up = synthetic_map(free_bytes);
  absl::StrAppend(&made_up.source, ", as ", kOwnMap, " is hidden");
  return made_up;
}

// RAM stays on its nodes where the map has any and nobody asked for others.
bool keeps_nodes(const Options& options, const MemoryMap& map) { return options.nr_nodes == 0 && map.has_nodes; }

std::string memory_note(const Options& options, uint64_t record_bytes, uint64_t free_bytes, double present) {
  std::string note = absl::StrFormat("records take %.2f GiB of %.2f GiB free RAM", gib(record_bytes), gib(free_bytes));
  if (options.memory_bytes != 0) absl::StrAppend(&note, ", as asked for");
  if (present < 1) {
    absl::StrAppendFormat(&note, "; no more, because the system took %.0f s to hand out that much", kPresentSeconds);
  }
  return note + "; they are present before anything is timed";
}

// Reserves for `record_bytes`, makes present what can be had in time, and builds the stage in that.
absl::Status set_stage(const MemoryMap& map, const Options& options, uint64_t free_bytes, uint64_t record_bytes,
                       const Progress& progress, Setting& setting) {
  const uint32_t nr_nodes = setting.machine.nr_nodes();
  const uint32_t spread_over = keeps_nodes(options, map) ? 0 : nr_nodes;
  absl::StatusOr<MemoryMap> events = plan_events(map, record_bytes, spread_over);
  if (!events.ok()) return events.status();
  absl::StatusOr<RecordMemory> memory = RecordMemory::reserve(setting.machine, bytes_of_nodes(*events, nr_nodes));
  if (!memory.ok()) return memory.status();
  setting.memory = *std::move(memory);
  const double seconds = options.memory_bytes != 0 ? std::numeric_limits<double>::infinity() : kPresentSeconds;
  const double present = setting.memory.make_present(seconds, [&progress](double part) {
    progress.say(absl::StrFormat("making memory present: %.0f %%", 100 * part));
  });
  if (present < 1) {
    record_bytes = uint64_t(double(record_bytes) * present);
    events = plan_events(map, record_bytes, spread_over);
    if (!events.ok()) return events.status();
  }
  setting.map = *std::move(events);
  absl::StatusOr<Stage> stage = Stage::build(setting.map, setting.machine, setting.memory);
  if (!stage.ok()) return stage.status();
  setting.stage = *std::move(stage);
  setting.memory_note = memory_note(options, record_bytes, free_bytes, present);
  if (const std::string lacks = setting.memory.shortfall(); !lacks.empty()) {
    absl::StrAppend(&setting.memory_note, "; ", lacks);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Setting>> make_setting(const Options& options, const Progress& progress) {
  auto setting = std::make_unique<Setting>();
  const absl::StatusOr<uint64_t> free_bytes = free_memory_bytes();
  if (!free_bytes.ok()) return free_bytes.status();
  const absl::StatusOr<MemoryMap> map = load_map(options, *free_bytes);
  if (!map.ok()) return map.status();
  absl::StatusOr<Machine> machine =
      keeps_nodes(options, *map) ? load_machine(map->nids()) : load_machine(options.nr_nodes);
  if (!machine.ok()) return machine.status();
  setting->machine = *std::move(machine);
  // More than there are CPUs the engine does not start; helpers of Linux's way shall not be more either.
  const uint32_t nr_cpus = uint32_t(setting->machine.cpus.size());
  setting->nr_workers =
      options.nr_workers != 0 ? std::min(options.nr_workers, nr_cpus) : default_workers(setting->machine);
  const uint64_t half = *free_bytes / 2;
  if (options.memory_bytes > half) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("--memory: found %d bytes, expected at most %d, half of free RAM", options.memory_bytes, half));
  }
  const uint64_t record_bytes = options.memory_bytes != 0 ? options.memory_bytes : half / 2;
  absl::Status status = set_stage(*map, options, *free_bytes, record_bytes, progress, *setting);
  if (!status.ok()) return status;
  return setting;
}

}  // namespace memmap::simulator
