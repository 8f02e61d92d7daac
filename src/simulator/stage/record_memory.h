// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Memory for records: an arena on each node, in huge pages, made present before the first use, since what is measured
// is the writing of records and not the faults of the system below.
#ifndef MEMMAP_SIMULATOR_STAGE_RECORD_MEMORY_H
#define MEMMAP_SIMULATOR_STAGE_RECORD_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/placement.h"
#include "simulator/stage/machine.h"

namespace memmap::simulator {

class RecordMemory {
 public:
  // Address space only: bytes_of_node[n] for the n-th node of the machine; 0 is allowed.
  static absl::StatusOr<RecordMemory> reserve(const Machine& machine, const std::vector<uint64_t>& bytes_of_node);

  // Touches all arenas with all CPUs, each as far as the others, for about `seconds` at most (but at least kLeast bytes
  // in all). Returns the part that is present, 0 to 1. Calls `progress` with it from time to time.
  double make_present(double seconds, const std::function<void(double)>& progress);

  // The next nr_bytes of an arena, aligned to 4 KiB; null where they are more than it has.
  std::byte* carve(uint32_t node_index, uint64_t nr_bytes);

  // What could not be had of placement and huge pages; empty if nothing.
  std::string shortfall() const;

  static constexpr uint64_t kLeast = uint64_t{256} << 20;

 private:
  std::vector<host::PlacedMemory> arenas_;
  std::vector<uint64_t> used_;
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_STAGE_RECORD_MEMORY_H
