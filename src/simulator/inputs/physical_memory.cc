// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/physical_memory.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "simulator/inputs/map_parts.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr size_t kNotesMax = 12;

// Behind 2^52 bytes no RAM can be addressed: e820__end_of_ram_pfn().
std::vector<Bytes> ram_in(const E820Table& table, std::vector<std::string>& notes) {
  std::vector<Bytes> ram;
  for (const E820Entry& entry : table) {
    if (entry.type != kE820Ram) continue;
    const Bytes reachable{entry.bytes.begin, std::min(entry.bytes.end, kAddressEnd)};
    if (reachable.end < entry.bytes.end) {
      notes.push_back(absl::StrCat(entry.where, ": RAM behind 2^52 bytes is left out"));
    }
    if (!reachable.empty()) ram.push_back(reachable);
  }
  return ram;
}

// As firmware means it: all memory that is there at boot.
E820Table table_of_windows(const std::vector<Affinity>& affinities) {
  E820Table table;
  for (const Affinity& affinity : affinities) {
    if (!affinity.hotplug && !affinity.non_volatile) {
      table.push_back({affinity.bytes, kE820Ram, affinity.where});
    }
  }
  return table;
}

void note_hotplug(const std::vector<Affinity>& affinities, std::vector<std::string>& notes) {
  std::set<uint32_t> nodes;
  for (const Affinity& affinity : affinities) {
    if (affinity.hotplug) nodes.insert(affinity.nid);
  }
  if (nodes.empty()) return;
  notes.push_back(absl::StrCat("windows for hotplug, without memory at boot: on node ", absl::StrJoin(nodes, ", ")));
}

// Whole pages only.
void add_ram_bytes(MemoryMap& map, Bytes bytes, uint32_t nid) {
  add_ram(map, divide_up(bytes.begin, kPageBytes), bytes.end / kPageBytes, nid);
}

// The kernel prints ranges that ascend and do not overlap; in an excerpt they may be out of order, or there twice.
absl::Status add_node_ranges(const PhysicalMemory& memory, MemoryMap& map) {
  std::vector<const Affinity*> ranges;
  for (const Affinity& range : memory.node_ranges) ranges.push_back(&range);
  std::sort(ranges.begin(), ranges.end(),
            [](const auto* a, const auto* b) { return std::pair(a->bytes.begin, a) < std::pair(b->bytes.begin, b); });
  const Affinity* before = nullptr;
  for (const Affinity* range : ranges) {
    const std::string found = absl::StrCat("node ", range->nid, " ", text_of(range->bytes));
    if (range->bytes.empty()) return wrong(range->where, "a range of no bytes", "at least a page");
    if (range->nid >= kNodesMax) return wrong(range->where, found, absl::StrCat("a node of at most ", kNodesMax - 1));
    if (range->bytes.end > kAddressEnd) return wrong(range->where, found, "an end of at most 2^52 bytes");
    if (before != nullptr && before->bytes.end > range->bytes.begin) {
      const bool twice = before->nid == range->nid && before->bytes.begin == range->bytes.begin &&
                         before->bytes.end == range->bytes.end;
      if (twice) continue;
      return wrong(range->where, absl::StrCat(found, " (overlapping)"),
                   absl::StrCat("nothing of ", before->where, ": node ", before->nid, " ", text_of(before->bytes)));
    }
    add_ram_bytes(map, range->bytes, range->nid);
    before = range;
  }
  map.has_nodes = true;
  return absl::OkStatus();
}

void add_table_ram(const std::vector<Bytes>& ram, const NodesOfMemory& nodes, MemoryMap& map) {
  map.has_nodes = !nodes.blocks.empty();
  for (const Bytes range : ram) {
    if (nodes.blocks.empty()) add_ram_bytes(map, range, 0);
    for (const NodeBytes& part : split_by_node(range, nodes.blocks)) add_ram_bytes(map, part.bytes, part.nid);
  }
}

// The part of `bytes` up to where another window begins or its own ends; without a window it is on node 0.
NodeBytes first_part(Bytes bytes, const std::vector<NodeBytes>& windows) {
  NodeBytes part{0, bytes};
  for (const NodeBytes& window : windows) {
    if (window.bytes.begin <= bytes.begin && bytes.begin < window.bytes.end) {
      return {window.nid, {bytes.begin, std::min(bytes.end, window.bytes.end)}};
    }
    if (window.bytes.begin > bytes.begin) part.bytes.end = std::min(part.bytes.end, window.bytes.begin);
  }
  return part;
}

