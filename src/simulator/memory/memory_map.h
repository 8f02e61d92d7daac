// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What physical memory a machine has: RAM by node and zone, what of it is reserved, and devices. Read from what
// people have (inputs/), made up (synthetic_map), cut to size (fit.h); from it come the requests of both init paths.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "memmap/memmap.h"
#include "simulator/kernel/record.h"

namespace memmap::simulator {

struct RamRange {
  uint64_t start_pfn;
  uint64_t nr_pages;
  Place place;

  uint64_t end_pfn() const { return start_pfn + nr_pages; }
};

struct Device {
  std::string name;
  uint64_t start_pfn;
  uint64_t nr_pages;
  uint32_t nid;
  memmap_altmap altmap;  // 0/0: its memmap is in RAM

  uint64_t end_pfn() const { return start_pfn + nr_pages; }
  uint64_t first_free_pfn() const { return start_pfn + altmap.reserve + altmap.free; }  // behind its memmap
};

struct MemoryMap {
  std::string source;                  // for people: where it is from and what was done to it
  std::vector<RamRange> ram;           // ascending, disjoint
  std::vector<memmap_piece> reserved;  // ascending, disjoint, each inside one range of RAM
  std::vector<Device> devices;         // ascending, disjoint, subsections
  std::vector<std::string> notes;      // for people: what of the source was left out or understood in some way
  bool has_nodes = false;              // the source said which memory is on which node; else all is node 0
  bool mirrored = false;               // kernelcore=mirror: ZONE_NORMAL and ZONE_MOVABLE lie among each other

  uint64_t ram_pages() const;
  uint64_t reserved_pages() const;
  uint64_t device_pages() const;
  uint64_t end_pfn() const;            // behind everything, rounded up to a section
  uint32_t nr_nodes() const;           // highest nid + 1
  std::vector<uint32_t> nids() const;  // of RAM and devices, ascending
};

// validate: OK, or which entry is empty, overflows, descends, overlaps, is unaligned or lies outside: what was found,
// what is expected.
absl::Status validate(const MemoryMap& map);

// A part of the map that one boot request describes: a run of RAM of one zone of one node, with its free pieces.
struct ZoneSpan {
  Place place;
  uint64_t start_pfn;
  uint64_t nr_pages;
  std::vector<memmap_piece> pieces;  // RAM that is not reserved
  bool deferred;                     // its zone goes to its node's end: Linux initialises the others early, one by one
  uint64_t early_end;                // pages before it are initialised early, by one thread
};

// zone_spans: all of RAM, ascending. `map` is valid. Early, of a deferred zone: a section's pages and what is missing
// then to the next section that begins in RAM. Linux: defer_init().
std::vector<ZoneSpan> zone_spans(const MemoryMap& map);

// unavailable_pages: what the sections of RAM hold besides free RAM: holes and reserved pages. Linux initialises their
// records early, as reserved; init paths must leave them alone, the buddy reads them. A hole gets zone and node of the
// RAM behind it, what is behind all RAM those of the last; reserved pages have those of their range.
std::vector<RamRange> unavailable_pages(const MemoryMap& map);

// synthetic_map: a PC with this much RAM and one node, and it says so; for machines whose own map is hidden.
MemoryMap synthetic_map(uint64_t ram_bytes);

// The zone of x86-64 that a page of RAM belongs to, and the first pfn behind it.
uint32_t zone_of(uint64_t pfn);
uint64_t zone_end(uint32_t zone);

// add_ram: appends [start_pfn, end_pfn), cut at the borders of zones.
void add_ram(MemoryMap& map, uint64_t start_pfn, uint64_t end_pfn, uint32_t nid = 0);

// describe: one line for people: sizes of RAM, reserved memory, devices and their records.
std::string describe(const MemoryMap& map);

}  // namespace memmap::simulator
