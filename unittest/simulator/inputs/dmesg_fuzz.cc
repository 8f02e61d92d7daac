// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <cstddef>
#include <cstdint>

#include "simulator/inputs/dmesg.h"
#include "simulator/inputs/map_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t nr_bytes) {
  const absl::string_view text(reinterpret_cast<const char*>(bytes), nr_bytes);
  memmap::simulator::check_properties(memmap::simulator::parse_dmesg(text, "fuzz"));
  return 0;
}
