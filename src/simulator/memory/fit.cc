// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/memory/fit.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_format.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kLongestHole = 8;  // sections
constexpr uint64_t kSmallDeviceShare = 64;

// What a run of sections holds; more than one mixed section is reserved as a whole.
enum class Filling { free_ram, mixed, hole };

struct Run {
  Filling filling;
  uint64_t first_section;
  uint64_t nr_sections;
  Place place;  // of free RAM
};

bool touches(uint64_t begin, uint64_t end, uint64_t other_begin, uint64_t other_end) {
  return begin < other_end && other_begin < end;
}

// One section, as a run.
Run look_at(const MemoryMap& map, uint64_t section) {
  const uint64_t begin = section * kSectionPages;
  const uint64_t end = begin + kSectionPages;
  Run run{Filling::hole, section, 1, {0, 0}};
  for (const RamRange& range : map.ram) {
    if (!touches(begin, end, range.start_pfn, range.end_pfn())) continue;
    const bool whole = range.start_pfn <= begin && end <= range.end_pfn();
    run = {whole ? Filling::free_ram : Filling::mixed, section, 1, range.place};
  }
  for (const memmap_piece& piece : map.reserved) {
    if (touches(begin, end, piece.pfn, piece.pfn + piece.nr_pages)) run.filling = Filling::mixed;
  }
  return run;
}

bool continues(const Run& run, const Run& next) {
  if (run.filling != next.filling || run.filling == Filling::mixed) return false;
  return run.filling == Filling::hole || run.place == next.place;
}

// The sections at which something begins or ends, and those behind them: between two of these all is alike.
std::vector<uint64_t> changes_of(const MemoryMap& map) {
  std::set<uint64_t> sections = {0};
  const auto add = [&sections](uint64_t begin, uint64_t end) {
    for (const uint64_t pfn : {begin, end - 1}) {
      sections.insert(pfn / kSectionPages);
      sections.insert(pfn / kSectionPages + 1);
    }
  };
  for (const RamRange& range : map.ram) add(range.start_pfn, range.end_pfn());
  for (const memmap_piece& piece : map.reserved) add(piece.pfn, piece.pfn + piece.nr_pages);
  return {sections.begin(), sections.end()};
}

std::vector<Run> runs_of(const MemoryMap& map) {
  std::vector<Run> runs;
  const std::vector<uint64_t> changes = changes_of(map);
  for (size_t n = 0; n + 1 < changes.size(); ++n) {
    Run run = look_at(map, changes[n]);
    run.nr_sections = changes[n + 1] - changes[n];
    if (!runs.empty() && continues(runs.back(), run)) {
      runs.back().nr_sections += run.nr_sections;
    } else {
      runs.push_back(run);
    }
  }
  return runs;
}

struct Sum {
  uint64_t runs = 0;
  uint64_t sections = 0;
};

Sum sum_of(const std::vector<Run>& runs, Filling filling) {
  Sum sum;
  for (const Run& run : runs) {
    if (run.filling != filling) continue;
    ++sum.runs;
    sum.sections += run.nr_sections;
  }
  return sum;
}

// Appends the contents of a mixed section, moved by whole sections.
void copy_section(const MemoryMap& from, uint64_t section, uint64_t to_section, MemoryMap& to) {
  const uint64_t begin = section * kSectionPages;
  const uint64_t end = begin + kSectionPages;
  const uint64_t shift = (to_section - section) * kSectionPages;  // may wrap around: adds up all the same
  for (const RamRange& range : from.ram) {
    const uint64_t first = std::max(begin, range.start_pfn);
    const uint64_t last = std::min(end, range.end_pfn());
    if (first < last) to.ram.push_back({first + shift, last - first, range.place});
  }
  for (const memmap_piece& piece : from.reserved) {
    const uint64_t first = std::max(begin, piece.pfn);
    const uint64_t last = std::min(end, piece.pfn + piece.nr_pages);
    if (first < last) to.reserved.push_back({first + shift, last - first});
  }
}

// Ranges that were cut at sections become one again, and so do reserved pieces inside one range.
void join(MemoryMap& map) {
  std::vector<RamRange> ram;
  for (const RamRange& range : map.ram) {
    if (!ram.empty() && ram.back().end_pfn() == range.start_pfn && ram.back().place == range.place) {
      ram.back().nr_pages += range.nr_pages;
    } else {
      ram.push_back(range);
    }
  }
  std::vector<memmap_piece> reserved;
  for (const memmap_piece& piece : map.reserved) {
    const auto begins_here = [&piece](const RamRange& range) { return range.start_pfn == piece.pfn; };
    if (!reserved.empty() && reserved.back().pfn + reserved.back().nr_pages == piece.pfn &&
        std::none_of(ram.begin(), ram.end(), begins_here)) {
      reserved.back().nr_pages += piece.nr_pages;
    } else {
      reserved.push_back(piece);
    }
  }
  map.ram = std::move(ram);
  map.reserved = std::move(reserved);
}

