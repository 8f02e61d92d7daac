// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The engine's tables of a planned machine.
#ifndef MEMMAP_SIMULATOR_SWARM_MACHINE_TABLES_H
#define MEMMAP_SIMULATOR_SWARM_MACHINE_TABLES_H

#include <cstdlib>
#include <vector>

#include "memmap/env.h"
#include "simulator/swarm/case.h"

namespace memmap::swarm {

class MachineTables {
 public:
  explicit MachineTables(const MachinePlan& machine) {
    const uint32_t n = uint32_t(machine.groups.size());
    for (uint32_t g = 0; g < n; ++g) {
      group_of_worker_.insert(group_of_worker_.end(), machine.groups[g].nr_workers, uint16_t(g));
      width_.push_back(uint16_t(machine.groups[g].width != 0 ? machine.groups[g].width : 64));
      for (uint32_t h = 0; h < n; ++h)
        steal_rank_.push_back(uint16_t(g == h ? 0 : 1 + 2 * far(machine.groups[g].nid, machine.groups[h].nid)));
    }
    for (uint32_t nid = 0; nid < machine.nr_nids; ++nid) {
      home_begin_.push_back(uint16_t(home_.size()));
      const uint32_t from = home_of(machine, nid);
      for (uint32_t g = 0; g < n; ++g)
        if (machine.groups[g].nid == from) home_.push_back(uint16_t(g));
    }
    home_begin_.push_back(uint16_t(home_.size()));
    view_ = {uint32_t(group_of_worker_.size()),
             n,
             machine.nr_nids,
             group_of_worker_.data(),
             steal_rank_.data(),
             home_begin_.data(),
             home_.data(),
             machine.without_widths ? nullptr : width_.data()};
  }
  MachineTables(const MachineTables&) = delete;
  MachineTables& operator=(const MachineTables&) = delete;

  const memmap_topology* view() const { return &view_; }
  bool is_node(uint32_t nid) const { return nid < view_.nr_nids && home_begin_[nid] < home_begin_[nid + 1]; }
  uint32_t group_of(uint32_t worker) const { return group_of_worker_[worker]; }

 private:
  static uint32_t far(uint32_t from, uint32_t to) { return from > to ? from - to : to - from; }
  // The node whose CPUs work on this one's memory: its own, or, where it has none, the nearest; kNone: it is no node.
  static uint32_t home_of(const MachinePlan& machine, uint32_t nid) {
    uint32_t nearest = kNone;
    for (const GroupPlan& group : machine.groups)
      if (nearest == kNone || far(group.nid, nid) < far(nearest, nid)) nearest = group.nid;
    if (nearest == nid) return nid;
    for (const uint32_t bare : machine.bare)
      if (bare == nid) return nearest;
    return kNone;
  }

  std::vector<uint16_t> group_of_worker_, steal_rank_, home_begin_, home_, width_;
  memmap_topology view_{};
};

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_MACHINE_TABLES_H
