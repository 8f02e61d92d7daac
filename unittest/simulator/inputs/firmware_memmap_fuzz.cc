// SPDX-License-Identifier: GPL-2.0-only OR MIT
// An input has a line for each file: start, end, type of one entry after the other.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "simulator/inputs/firmware_memmap.h"
#include "simulator/inputs/map_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t nr_bytes) {
  const absl::string_view text(reinterpret_cast<const char*>(bytes), nr_bytes);
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  std::vector<memmap::simulator::FirmwareEntry> entries;
  for (size_t n = 0; n + 2 < lines.size(); n += 3) {
    entries.push_back({absl::StrCat("fuzz/", n / 3), lines[n], lines[n + 1], lines[n + 2]});
  }
  memmap::simulator::check_properties(memmap::simulator::parse_firmware_memmap(entries, "fuzz"));
  return 0;
}
