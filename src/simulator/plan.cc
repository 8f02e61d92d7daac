// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/plan.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_format.h"
#include "simulator/fit.h"
#include "simulator/geometry.h"

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

uint64_t array_bytes(uint64_t nr_pages) { return round_up((nr_pages + 2 * kGuardRecords) * kRecordBytes, kPageBytes); }

}  // namespace

absl::StatusOr<MemoryMap> plan_events(const MemoryMap& map, uint64_t record_bytes, uint32_t nr_nodes) {
  const uint64_t nr_sections = record_bytes / kSectionRecordBytes;
  absl::StatusOr<MemoryMap> ram = fit_ram(map, nr_sections);
  if (!ram.ok()) return ram;
  const uint64_t small = std::clamp<uint64_t>(nr_sections / 16, 1, kSmallDeviceSections);
  const uint64_t used = divide_up(ram->ram_pages(), kSectionPages) + small;
  if (used >= nr_sections) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("records: found room for %d sections, expected more than %d", nr_sections, used));
  }
  const uint64_t big_pages = (nr_sections - used) * kSectionPages;
  const uint64_t start_pfn = round_up(ram->ram.back().end_pfn(), kSectionPages) + kSectionPages;  // behind a hole
  ram->devices = {{"pmem0", start_pfn, big_pages, 0, altmap_of(big_pages)},
                  {"pmem1", start_pfn + big_pages, small * kSectionPages, 0, {0, 0}}};
  absl::StatusOr<MemoryMap> events = over_nodes(*std::move(ram), nr_nodes);
  if (!events.ok()) return events;
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
