// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Where a scenario's pages are, and how fast anybody could write their records.
#include <algorithm>

#include "simulator/policy/scenario_run.h"

namespace memmap::virtual_time {
namespace {

constexpr uint64_t kBlockPages = 1024;  // a max-order block: no free range is smaller

uint64_t whole_sections(uint64_t nr_pages) { return (nr_pages + kSectionPages - 1) / kSectionPages * kSectionPages; }

// The first section's free pages are not left to the threads; a block at least is.
void take_early(Extent& extent) {
  for (Pages& range : extent.ranges) {
    const uint64_t most = std::min(range.end, extent.span.begin + kSectionPages);
    const uint64_t end = std::min(most, range.end - (&range == &extent.ranges.back() ? kBlockPages : 0));
    if (end <= range.begin) break;
    extent.early += end - range.begin;
    range.begin = end;
  }
  std::erase_if(extent.ranges, [](const Pages& range) { return range.size() == 0; });
  extent.records -= extent.early;
}

// `ranges` free ranges of equal size, each behind its part of what is reserved.
Extent boot_extent(const Event& event, uint32_t node, uint64_t nr_pages, uint64_t at) {
  Extent extent{&event, node, node, {at, at + whole_sections(nr_pages)}, {}, 0};
  for (uint64_t i = 0; i < event.ranges; ++i) {
    const uint64_t begin = nr_pages * i / event.ranges, end = nr_pages * (i + 1) / event.ranges;
    const uint64_t reserved = uint64_t(event.reserved * double(end - begin)) / kBlockPages * kBlockPages;
    if (begin + reserved == end) continue;
    extent.ranges.push_back({at + begin + reserved, at + end});
    extent.records += end - begin - reserved;
  }
  extent.reserved = nr_pages - extent.records;
  if (event.early) take_early(extent);
  return extent;
}

uint64_t ns_of(double value) { return uint64_t(value + 0.5); }

// Nobody reaches memory behind a switch faster than its link.
uint64_t bandwidth_ns(const NodeModel& node, uint64_t records) {
  const double gbs = node.fabric.empty() ? node.write_gbs : std::min(node.write_gbs, node.link_gbs);
  return ns_of(double(records * kRecordBytes) / gbs);
}

bool is_removed(const Scenario& scenario, const Event& added) {
  return std::any_of(scenario.events.begin(), scenario.events.end(), [&](const Event& event) {
    return event.kind == EventKind::remove && (event.target == added.name || event.target == added.group);
  });
}

uint64_t cores_ns(const MachineModel& machine, const Extent& extent, bool is_add) {
  const NodeModel& node = machine.nodes[extent.records_node];
  const double own_ns = is_add ? machine.core.own_device_ns : machine.core.own_boot_ns;
  const double record_ns = std::max(own_ns, node.record_ns) + node.fault_ns;
  return ns_of(double(extent.records) * record_ns / machine.nr_cpus());
}

uint64_t serial_ns(const MachineModel& machine, uint64_t zone_pages) {
  return machine.serial.hotplug_ns + machine.serial.contiguous_ns * (zone_pages / kPageblockPages);
}

}  // namespace

uint64_t early_ns(const MachineModel& machine, const Extent& extent) {
  if (!extent.event->early) return 0;
  const NodeModel& node = machine.nodes[extent.records_node];
  const double times =
      machine.is_near(0, extent.records_node) ? 0 : machine.distance(0, extent.records_node) / 10.0 - 1;
  const auto one_ns = [&](double record_ns) {
    return std::max((std::max(record_ns, node.record_ns) + node.fault_ns) * (1 + machine.core.remote * times),
                    double(kRecordBytes) / node.write_gbs);
  };
  return uint64_t(double(extent.early) * one_ns(machine.core.boot_ns) +
                  double(extent.reserved) * one_ns(machine.core.device_ns));
}

Layout lay_out(const Scenario& scenario) {
  Layout layout;
  const auto place = [&](Extent extent, std::vector<Extent>& among) {
    layout.nr_pages = extent.span.end + kSectionPages;  // a hole between any two
    among.push_back(std::move(extent));
  };
  for (const Event& event : scenario.events) {
    const std::vector<NodeModel>& nodes = scenario.machine.nodes;
    for (uint32_t n = 0; event.kind == EventKind::boot && n < nodes.size(); ++n)
      if (nodes[n].bytes >= kPageBytes * kBlockPages)
        place(boot_extent(event, n, nodes[n].bytes / kPageBytes / kBlockPages * kBlockPages, layout.nr_pages),
              layout.boot);
  }
  for (const Event& event : scenario.events) {
    if (event.kind != EventKind::add) continue;
    const uint64_t nr_pages = event.bytes / kPageBytes, at = layout.nr_pages;
    place(
        {&event, event.node, event.records_node, {at, at + whole_sections(nr_pages)}, {{at, at + nr_pages}}, nr_pages},
        layout.adds);
  }
  return layout;
}

uint64_t alone_ns(const MachineModel& machine, const Extent& extent, bool is_add) {
  const uint64_t write_ns =
      std::max(bandwidth_ns(machine.nodes[extent.records_node], extent.records), cores_ns(machine, extent, is_add));
  return write_ns + (is_add ? serial_ns(machine, extent.span.size()) : 0);
}

namespace {

// What one memory, or the link of one switch, has to take, and since when: its first event's time under the lock over.
struct Load {
  uint64_t records = 0, first_ns = UINT64_MAX;
};

// A memory's own number, or that of the first one behind the same switch.
uint32_t switch_of(const MachineModel& machine, uint32_t node) {
  for (uint32_t n = 0; !machine.nodes[node].fabric.empty() && n < node; ++n)
    if (machine.nodes[n].fabric == machine.nodes[node].fabric) return n;
  return node;
}

}  // namespace

Bound bound_of(const Scenario& scenario) {
  const MachineModel& machine = scenario.machine;
  const Layout layout = lay_out(scenario);
  Bound bound;
  uint64_t first_ns = UINT64_MAX, last_ns = 0;
  std::vector<uint64_t> zone_pages(machine.nodes.size());
  std::vector<Load> memories(machine.nodes.size()), switches(machine.nodes.size());
  uint64_t boots_early_ns = 0;
  for (const Extent& extent : layout.boot) boots_early_ns += early_ns(machine, extent);
  const auto count = [&](const Extent& extent, bool is_add) {
    if (is_removed(scenario, *extent.event)) return;  // how much of it is written is nobody's duty
    const uint64_t at_ns = extent.event->at_ns;
    const uint64_t locked_ns = is_add ? serial_ns(machine, zone_pages[extent.node] += extent.span.size()) : 0;
    const uint64_t before_ns = is_add ? locked_ns : boots_early_ns;
    first_ns = std::min(first_ns, at_ns);
    last_ns = std::max(last_ns, at_ns + alone_ns(machine, extent, is_add) + (is_add ? 0 : boots_early_ns));
    for (Load* load : {&memories[extent.records_node], &switches[switch_of(machine, extent.records_node)]}) {
      load->records += extent.records;
      load->first_ns = std::min(load->first_ns, at_ns + before_ns);
    }
    bound.cores_ns += cores_ns(machine, extent, is_add);
    bound.serial_ns += locked_ns;
  };
  for (const Extent& extent : layout.boot) count(extent, false);
  bound.serial_ns = boots_early_ns;
  for (const Extent& extent : layout.adds) count(extent, true);
  if (last_ns == 0) return bound;
  bound.total_ns = std::max({bound.cores_ns, bound.serial_ns, last_ns - first_ns});
  for (const std::vector<Load>* loads : {&memories, &switches}) {
    for (uint32_t n = 0; n < machine.nodes.size(); ++n) {
      const Load& load = (*loads)[n];
      if (load.records == 0) continue;
      const uint64_t ns = bandwidth_ns(machine.nodes[n], load.records);
      if (ns > bound.bandwidth_ns) bound.bandwidth_ns = ns, bound.node = n;
      bound.total_ns = std::max(bound.total_ns, load.first_ns - first_ns + ns);
    }
  }
  return bound;
}

}  // namespace memmap::virtual_time
