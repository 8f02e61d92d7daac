// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Linux's binds: memmap_init_zone_device() in the caller, and the asynchronous series of 2018.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "simulator/policy/linux_run.h"

namespace memmap::virtual_time {

// Since 4.20 a device is probed on its region's node.
uint32_t LinuxRun::binder_node(const Event& event) const {
  const bool on_region =
      policy_ != Policy::serial && policy_ != Policy::thread_per_node && policy_ != Policy::series_2018;
  return on_region ? scenario_.machine.nearest_with_cpus(event.records_node) : event.caller_node;
}

void LinuxRun::add(size_t add) {
  if (policy_ == Policy::series_2018)
    add_by_series(add);
  else
    add_synchronously(add);
}

void LinuxRun::add_synchronously(size_t add) {
  const Extent& extent = layout_.adds[add];
  const CoreModel& core = scenario_.machine.core;
  const double record_ns = policy_ == Policy::template_2026 ? core.template_ns : core.device_ns;
  const bool locked = policy_ == Policy::serial || policy_ == Policy::thread_per_node;
  const auto write_all = [&] { write_pages(extent, extent.span, record_ns); };
  hold_hotplug_lock(extent, true, locked ? std::function<void()>(write_all) : nullptr);
  if (!locked) write_all();
  note_usable(add);
  note_caller_on(add);
  note_flushed(add);
}

LinuxRun::SeriesThread::SeriesThread(VirtualMachine& machine, Pages its_pages)
    : pages(its_pages), populated(machine), pending(kSeriesSubRanges, true) {
  for (uint32_t i = 0; i < kSeriesSubRanges; ++i) locks.emplace_back(machine);
}

Pages LinuxRun::SeriesThread::sub_range(uint32_t index) const {
  return {pages.begin + pages.size() * index / kSeriesSubRanges,
          pages.begin + pages.size() * (index + 1) / kSeriesSubRanges};
}

void LinuxRun::add_by_series(size_t add) {
  const Extent& extent = layout_.adds[add];
  hold_hotplug_lock(extent, false, nullptr);
  const Pages all = extent.ranges[0];
  for (uint64_t t = 0; t < kSeriesThreads; ++t)
    series_[add].emplace_back(machine_, Pages{all.begin + all.size() * t / kSeriesThreads,
                                              all.begin + all.size() * (t + 1) / kSeriesThreads});
  series_left_[add] = kSeriesThreads;
  scheduled_.push_back(add);
  // No node is asked for: an unbound work queue runs them on the node of who scheduled them.
  const uint32_t node = extent.event->caller_node;
  for (uint32_t t = 0; t < kSeriesThreads; ++t)
    machine_.spawn(absl::StrCat("memmap", add, ".", t), next_cpu(node), [this, add, t] { run_series_thread(add, t); });
  note_caller_on(add);
  wait_for_cookie(add);
  note_flushed(add);
}

void LinuxRun::run_series_thread(size_t add, uint32_t thread) {
  const Extent& extent = layout_.adds[add];
  SeriesThread& own = series_[add][thread];
  machine_.world().sleep(scenario_.machine.serial.wakee_ns);
  machine_.compute(populate_ns(extent) / kSeriesThreads);
  own.populated.open();
  for (uint32_t i = 0; i < kSeriesSubRanges; ++i) do_sub_range(extent, own, i);
  if (--series_left_[add] != 0) return;
  note_usable(add);
  series_done_[add].open();
}

void LinuxRun::do_sub_range(const Extent& extent, SeriesThread& thread, uint32_t index) {
  thread.locks[index].lock();
  if (thread.pending[index]) {
    thread.pending[index] = false;
    write_pages(extent, thread.sub_range(index), scenario_.machine.core.device_ns);
  }
  thread.locks[index].unlock();
}

// async_synchronize_cookie(): its own work, and all that was scheduled before.
void LinuxRun::wait_for_cookie(size_t add) {
  for (size_t i = 0; i < scheduled_.size(); ++i) {  // others may be scheduled meanwhile
    const size_t earlier = scheduled_[i];
    series_done_[earlier].wait();
    if (earlier == add) return;
  }
}

bool LinuxRun::fault_in(const Extent& extent, uint64_t pfn) {
  if (extent.event->kind == EventKind::boot) return boot_on_.wait(), node_done_[extent.node].wait(), true;
  const size_t add = size_t(&extent - layout_.adds.data());
  bound_[add].wait();
  if (policy_ != Policy::series_2018) return true;  // bound is usable
  for (SeriesThread& thread : series_[add]) {
    if (pfn >= thread.pages.end) continue;
    thread.populated.wait();
    uint32_t index = uint32_t((pfn - thread.pages.begin) * kSeriesSubRanges / thread.pages.size());
    while (index + 1 < kSeriesSubRanges && pfn >= thread.sub_range(index).end) ++index;
    do_sub_range(extent, thread, index);
    break;
  }
  return true;
}

// Nobody can stop an initialisation: who removes waits for its end, in the series also for older devices.
void LinuxRun::remove(size_t add) {
  bound_[add].wait();
  if (policy_ == Policy::series_2018)
    wait_for_cookie(add);
  else
    usable_[add].wait();
}

}  // namespace memmap::virtual_time
