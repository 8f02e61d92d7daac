// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/map_parts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kSubsectionBytes = kSubsectionPages * kPageBytes;

}  // namespace

void add_reserved(MemoryMap& map, size_t first_range, uint64_t begin, uint64_t end) {
  if (!map.reserved.empty()) begin = std::max(begin, map.reserved.back().pfn + map.reserved.back().nr_pages);
  for (size_t n = first_range; n < map.ram.size(); ++n) {
    const uint64_t from = std::max(begin, map.ram[n].start_pfn);
    const uint64_t to = std::min(end, map.ram[n].end_pfn());
    if (from < to) map.reserved.push_back({from, to - from});
  }
}

void add_device(MemoryMap& map, absl::string_view kind, Bytes bytes, uint32_t nid) {
  const Bytes usable{bytes.begin, round_down(bytes.end, kSubsectionBytes)};
  const bool misaligned = usable.begin % kSubsectionBytes != 0;
  if (misaligned || usable.empty() || usable.end > kAddressEnd) {
    map.notes.push_back(absl::StrCat(text_of(bytes), " ", kind, " has no memmap: ",
                                     misaligned                 ? "its start is no multiple of 2 MiB"
                                     : usable.end > kAddressEnd ? "it ends behind 2^52 bytes"
                                                                : "it is smaller than 2 MiB"));
    return;
  }
  if (usable.end != bytes.end) map.notes.push_back(absl::StrCat(text_of(bytes), " ", kind, " is cut at 2 MiB"));
  const uint64_t start_pfn = usable.begin / kPageBytes;
  map.devices.push_back(
      {absl::StrCat(kind, map.devices.size()), start_pfn, usable.end / kPageBytes - start_pfn, nid, {0, 0}});
}

}  // namespace memmap::simulator