// RAM in exactly `nr_sections` sections or a few less.
absl::StatusOr<MemoryMap> resized(const MemoryMap& map, uint64_t nr_sections) {
  const std::vector<Run> runs = runs_of(map);
  const Sum mixed = sum_of(runs, Filling::mixed);
  const Sum free_ram = sum_of(runs, Filling::free_ram);
  if (mixed.sections + free_ram.runs > nr_sections) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("%s: found room for %d sections of RAM, expected at least %d (%d with holes or reserved pages, "
                        "%d runs without)",
                        map.source, nr_sections, mixed.sections + free_ram.runs, mixed.sections, free_ram.runs));
  }
  const uint64_t spare = nr_sections - mixed.sections - free_ram.runs;
  MemoryMap result;
  uint64_t to = 0;
  for (const Run& run : runs) {
    uint64_t length = run.nr_sections;
    if (run.filling == Filling::hole) length = std::min(length, kLongestHole);
    for (uint64_t n = 0; run.filling == Filling::mixed && n < length; ++n) {
      copy_section(map, run.first_section + n, to + n, result);
    }
    if (run.filling == Filling::free_ram) {
      length = 1 + spare * run.nr_sections / free_ram.sections;
      result.ram.push_back({to * kSectionPages, length * kSectionPages, run.place});
    }
    to += length;
  }
  join(result);
  result.notes = map.notes;
  result.has_nodes = map.has_nodes;
  result.mirrored = map.mirrored;
  return result;
}

// Where a device keeps its own memmap: behind 8 KiB of labels, up to where data can begin at a multiple of 2 MiB.
memmap_altmap altmap_of(uint64_t nr_pages) {
  constexpr uint64_t kLabelPages = 2;
  const uint64_t memmap_pages = divide_up(nr_pages * kRecordBytes, kPageBytes);
  return {kLabelPages, round_up(kLabelPages + memmap_pages, kSubsectionPages) - kLabelPages};
}

}  // namespace

absl::StatusOr<MemoryMap> fit(const MemoryMap& map, const FitOptions& options) {
  const uint64_t nr_sections = options.record_bytes / kSectionRecordBytes;
  const uint64_t ram = nr_sections / 2;
  const uint64_t small = std::max<uint64_t>(nr_sections / kSmallDeviceShare, 1);
  if (nr_sections < 4) {
    return absl::ResourceExhaustedError(absl::StrFormat("records: found room for %d bytes, expected at least %d",
                                                        options.record_bytes, 4 * kSectionRecordBytes));
  }
  absl::StatusOr<MemoryMap> result = resized(map, ram);
  if (!result.ok()) return result;
  const uint64_t start_pfn = result->end_pfn() + kSectionPages;  // behind a hole
  const uint64_t big_pages = (nr_sections - ram - small) * kSectionPages;
  const memmap_altmap altmap = options.pmem0_altmap ? altmap_of(big_pages) : memmap_altmap{0, 0};
  result->devices = {{"pmem0", start_pfn, big_pages, 0, altmap},
                     {"pmem1", start_pfn + big_pages, small * kSectionPages, 0, {0, 0}}};
  result->source = absl::StrFormat("%s, RAM x %.4g", map.source, double(result->ram_pages()) / double(map.ram_pages()));
  return options.nr_nodes == 0 ? result : over_nodes(*std::move(result), options.nr_nodes);
}

absl::StatusOr<MemoryMap> over_nodes(MemoryMap map, uint32_t nr_nodes) {
  const std::vector<Run> runs = runs_of(map);
  const uint64_t nr_sections = sum_of(runs, Filling::mixed).sections + sum_of(runs, Filling::free_ram).sections;
  if (nr_nodes == 0 || nr_nodes > std::min<uint64_t>(nr_sections, 1024)) {
    return absl::ResourceExhaustedError(absl::StrFormat("%s: found %d nodes, expected 1 to %d, the sections of its RAM",
                                                        map.source, nr_nodes, std::min<uint64_t>(nr_sections, 1024)));
  }
  MemoryMap result;
  result.source = map.source;
  result.devices = map.devices;
  result.notes = map.notes;
  uint64_t counted = 0;  // sections of RAM so far
  for (const Run& run : runs) {
    for (uint64_t n = 0; run.filling != Filling::hole && n < run.nr_sections; ++n, ++counted) {
      const size_t first_range = result.ram.size();
      copy_section(map, run.first_section + n, run.first_section + n, result);
      const uint32_t nid = uint32_t(counted * nr_nodes / nr_sections);
      for (size_t range = first_range; range < result.ram.size(); ++range) result.ram[range].place.nid = nid;
    }
  }
  join(result);
  for (size_t n = 1; n < result.devices.size(); ++n) result.devices[n].nid = nr_nodes - 1;
  return result;
}

}  // namespace memmap::simulator
