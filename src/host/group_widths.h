// SPDX-License-Identifier: GPL-2.0-only OR MIT
// GroupWidths: a WidthController for each locality group of a pool, fed by the workers themselves.
#ifndef MEMMAP_HOST_GROUP_WIDTHS_H
#define MEMMAP_HOST_GROUP_WIDTHS_H

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "host/width_controller.h"
#include "memmap/env.h"

namespace memmap::host {

// Workers of each group.
std::vector<uint32_t> group_sizes(const memmap_topology& table);

class GroupWidths {
 public:
  // Both lent. The table's width is where each group begins, its members are where it ends.
  GroupWidths(memmap_pool* pool, const memmap_topology& table);
  GroupWidths(const GroupWidths&) = delete;
  GroupWidths& operator=(const GroupWidths&) = delete;

  // By a worker that works, now and then, from any thread: one of its group at a time looks whether more of them would
  // help.
  void observe(uint32_t worker, uint64_t now_ns);

 private:
  // A group whose width is not yet its members.
  struct Widening {
    Widening(uint32_t width, uint32_t nr_members) : controller(width, nr_members) {}
    std::mutex mutex;
    WidthController controller;  // guarded by mutex
  };

  memmap_pool* const pool_;
  const memmap_topology& table_;
  std::vector<std::unique_ptr<Widening>> widenings_;  // by group; null where there is nothing to find out
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_GROUP_WIDTHS_H
