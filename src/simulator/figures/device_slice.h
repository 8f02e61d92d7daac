// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A part of pmem0's records as a device of its own: big enough that no cache holds it, small enough to be filled often.
#ifndef MEMMAP_SIMULATOR_FIGURES_DEVICE_SLICE_H
#define MEMMAP_SIMULATOR_FIGURES_DEVICE_SLICE_H

#include <algorithm>
#include <cstdint>

#include "simulator/events/requests.h"
#include "simulator/kernel/geometry.h"
#include "simulator/report/column.h"
#include "simulator/stage/engine.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

constexpr uint64_t kSlicePages = uint64_t{256} * kSectionPages;  // 512 MiB of records

inline DeviceSpan slice_of(const DeviceSpan& whole, uint64_t nr_pages) {
  nr_pages = std::min(nr_pages, whole.device.nr_pages);
  Device device = whole.device;
  device.nr_pages = nr_pages;
  device.altmap = {0, 0};
  return {device,
          {whole.memmap.first, whole.memmap.start_pfn, nr_pages},
          whole.pgmap,
          std::make_unique<Pageblocks>(device.start_pfn, nr_pages)};
}

// Binds a device, waits for it, closes its domain: nanoseconds for the first two. Counts calls that fail.
inline double bind_ns(Engine& engine, DeviceRequest& device, Violations& violations) {
  const memmap_request& request = device.renewed();
  Domain domain(engine.pool(), "device");
  const uint64_t began = now_ns();
  int status = domain.submit(request);
  if (status == MEMMAP_OK) status = domain.flush();
  const uint64_t took = now_ns() - began;
  if (status == MEMMAP_OK) status = domain.close();
  violations.found(&Violations::calls, status != MEMMAP_OK,
                   "bind of a device: " + std::string(memmap_status_text(status)));
  return double(took);
}

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_FIGURES_DEVICE_SLICE_H
