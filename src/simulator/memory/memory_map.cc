// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/memory/memory_map.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kMaxPfn = uint64_t{1} << 40;  // 52 bits of physical address
constexpr uint64_t kGib = uint64_t{1} << 30;

double gib(uint64_t nr_pages) { return double(nr_pages) * double(kPageBytes) / double(kGib); }

std::string pfns(uint64_t start, uint64_t nr_pages) { return absl::StrFormat("pfns [%d, +%d)", start, nr_pages); }

absl::Status wrong(const MemoryMap& map, absl::string_view what, size_t index, const std::string& found,
                   absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrFormat("%s: %s %d: found %s, expected %s", map.source, what, index, found, expected));
}

// Of one list: its entries follow each other. `behind` is the end of the entry before.
absl::Status check_entry(const MemoryMap& map, absl::string_view what, size_t index, uint64_t start, uint64_t nr_pages,
                         uint64_t& behind) {
  const std::string found = pfns(start, nr_pages);
  if (nr_pages == 0) return wrong(map, what, index, found, "at least one page");
  if (start >= kMaxPfn || nr_pages > kMaxPfn - start)
    return wrong(map, what, index, found, "an end of at most 2^52 bytes");
  if (start < behind) return wrong(map, what, index, found, absl::StrFormat("a start of at least pfn %d", behind));
  behind = start + nr_pages;
  return absl::OkStatus();
}

absl::Status check_ram(const MemoryMap& map) {
  uint64_t behind = 0;
  for (size_t n = 0; n < map.ram.size(); ++n) {
    const RamRange& range = map.ram[n];
    absl::Status status = check_entry(map, "RAM range", n, range.start_pfn, range.nr_pages, behind);
    if (!status.ok()) return status;
    if (range.place.nid > 1023 || range.place.zone > kZoneMovable) {
      return wrong(map, "RAM range", n, absl::StrCat("node ", range.place.nid, " zone ", range.place.zone),
                   "a node of at most 1023 and a zone of at most 3");
    }
  }
  return map.ram.empty() ? absl::InvalidArgumentError(map.source + ": found no RAM, expected some") : absl::OkStatus();
}

absl::Status check_reserved(const MemoryMap& map) {
  uint64_t behind = 0;
  for (size_t n = 0; n < map.reserved.size(); ++n) {
    const memmap_piece& piece = map.reserved[n];
    absl::Status status = check_entry(map, "reserved piece", n, piece.pfn, piece.nr_pages, behind);
    if (!status.ok()) return status;
    const auto holds = [&piece](const RamRange& range) {
      return piece.pfn >= range.start_pfn && piece.pfn + piece.nr_pages <= range.end_pfn();
    };
    if (std::none_of(map.ram.begin(), map.ram.end(), holds)) {
      return wrong(map, "reserved piece", n, pfns(piece.pfn, piece.nr_pages), "a part of one range of RAM");
    }
  }
  return absl::OkStatus();
}

absl::Status check_devices(const MemoryMap& map) {
  uint64_t behind = 0;
  for (size_t n = 0; n < map.devices.size(); ++n) {
    const Device& device = map.devices[n];
    const std::string found = pfns(device.start_pfn, device.nr_pages);
    absl::Status status = check_entry(map, "device", n, device.start_pfn, device.nr_pages, behind);
    if (!status.ok()) return status;
    if (device.start_pfn % kSubsectionPages != 0 || device.nr_pages % kSubsectionPages != 0) {
      return wrong(map, "device", n, found, "multiples of 512 pages (2 MiB)");
    }
    if (device.altmap.reserve >= device.nr_pages || device.altmap.free >= device.nr_pages - device.altmap.reserve) {
      return wrong(map, "device", n, absl::StrCat("a memmap of ", device.altmap.reserve, " + ", device.altmap.free),
                   "less than the device's pages");
    }
    for (const RamRange& range : map.ram) {
      if (device.start_pfn < range.end_pfn() && range.start_pfn < device.end_pfn()) {
        return wrong(map, "device", n, found, "no page of RAM");
      }
    }
  }
  return absl::OkStatus();
}

