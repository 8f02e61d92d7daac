// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Linux's ways, as models in virtual time. What each does, and which of Linux's functions say so:
//
//   boot   serial           memmap_init(): one thread, all nodes in turn
//          thread per node  deferred_init_memmap() 4.2: pgdatinitN on its node, page_alloc_init_late() waits for all
//          padata           the same thread with padata_do_multithreaded() for each free range in turn, chunks of
//                           max(range / (4 * threads), a section); threads: CPUs of the node, or 1
//          padata, zone     6.18: one job for the zone's span; holes in it count as work
//   bind   locked           until 4.20 memmap_init_zone() ran inside of mem_hotplug_begin()
//          unlocked         4.20: after mem_hotplug_done(), on the device's node (async_schedule_node())
//          series           8 asynchronous threads of 128 sub-ranges each; a fault does its own sub-range; who waits
//                           for a device waits for all that was scheduled before (a cookie of one global domain)
//
// The early part of boot, before threads exist, is the same for all (ScenarioRun::boot_early()).
#ifndef MEMMAP_SIMULATOR_POLICY_LINUX_RUN_H
#define MEMMAP_SIMULATOR_POLICY_LINUX_RUN_H

#include <deque>
#include <vector>

#include "simulator/policy/scenario_run.h"

namespace memmap::virtual_time {

class LinuxRun : public ScenarioRun {
 public:
  LinuxRun(const Scenario& scenario, Policy policy);

 protected:
  void boot(const Event& event) override;
  void add(size_t add) override;
  uint32_t binder_node(const Event& event) const override;
  bool fault_in(const Extent& extent, uint64_t pfn) override;
  void allocate(uint32_t node, uint64_t nr_pages) override;
  void remove(size_t add) override;

 private:
  static constexpr uint32_t kSeriesThreads = 8;      // NR_MEMMAP_THREADS
  static constexpr uint32_t kSeriesSubRanges = 128;  // NR_MEMMAP_RANGE

  // padata_do_multithreaded()'s job: a cursor that threads move.
  struct PadataJob {
    const Extent* extent;
    uint64_t next, end, chunk;
    uint32_t working;
    Gate* done;
  };
  // A thread of the series: its part of a device.
  struct SeriesThread {
    Pages pages;
    Gate populated;
    std::deque<QueuedLock> locks;  // a sub-range each
    std::vector<bool> pending;
    SeriesThread(VirtualMachine& machine, Pages its_pages);
    Pages sub_range(uint32_t index) const;
  };

  void write_pages(const Extent& extent, Pages pages, double record_ns);
  void init_node(const Extent& extent);
  void init_by_padata(const Extent& extent, Pages job_pages);
  void work_on(PadataJob& job);
  void add_synchronously(size_t add);
  void add_by_series(size_t add);
  void run_series_thread(size_t add, uint32_t thread);
  void do_sub_range(const Extent& extent, SeriesThread& thread, uint32_t index);
  void wait_for_cookie(size_t add);

  uint32_t nodes_left_ = 0;
  std::deque<Gate> node_done_;  // by node
  Gate all_nodes_done_;
  uint32_t padata_works_left_;                    // of a pool of as many as CPUs, which all jobs share
  std::vector<std::deque<SeriesThread>> series_;  // by add
  std::vector<uint32_t> series_left_;             // threads that have not ended, by add
  std::vector<size_t> scheduled_;                 // adds in the order of their cookies
  std::deque<Gate> series_done_;                  // by add
};

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_POLICY_LINUX_RUN_H
