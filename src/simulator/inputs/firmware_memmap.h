// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Reads /sys/firmware/memmap: a folder for each entry that firmware gave, N/{start,end,type}, in no order. Linux:
// drivers/firmware/memmap.c, e820_type_to_string(). It has no nodes.
#ifndef MEMMAP_SIMULATOR_INPUTS_FIRMWARE_MEMMAP_H
#define MEMMAP_SIMULATOR_INPUTS_FIRMWARE_MEMMAP_H

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

// The contents of the three files of one entry.
struct FirmwareEntry {
  std::string folder;
  std::string start;  // "0x100000", the first byte
  std::string end;    // the last byte
  std::string type;   // "System RAM"
};

// The valid map, or an error "FOLDER/start:1: found X, expected Y". `source` is for people.
absl::StatusOr<MemoryMap> parse_firmware_memmap(const std::vector<FirmwareEntry>& entries, absl::string_view source);

// The same for a folder of such folders; also an error if something cannot be read or does not belong there.
absl::StatusOr<MemoryMap> read_firmware_memmap(const std::string& path);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_FIRMWARE_MEMMAP_H
