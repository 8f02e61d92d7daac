// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Samples of what people have, all of invented machines, and maps as plain numbers.
#ifndef MEMMAP_UNITTEST_SIMULATOR_INPUTS_SAMPLE_H
#define MEMMAP_UNITTEST_SIMULATOR_INPUTS_SAMPLE_H

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "simulator/memory/memory_map.h"

namespace memmap::simulator {

inline std::string sample_path(const std::string& name) { return "unittest/simulator/inputs/testdata/" + name; }

inline std::string sample(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(sample_path(name)).rdbuf();
  return text.str();
}

using Rows = std::vector<std::vector<uint64_t>>;

// First pfn, the one behind, node, zone.
inline Rows ram_of(const MemoryMap& map) {
  Rows rows;
  for (const RamRange& range : map.ram) {
    rows.push_back({range.start_pfn, range.end_pfn(), range.place.nid, range.place.zone});
  }
  return rows;
}

// First pfn, the one behind, node.
inline Rows devices_of(const MemoryMap& map) {
  Rows rows;
  for (const Device& device : map.devices) rows.push_back({device.start_pfn, device.end_pfn(), device.nid});
  return rows;
}

}  // namespace memmap::simulator
#endif  // MEMMAP_UNITTEST_SIMULATOR_INPUTS_SAMPLE_H
