// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The requests that the engine gets for what stands on the stage, with their storage: both init paths, which differ in
// nothing else.
#ifndef MEMMAP_SIMULATOR_EVENTS_REQUESTS_H
#define MEMMAP_SIMULATOR_EVENTS_REQUESTS_H

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "memmap/memmap.h"
#include "memmap/memmap.hpp"
#include "simulator/events/zones.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

// May put itself between the engine and a request's hooks.
using WrapRequest = std::function<void(memmap_request&)>;

// Boot: a chain of all zones. Pages are written as freed ones and handed over, block by block, to the zone's buddy.
class BootRequests {
 public:
  BootRequests(const Stage& stage, Zones& zones, const WrapRequest& wrap = {});

  const memmap_request& first() const { return requests_[0]; }

 private:
  std::vector<memmap_request> requests_;
  std::vector<std::unique_ptr<RequestStorage>> storages_;
};

// Hotplug: one device. When a unit is ready its pageblocks become movable.
class DeviceRequest {
 public:
  explicit DeviceRequest(const DeviceSpan& span, const WrapRequest& wrap = {});

  // For a submit. Zeroes the storage, which an earlier use has left as it was.
  const memmap_request& renewed();

 private:
  memmap_request request_;
  std::unique_ptr<RequestStorage> storage_;
};

// Without storage: for those who wrap or measure it.
memmap_request describe_boot(const BootSpan& span, Buddy& buddy);
memmap_request describe_device(const DeviceSpan& span);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_REQUESTS_H
