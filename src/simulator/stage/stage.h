// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The stage that every way of initialising memory plays on: for each zone of RAM and each device an array of records
// on its node, between guard records. Before each play all of it is poison.
#ifndef MEMMAP_SIMULATOR_STAGE_STAGE_H
#define MEMMAP_SIMULATOR_STAGE_STAGE_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "simulator/kernel/pageblocks.h"
#include "simulator/kernel/record.h"
#include "simulator/memory/memory_map.h"
#include "simulator/stage/machine.h"
#include "simulator/stage/record_memory.h"

namespace memmap::simulator {

// A zone of a node that boots.
struct BootSpan {
  ZoneSpan zone;  // its node: the machine's id
  Memmap memmap;
  std::vector<memmap_piece> unavailable;  // reserved pages and holes inside sections of RAM
  uint64_t early_end;                     // pages before it are initialised first, by one thread
  std::unique_ptr<Pageblocks> pageblocks;
};

struct DeviceSpan {
  Device device;  // its node: the machine's id
  Memmap memmap;
  uint64_t pgmap;  // what its records point at
  std::unique_ptr<Pageblocks> pageblocks;

  memmap_piece data() const { return {device.first_free_pfn(), device.end_pfn() - device.first_free_pfn()}; }
};

class Stage {
 public:
  // Nodes of `map` are indices of the machine's. RESOURCE_EXHAUSTED where `memory` is too small.
  static absl::StatusOr<Stage> build(const MemoryMap& map, const Machine& machine, RecordMemory& memory);

  // All records, guards too, become poison; then those of unavailable pages what Linux makes of them, early.
  void prepare() const;

  const std::vector<BootSpan>& boot() const { return boot_; }
  const DeviceSpan& big() const { return devices_[0]; }
  const DeviceSpan& small() const { return devices_[1]; }
  std::span<const DeviceSpan> devices() const { return devices_; }
  uint64_t end_pfn() const { return end_pfn_; }  // behind everything, and behind a section of nothing

  uint64_t boot_pages() const;   // present and free
  uint64_t early_pages() const;  // those of them that are initialised first
  static uint64_t present_pages(const DeviceSpan& device) {
    return device.device.nr_pages - device.device.altmap.reserve;
  }

 private:
  absl::StatusOr<Memmap> add_array(RecordMemory& memory, uint32_t node, uint64_t start_pfn, uint64_t nr_pages);

  std::vector<BootSpan> boot_;
  std::vector<DeviceSpan> devices_;
  std::vector<std::span<std::byte>> arrays_;  // with their guards
  uint64_t end_pfn_ = 0;
};

// For measurements: the records of a device as plain memory.
std::span<std::byte> bytes_of(const Memmap& memmap);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_STAGE_STAGE_H
