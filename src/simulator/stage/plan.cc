// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/plan.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_format.h"
#include "simulator/kernel/geometry.h"
#include "simulator/memory/fit.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kSmallDeviceSections = 32;  // 4 GiB
constexpr uint64_t kLabelPages = 1024;         // what pmem0 keeps for itself, never written by anybody

// RAM in half of what fit() is given; the devices that it adds are replaced.
absl::StatusOr<MemoryMap> fit_ram(const MemoryMap& map, uint64_t nr_sections) {
  absl::StatusOr<MemoryMap> result = absl::UnknownError("not tried");
  for (const uint64_t share : std::initializer_list<uint64_t>{6, 4, 3, 2}) {
    result = fit(map, {.record_bytes = 2 * (nr_sections / share) * kSectionRecordBytes});
    if (result.ok()) return result;
  }
  return result;
}

memmap_altmap altmap_of(uint64_t nr_pages) {
  const uint64_t memmap_pages = divide_up(nr_pages * kRecordBytes, kPageBytes);
  return {kLabelPages, round_up(kLabelPages + memmap_pages, kSubsectionPages) - kLabelPages};
}

// The two largest devices of the map; fewer where it has no more.
std::vector<const Device*> largest_devices(const MemoryMap& map) {
  std::vector<const Device*> devices;
  for (const Device& device : map.devices) devices.push_back(&device);
  std::sort(devices.begin(), devices.end(), [](const Device* a, const Device* b) {
    return a->nr_pages != b->nr_pages ? a->nr_pages > b->nr_pages : a->start_pfn < b->start_pfn;
  });
  devices.resize(std::min<size_t>(devices.size(), 2));
  return devices;
}

// The run has room for two devices, of its own sizes: they stand for the largest ones of the map.
void note_devices(const MemoryMap& map, MemoryMap& events) {
  if (map.devices.empty()) return;
  const std::vector<const Device*> largest = largest_devices(map);
  std::string note;
  for (size_t n = 0; n < largest.size(); ++n) {
    absl::StrAppendFormat(&note, "%spmem%d stands for the %.2f GiB at 0x%x on node %d", n == 0 ? "" : ", ", n,
                          double(largest[n]->nr_pages * kPageBytes) / double(uint64_t{1} << 30),
                          largest[n]->start_pfn * kPageBytes, largest[n]->nid);
  }
  if (map.devices.size() > largest.size()) {
    absl::StrAppendFormat(&note, "; devices left out: %d", map.devices.size() - largest.size());
  }
  events.notes.push_back(note);
}

// RAM where it is, the devices as the map has them; nodes become numbers in `map.nids()`.
void keep_nodes(const MemoryMap& map, MemoryMap& events) {
  const std::vector<uint32_t> nids = map.nids();
  const auto index = [&nids](uint32_t nid) {
    return uint32_t(std::lower_bound(nids.begin(), nids.end(), nid) - nids.begin());
  };
  for (RamRange& range : events.ram) range.place.nid = index(range.place.nid);
  events.devices[1].nid = events.nr_nodes() - 1;
  const std::vector<const Device*> largest = largest_devices(map);
  for (size_t n = 0; n < largest.size(); ++n) events.devices[n].nid = index(largest[n]->nid);
}

// What the arrays of the stage hold: holes inside a zone have records too.
uint64_t pages_with_holes(const MemoryMap& map) {
  uint64_t sum = 0;
  for (const ZoneSpan& span : zone_spans(map)) sum += span.nr_pages;
  return sum;
}

uint64_t array_bytes(uint64_t nr_pages) { return round_up((nr_pages + 2 * kGuardRecords) * kRecordBytes, kPageBytes); }

}  // namespace

absl::StatusOr<MemoryMap> plan_events(const MemoryMap& map, uint64_t record_bytes, uint32_t nr_nodes) {
  const uint64_t nr_sections = record_bytes / kSectionRecordBytes;
  absl::StatusOr<MemoryMap> ram = fit_ram(map, nr_sections);
  if (!ram.ok()) return ram;
  const uint64_t small = std::clamp<uint64_t>(nr_sections / 16, 1, kSmallDeviceSections);
  const uint64_t used = divide_up(pages_with_holes(*ram), kSectionPages) + small;
  if (used >= nr_sections) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("records: found room for %d sections, expected more than %d", nr_sections, used));
  }
  const uint64_t big_pages = (nr_sections - used) * kSectionPages;
  const uint64_t start_pfn = round_up(ram->ram.back().end_pfn(), kSectionPages) + kSectionPages;  // behind a hole
  ram->devices = {{"pmem0", start_pfn, big_pages, 0, altmap_of(big_pages)},
                  {"pmem1", start_pfn + big_pages, small * kSectionPages, 0, {0, 0}}};
  absl::StatusOr<MemoryMap> events = nr_nodes == 0 ? ram : over_nodes(*ram, nr_nodes);
  if (!events.ok()) return events;
  if (nr_nodes == 0) keep_nodes(map, *events);
  note_devices(map, *events);
  if (absl::Status status = validate(*events); !status.ok()) return status;
  return events;
}

std::vector<uint64_t> bytes_of_nodes(const MemoryMap& map, uint32_t nr_nodes) {
  std::vector<uint64_t> bytes(nr_nodes);
  for (const ZoneSpan& span : zone_spans(map)) bytes[span.place.nid] += array_bytes(span.nr_pages);
  for (const Device& device : map.devices) bytes[device.nid] += array_bytes(device.nr_pages);
  return bytes;
}

}  // namespace memmap::simulator