// A persistent range is one device, on the node where it begins (e820_register_one() of drivers/nvdimm); a soft
// reserved one is a device on each of its nodes (hmat_register_target_devices()).
void add_devices(const E820Table& table, const std::vector<NodeBytes>& windows, MemoryMap& map) {
  for (const E820Entry& entry : table) {
    if (!is_device_type(entry.type)) continue;
    if (entry.type != kE820SoftReserved) {
      add_device(map, "pmem", entry.bytes, first_part(entry.bytes, windows).nid);
      continue;
    }
    for (Bytes rest = entry.bytes; !rest.empty();) {
      const NodeBytes part = first_part(rest, windows);
      add_device(map, "dax", part.bytes, part.nid);
      rest.begin = part.bytes.end;
    }
  }
}

// Windows that firmware calls non-volatile are devices; tables of firmware before ACPI 6 do not have them.
void add_non_volatile(const std::vector<Affinity>& affinities, E820Table& table) {
  for (const Affinity& affinity : affinities) {
    const auto touched = [&affinity](const E820Entry& entry) { return entry.bytes.touches(affinity.bytes); };
    if (!affinity.non_volatile || std::any_of(table.begin(), table.end(), touched)) continue;
    table.push_back({affinity.bytes, kE820Persistent, affinity.where});
  }
}

void add_reserved_bytes(std::vector<Bytes> reserved, MemoryMap& map) {
  std::sort(reserved.begin(), reserved.end(), [](Bytes a, Bytes b) { return a.begin < b.begin; });
  for (const Bytes bytes : reserved) {
    add_reserved(map, 0, bytes.begin / kPageBytes, bytes.end / kPageBytes + (bytes.end % kPageBytes != 0));
  }
}

// A device that has a page of RAM: only where the log's parts are of different machines.
absl::Status check_devices_apart(const MemoryMap& map, const E820Table& table) {
  for (const E820Entry& entry : table) {
    for (const RamRange& ram : map.ram) {
      const Bytes bytes{ram.start_pfn * kPageBytes, ram.end_pfn() * kPageBytes};
      if (is_device_type(entry.type) && entry.bytes.touches(bytes)) {
        return wrong(entry.where, absl::StrCat("a device at ", text_of(entry.bytes)),
                     absl::StrCat("nothing of the RAM at ", text_of(bytes), " on node ", ram.place.nid));
      }
    }
  }
  return absl::OkStatus();
}

void shorten(std::vector<std::string>& notes) {
  if (notes.size() <= kNotesMax) return;
  const size_t more = notes.size() - kNotesMax;
  notes.resize(kNotesMax);
  notes.push_back(absl::StrCat("and ", more, " notes more"));
}

}  // namespace

absl::StatusOr<MemoryMap> map_of(const PhysicalMemory& memory) {
  MemoryMap map;
  map.source = memory.source;
  E820Table table = memory.table;
  const bool has_ram =
      std::any_of(table.begin(), table.end(), [](const auto& entry) { return entry.type == kE820Ram; });
  if (!has_ram && memory.node_ranges.empty()) {
    const E820Table windows = table_of_windows(memory.affinities);
    if (!windows.empty()) map.notes.push_back("no RAM but the windows of its SRAT: they are taken as RAM");
    table.insert(table.end(), windows.begin(), windows.end());
  }
  trim_bios_range(table);
  add_non_volatile(memory.affinities, table);
  table = sanitized(table);
  const std::vector<Bytes> ram = ram_in(table, map.notes);
  NodesOfMemory nodes = nodes_of_memory(memory.affinities, ram);
  if (memory.node_ranges.empty()) {
    map.notes.insert(map.notes.end(), nodes.notes.begin(), nodes.notes.end());
    add_table_ram(ram, nodes, map);
  } else if (absl::Status status = add_node_ranges(memory, map); !status.ok()) {
    return status;
  }
  if (map.ram.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(memory.source, ": found no RAM (", table.size(),
                                                   " other ranges), expected at least a page of it"));
  }
  map.mirrored = memory.mirrored_kernelcore;
  make_movable(memory.movable, map.mirrored ? memory.mirrors : std::vector<Bytes>(), map);
  std::vector<NodeBytes> windows = nodes.blocks;
  windows.insert(windows.end(), nodes.devices.begin(), nodes.devices.end());
  add_devices(table, windows, map);
  add_reserved_bytes(memory.reserved, map);
  note_hotplug(memory.affinities, map.notes);
  shorten(map.notes);
  if (absl::Status status = check_devices_apart(map, table); !status.ok()) return status;
  if (absl::Status status = validate(map); !status.ok()) return status;
  return map;
}

}  // namespace memmap::simulator