// Appends what `reserved` leaves of a range.
void add_free_pieces(const RamRange& range, const std::vector<memmap_piece>& reserved,
                     std::vector<memmap_piece>& pieces) {
  uint64_t pfn = range.start_pfn;
  for (const memmap_piece& taken : reserved) {
    if (taken.pfn < range.start_pfn || taken.pfn >= range.end_pfn()) continue;
    if (taken.pfn > pfn) pieces.push_back({pfn, taken.pfn - pfn});
    pfn = taken.pfn + taken.nr_pages;
  }
  if (pfn < range.end_pfn()) pieces.push_back({pfn, range.end_pfn() - pfn});
}

// Where a zone's late part begins: at a section, and behind more pages of RAM than one holds; ~0: nowhere.
uint64_t first_deferred_pfn(const MemoryMap& map, Place place) {
  uint64_t counted = 0;  // pages of the zone's RAM so far
  for (const RamRange& range : map.ram) {
    if (range.place != place) continue;
    const uint64_t missing = kSectionPages - std::min(counted, kSectionPages);
    const uint64_t pfn = round_up(range.start_pfn + missing, kSectionPages);
    if (pfn < range.end_pfn()) return pfn;
    counted += range.nr_pages;
  }
  return ~uint64_t{0};
}

}  // namespace

uint64_t MemoryMap::ram_pages() const {
  uint64_t sum = 0;
  for (const RamRange& range : ram) sum += range.nr_pages;
  return sum;
}

uint64_t MemoryMap::reserved_pages() const {
  uint64_t sum = 0;
  for (const memmap_piece& piece : reserved) sum += piece.nr_pages;
  return sum;
}

uint64_t MemoryMap::device_pages() const {
  uint64_t sum = 0;
  for (const Device& device : devices) sum += device.nr_pages;
  return sum;
}

uint64_t MemoryMap::end_pfn() const {
  const uint64_t ram_end = ram.empty() ? 0 : ram.back().end_pfn();
  const uint64_t device_end = devices.empty() ? 0 : devices.back().end_pfn();
  return round_up(std::max(ram_end, device_end), kSectionPages);
}

uint32_t MemoryMap::nr_nodes() const {
  uint32_t highest = 0;
  for (const RamRange& range : ram) highest = std::max(highest, range.place.nid);
  for (const Device& device : devices) highest = std::max(highest, device.nid);
  return highest + 1;
}

std::vector<uint32_t> MemoryMap::nids() const {
  std::set<uint32_t> nids;
  for (const RamRange& range : ram) nids.insert(range.place.nid);
  for (const Device& device : devices) nids.insert(device.nid);
  return {nids.begin(), nids.end()};
}

