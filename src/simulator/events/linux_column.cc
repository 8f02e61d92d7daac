// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/linux_column.h"

#include <algorithm>
#include <thread>

#include "simulator/events/arrivals.h"
#include "simulator/kernel/deferred_init.h"
#include "simulator/kernel/kernel_loop.h"

namespace memmap::simulator {
namespace {

DeferredZone zone_of_span(const BootSpan& span, std::span<const memmap_piece> pieces, Buddy& buddy,
                          const Machine& machine) {
  return {span.memmap, span.zone.place, pieces, &buddy, machine.nr_cpus(span.zone.place.nid)};
}

// RAM of a node may be in several spans: its last one counts.
std::vector<NodeTime> times_of(const std::vector<DeferredZone>& zones, const std::vector<uint64_t>& took_ns) {
  std::vector<NodeTime> times;
  for (size_t n = 0; n < zones.size(); ++n) {
    const auto same = [nid = zones[n].place.nid](const NodeTime& time) { return time.nid == nid; };
    const auto found = std::find_if(times.begin(), times.end(), same);
    if (found == times.end()) {
      times.push_back({zones[n].place.nid, took_ns[n]});
    } else {
      found->ns = std::max(found->ns, took_ns[n]);
    }
  }
  return times;
}

}  // namespace

std::vector<NodeTime> linux_boot(const Stage& stage, Zones& zones, const Machine& machine, Padata& padata) {
  std::vector<std::vector<memmap_piece>> late_pieces;
  std::vector<DeferredZone> late;
  late_pieces.reserve(zones.size());
  for (size_t n = 0; n < zones.size(); ++n) {
    const BootSpan& span = stage.boot()[n];
    const uint64_t end = span.zone.start_pfn + span.zone.nr_pages;
    deferred_init_chunk(zone_of_span(span, span.zone.pieces, zones.of(n), machine), span.zone.start_pfn,
                        span.early_end);
    late_pieces.push_back(pieces_in(span.zone.pieces, span.early_end, end));
    if (!late_pieces.back().empty()) late.push_back(zone_of_span(span, late_pieces.back(), zones.of(n), machine));
  }
  return times_of(late, deferred_init_all(late, padata));
}

void linux_bind(const DeviceSpan& span) {
  const Device& device = span.device;
  init_altmap(span.memmap, device.start_pfn, device.altmap, device.nid);
  const memmap_piece data = span.data();
  init_zone_device(span.memmap, *span.pageblocks, data.pfn, data.nr_pages, device.nid, span.pgmap);
}

Column linux_column(const Stage& stage, const Machine& machine, uint64_t seed) {
  Column column;
  column.name = "Linux way";
  Zones zones(stage, FreedBy::freer);
  const uint32_t nr_cpus = uint32_t(machine.cpus.size());
  {
    Padata padata(nr_cpus > 1 ? nr_cpus - 1 : 1);
    const uint64_t began = now_ns();
    column.node_times = linux_boot(stage, zones, machine, padata);
    column.boot_ns = now_ns() - began;
  }
  column.violations.add(zones.check());

  const uint64_t began = now_ns();
  std::thread binder([&] {
    linux_bind(stage.big());
    column.goes_on_ns = column.big_ns = now_ns() - began;
  });
  std::this_thread::sleep_for(kSmallAfter);
  const uint64_t small_began = now_ns();
  linux_bind(stage.small());
  column.small_ns = now_ns() - small_began;
  binder.join();
  column.fault_ns = waits_until(column.big_ns, seed);
  return column;
}

}  // namespace memmap::simulator
