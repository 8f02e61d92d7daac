// SPDX-License-Identifier: GPL-2.0-only OR MIT
// GroupWidths: a WidthController for each locality group of a pool, fed by the workers themselves.
//
//     widths.begin(worker, now);                          // awake from now on
//     while (memmap_worker_step(pool, worker))
//       if (widths.worked(worker, clock())) rest();       // more are awake than the width says
//
// Who is beyond a width that has become narrower rests between two grains, though there is work: beyond_width.h.
#ifndef MEMMAP_HOST_GROUP_WIDTHS_H
#define MEMMAP_HOST_GROUP_WIDTHS_H

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/atomic.h"
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

  static constexpr uint64_t kLookNs = 1'000'000;  // between two looks of a worker at its group

  // By the worker: awake from now on, after a rest or at its start.
  void begin(uint32_t worker, uint64_t now_ns) { tallies_[worker].since_ns = now_ns; }
  // By the worker, for steps that found work. Now and then one of a group looks whether another width would be
  // better. True: there are more awake than that; this one should rest.
  bool worked(uint32_t worker, uint64_t now_ns, uint32_t steps = 1);
  // By the worker: true: it is announced as sleeping, as by memmap_worker_rest(), and `seen` is the value of its event
  // to park on. False: it goes on; there is news, or others were quicker.
  bool rest(uint32_t worker, uint32_t* seen);
  // memmap_worker_leave(), beside which nobody rests.
  void leave(uint32_t worker);

 private:
  // Written by its worker alone; others read the sums.
  struct alignas(64) Tally {
    Atomic<uint64_t> grains, awake_ns;
    uint64_t since_ns = 0, looked_ns = 0;
  };
  // A group whose width is to be found out.
  struct Search {
    Search(uint32_t width, uint32_t nr_members) : controller(width, nr_members) {}
    std::mutex mutex;
    WidthController controller;  // guarded by mutex
    std::vector<uint32_t> members;
  };

  Search* search_of(uint32_t worker) const { return searches_[table_.group_of_worker[worker]].get(); }

  memmap_pool* const pool_;
  const memmap_topology& table_;
  std::vector<std::unique_ptr<Search>> searches_;  // by group; null where there is nothing to find out
  std::unique_ptr<Tally[]> tallies_;               // by worker
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_GROUP_WIDTHS_H
