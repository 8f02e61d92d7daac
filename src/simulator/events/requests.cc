// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/requests.h"

#include <cstring>

namespace memmap::simulator {
namespace {

int free_to_buddy(void* buddy, uint64_t pfn, uint64_t nr_pages) {
  static_cast<Buddy*>(buddy)->free_range(pfn, nr_pages);
  return 0;
}

int make_movable(void* pageblocks, uint64_t pfn, uint64_t nr_pages) {
  static_cast<Pageblocks*>(pageblocks)->set_range(pfn, nr_pages, Migratetype::movable);
  return 0;
}

}  // namespace

memmap_request describe_boot(const BootSpan& span, Buddy& buddy) {
  const ZoneSpan& zone = span.zone;
  memmap_request request{};
  request.start_pfn = zone.start_pfn;
  request.nr_pages = zone.nr_pages;
  request.nid = request.records_nid = zone.place.nid;
  request.zone = zone.place.zone;
  request.kind = MEMMAP_BOOT_FREED;
  request.pieces = zone.pieces.data();
  request.nr_pieces = zone.pieces.size();
  request.records = span.memmap.first;
  request.narrow_stores = true;  // what Linux could do as well
  request.hooks.ready = free_to_buddy;
  request.hooks.context = &buddy;
  return request;
}

memmap_request describe_device(const DeviceSpan& span) {
  const Device& device = span.device;
  memmap_request request{};
  request.start_pfn = device.start_pfn;
  request.nr_pages = device.nr_pages;
  request.nid = request.records_nid = device.nid;
  request.zone = kZoneDevice;
  request.kind = MEMMAP_DEVICE;
  request.altmap = device.altmap;
  request.pgmap = span.pgmap;
  request.records = span.memmap.first;
  request.narrow_stores = true;
  request.hooks.ready = make_movable;
  request.hooks.context = span.pageblocks.get();
  return request;
}

BootRequests::BootRequests(const Stage& stage, Zones& zones, const WrapRequest& wrap) {
  for (size_t n = 0; n < zones.size(); ++n) {
    if (stage.boot()[n].zone.pieces.empty()) continue;
    requests_.push_back(describe_boot(stage.boot()[n], zones.of(n)));
    if (wrap) wrap(requests_.back());
  }
  for (size_t n = 0; n < requests_.size(); ++n) {
    if (n + 1 < requests_.size()) requests_[n].next = &requests_[n + 1];
    storages_.push_back(std::make_unique<RequestStorage>(requests_[n]));
  }
}

DeviceRequest::DeviceRequest(const DeviceSpan& span, const WrapRequest& wrap) : request_(describe_device(span)) {
  if (wrap) wrap(request_);
  storage_ = std::make_unique<RequestStorage>(request_);
}

const memmap_request& DeviceRequest::renewed() {
  std::memset(request_.storage, 0, request_.storage_bytes);
  return request_;
}

}  // namespace memmap::simulator
