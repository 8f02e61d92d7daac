// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/kernel_log.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr const char* kZoneNames[] = {"DMA", "DMA32", "Normal", "Movable", "Device"};

std::string line(uint64_t ns, const std::string& text) {
  return absl::StrFormat("[%5d.%06d] %s\n", ns / 1'000'000'000, ns / 1000 % 1'000'000, text);
}

std::string memory(uint64_t begin_pfn, uint64_t end_pfn) {
  return absl::StrFormat("[mem 0x%016x-0x%016x]", begin_pfn * kPageBytes, end_pfn * kPageBytes - 1);
}

// Ranges of RAM of one node, zones apart or not.
std::vector<RamRange> joined(const MemoryMap& map, bool zones_apart) {
  std::vector<RamRange> ranges;
  for (const RamRange& range : map.ram) {
    const bool continues = !ranges.empty() && ranges.back().end_pfn() == range.start_pfn &&
                           ranges.back().place.nid == range.place.nid &&
                           (!zones_apart || ranges.back().place.zone == range.place.zone);
    if (continues) {
      ranges.back().nr_pages += range.nr_pages;
    } else {
      ranges.push_back(range);
    }
  }
  return ranges;
}

// Zones follow each other without a gap. A map that was cut to size has their borders at sections. ZONE_MOVABLE is what
// nodes give of the last one.
std::string log_of_zones(const MemoryMap& map) {
  std::string text = line(0, "Zone ranges:");
  uint64_t begin = map.ram.front().start_pfn;
  for (const uint32_t zone : {kZoneDma, kZoneDma32, kZoneNormal, kZoneDevice}) {
    uint64_t end = begin;
    uint64_t next = 0;  // RAM of a higher zone
    for (const RamRange& range : map.ram) {
      const uint32_t own = std::min<uint32_t>(range.place.zone, kZoneNormal);
      if (own == zone) end = std::max(end, range.end_pfn());
      if (own > zone && next == 0) next = range.start_pfn;
    }
    if (end != begin && next != 0) end = std::max(end, round_down(next, kSectionPages));
    const std::string range = end == begin ? "empty" : memory(begin, end);
    text += line(0, absl::StrFormat("  %-8s %s", kZoneNames[zone], range));
    begin = end;
  }
  return text;
}

std::string log_of_movable(const MemoryMap& map) {
  std::map<uint32_t, uint64_t> first_pfn;  // of each node
  for (const RamRange& range : map.ram) {
    if (range.place.zone == kZoneMovable) first_pfn.emplace(range.place.nid, range.start_pfn);
  }
  std::string text = line(0, "Movable zone start for each node");
  for (const auto& [nid, pfn] : first_pfn) {
    text += line(0, absl::StrFormat("  Node %d: 0x%016x", nid, pfn * kPageBytes));
  }
  return text;
}

std::string log_of_nodes(const MemoryMap& map) {
  std::string text = line(0, "Early memory node ranges");
  for (const RamRange& range : joined(map, false)) {
    text += line(0, absl::StrFormat("  node %3d: %s", range.place.nid, memory(range.start_pfn, range.end_pfn())));
  }
  for (const uint32_t nid : map.nids()) {
    uint64_t begin = 0;
    uint64_t end = 0;
    for (const RamRange& range : map.ram) {
      if (range.place.nid != nid) continue;
      if (end == 0) begin = range.start_pfn;
      end = range.end_pfn();
    }
    text += line(0, absl::StrFormat("Initmem setup node %d %s", nid, end == 0 ? "as memoryless" : memory(begin, end)));
  }
  return text;
}

// Pages of [begin, end), a hole, that are in the sections at either end: these have RAM, what is between has none.
uint64_t pages_in_sections(uint64_t begin, uint64_t end) {
  const uint64_t behind_first = round_up(begin, kSectionPages);
  const uint64_t last = round_down(end, kSectionPages);
  return behind_first > last ? end - begin : behind_first - begin + end - last;
}

// Linux counts a hole for the zone behind it, and what is behind all RAM for the last zone.
std::string log_of_holes(const MemoryMap& map) {
  std::string text;
  const auto add = [&text](uint64_t begin, uint64_t end, Place place) {
    const uint64_t nr_pages = begin < end ? pages_in_sections(begin, end) : 0;
    if (nr_pages == 0) return;
    text += line(0, absl::StrFormat("On node %d, zone %s: %d pages in unavailable ranges", place.nid,
                                    kZoneNames[place.zone], nr_pages));
  };
  uint64_t hole = 0;
  for (const RamRange& range : joined(map, true)) {
    add(hole, range.start_pfn, range.place);
    hole = range.end_pfn();
  }
  add(hole, round_up(hole, kSectionPages), map.ram.back().place);
  return text;
}

uint64_t kib(uint64_t nr_pages) { return nr_pages * kPageBytes / 1024; }

}  // namespace

std::string log_of_map(const MemoryMap& map, uint64_t early_pages) {
  return absl::StrCat(
      log_of_zones(map), log_of_movable(map), log_of_nodes(map), log_of_holes(map),
      line(0, absl::StrFormat("Memory: %dK/%dK available (0K kernel code, 0K rwdata, 0K rodata, 0K init, 0K bss, %dK "
                              "reserved, 0K cma-reserved)",
                              kib(early_pages), kib(map.ram_pages()), kib(map.reserved_pages()))));
}

std::string log_of_column(const Column& column, LoggedDevices devices) {
  std::multimap<uint64_t, std::string> events;  // by the nanosecond of their end
  for (const NodeTime& node : column.node_times) {
    events.emplace(node.ns,
                   absl::StrFormat("node %d deferred pages initialised in %dms", node.nid, node.ns / 1'000'000));
  }
  const auto add_device = [&](uint64_t after_ns, uint64_t nr_pages, uint64_t ns) {
    events.emplace(column.boot_ns + after_ns + ns,
                   absl::StrFormat("memmap_init_zone_device initialised %d pages in %dms", nr_pages, ns / 1'000'000));
  };
  add_device(0, devices.big_pages, column.big_ns);
  add_device(devices.small_after_ns, devices.small_pages, column.small_ns);
  std::string text = line(0, absl::StrCat("memmap-sim: ", column.name));
  for (const auto& [ns, event] : events) text += line(ns, event);
  return text;
}

}  // namespace memmap::simulator
