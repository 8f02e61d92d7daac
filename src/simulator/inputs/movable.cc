// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/movable.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

struct Pfns {
  uint64_t begin;
  uint64_t end;
};

// Of those that end behind an address; what is before it is the kernel's own anyway.
std::vector<Pfns> whole_blocks(std::vector<Bytes>& mirrors, uint64_t behind, std::vector<std::string>& notes) {
  std::sort(mirrors.begin(), mirrors.end(), [](Bytes a, Bytes b) { return a.begin < b.begin; });
  std::vector<Pfns> joined;  // firmware lists neighbours apart
  for (const Bytes mirror : mirrors) {
    if (mirror.end <= behind) continue;
    const Pfns pfns = {divide_up(mirror.begin, kPageBytes), mirror.end / kPageBytes};
    if (!joined.empty() && pfns.begin <= joined.back().end) {
      joined.back().end = std::max(joined.back().end, pfns.end);
    } else {
      joined.push_back(pfns);
    }
  }
  for (Pfns& pfns : joined) {
    const Pfns found = pfns;
    pfns = {round_up(found.begin, kMaxOrderPages), round_down(found.end, kMaxOrderPages)};
    if (pfns.begin != found.begin || pfns.end != found.end) {
      notes.push_back(absl::StrCat(text_of({found.begin * kPageBytes, found.end * kPageBytes}),
                                   " is mirrored, but only its whole blocks of 4 MiB stay with the kernel"));
    }
  }
  return joined;
}

// Appends the range, where it is mirrored in its own zone, elsewhere in ZONE_MOVABLE.
void add_parts(RamRange range, const std::vector<Pfns>& mirrors, std::vector<RamRange>& ram) {
  const auto add = [&](uint64_t end, uint32_t zone) {
    if (end <= range.start_pfn) return;
    ram.push_back({range.start_pfn, end - range.start_pfn, {range.place.nid, zone}});
    range.nr_pages -= end - range.start_pfn;
    range.start_pfn = end;
  };
  for (const Pfns& mirror : mirrors) {
    if (mirror.end <= range.start_pfn || mirror.begin >= range.end_pfn()) continue;
    add(mirror.begin, kZoneMovable);
    add(std::min(mirror.end, range.end_pfn()), range.place.zone);
  }
  add(range.end_pfn(), kZoneMovable);
}

}  // namespace

void make_movable(const std::vector<MovableStart>& starts, std::vector<Bytes> mirrors, MemoryMap& map) {
  if (starts.empty()) return;
  const auto lowest =
      std::min_element(starts.begin(), starts.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  const std::vector<Pfns> kept = whole_blocks(mirrors, lowest->start, map.notes);
  std::vector<RamRange> ram;
  for (RamRange range : map.ram) {
    const auto own = std::find_if(starts.begin(), starts.end(),
                                  [&](const MovableStart& start) { return start.nid == range.place.nid; });
    const uint64_t start_pfn =
        own == starts.end() ? range.end_pfn() : round_up(own->start / kPageBytes, kMaxOrderPages);
    const uint64_t before = std::clamp(start_pfn, range.start_pfn, range.end_pfn());
    if (before != range.start_pfn) ram.push_back({range.start_pfn, before - range.start_pfn, range.place});
    if (before != range.end_pfn()) add_parts({before, range.end_pfn() - before, range.place}, kept, ram);
  }
  map.ram = std::move(ram);
}

}  // namespace memmap::simulator