absl::Status validate(const MemoryMap& map) {
  for (const auto check : {check_ram, check_reserved, check_devices}) {
    absl::Status status = check(map);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::vector<ZoneSpan> zone_spans(const MemoryMap& map) {
  std::vector<ZoneSpan> spans;
  std::map<uint32_t, uint32_t> last_zone;  // of each node
  for (const RamRange& range : map.ram) {
    if (spans.empty() || spans.back().place != range.place) {
      spans.push_back({range.place, range.start_pfn, 0, {}, false, 0});
    }
    spans.back().nr_pages = range.end_pfn() - spans.back().start_pfn;
    add_free_pieces(range, map.reserved, spans.back().pieces);
    uint32_t& last = last_zone[range.place.nid];
    last = std::max(last, range.place.zone);
  }
  for (ZoneSpan& span : spans) {
    const uint64_t end = span.start_pfn + span.nr_pages;
    const uint32_t last = last_zone[span.place.nid];
    const bool among = map.mirrored && last == kZoneMovable && span.place.zone == kZoneNormal;
    span.deferred = span.place.zone == last || among;
    span.early_end = span.deferred ? std::clamp(first_deferred_pfn(map, span.place), span.start_pfn, end) : end;
  }
  return spans;
}

std::vector<RamRange> unavailable_pages(const MemoryMap& map) {
  std::vector<RamRange> found;
  const auto add = [&found](uint64_t begin, uint64_t end, Place place) {
    if (begin < end) found.push_back({begin, end - begin, place});
  };
  uint64_t behind = 0;  // the RAM so far
  for (const RamRange& range : map.ram) {
    const uint64_t section_end = std::min(round_up(behind, kSectionPages), range.start_pfn);
    add(behind, section_end, range.place);
    add(std::max(section_end, round_down(range.start_pfn, kSectionPages)), range.start_pfn, range.place);
    std::vector<memmap_piece> free_pieces;
    add_free_pieces(range, map.reserved, free_pieces);
    behind = range.start_pfn;
    for (const memmap_piece& piece : free_pieces) {
      add(behind, piece.pfn, range.place);
      behind = piece.pfn + piece.nr_pages;
    }
    add(behind, range.end_pfn(), range.place);
    behind = range.end_pfn();
  }
  if (!map.ram.empty()) add(behind, round_up(behind, kSectionPages), map.ram.back().place);
  return found;
}

uint64_t zone_end(uint32_t zone) {
  if (zone == kZoneDma) return 4096;        // 16 MiB
  if (zone == kZoneDma32) return 1u << 20;  // 4 GiB
  return std::numeric_limits<uint64_t>::max();
}

uint32_t zone_of(uint64_t pfn) {
  if (pfn < zone_end(kZoneDma)) return kZoneDma;
  return pfn < zone_end(kZoneDma32) ? kZoneDma32 : kZoneNormal;
}

void add_ram(MemoryMap& map, uint64_t start_pfn, uint64_t end_pfn, uint32_t nid) {
  while (start_pfn < end_pfn) {
    const uint32_t zone = zone_of(start_pfn);
    const uint64_t end = std::min(end_pfn, zone_end(zone));
    map.ram.push_back({start_pfn, end - start_pfn, {nid, zone}});
    start_pfn = end;
  }
}

// RAM with the hole below 1 MiB and the one below 4 GiB that a PC has; a kernel at 16 MiB, firmware's tables.
MemoryMap synthetic_map(uint64_t ram_bytes) {
  constexpr uint64_t kLowEnd = 3 * kGib / kPageBytes;
  const uint64_t nr_pages = std::max(ram_bytes, kGib) / kPageBytes;
  MemoryMap map;
  add_ram(map, 1, 159);
  add_ram(map, 256, std::min(nr_pages, kLowEnd));
  if (nr_pages > kLowEnd) add_ram(map, zone_end(kZoneDma32), zone_end(kZoneDma32) + nr_pages - kLowEnd);
  map.reserved = {{4096, 8192}, {15360, 319}, {196000, 123}};
  map.source = absl::StrFormat("synthetic map of a PC with %.1f GiB", gib(nr_pages));
  return map;
}

std::string describe(const MemoryMap& map) {
  std::string text = absl::StrFormat("RAM %.2f GiB (%d ranges, %d reserved pieces, %d nodes)", gib(map.ram_pages()),
                                     map.ram.size(), map.reserved.size(), map.nr_nodes());
  for (const Device& device : map.devices) {
    absl::StrAppendFormat(&text, ", %s %.2f GiB%s", device.name, gib(device.nr_pages),
                          device.altmap.free > 0 ? " (altmap)" : "");
  }
  const uint64_t nr_pages = map.ram_pages() + map.device_pages();
  absl::StrAppendFormat(&text, "; %d records, %.3f GiB", nr_pages, gib(nr_pages) * kRecordBytes / kPageBytes);
  return text;
}

}  // namespace memmap::simulator
