// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The job that most figures are about: fill the records of a device, by us or by a rival.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_DEVICE_JOBS_H
#define MEMMAP_INTEGRATION_BENCHMARK_DEVICE_JOBS_H

#include <time.h>
#include <chrono>
#include <thread>

#include "rivals.h"
#include "rounds.h"
#include "simulator/figures/device_slice.h"
#include "simulator/figures/stores.h"

namespace memmap::bench {

// The image alone, as the rivals write it, and with the same stores: nothing is done when a unit is ready.
inline void without_hooks(memmap_request& request) {
  request.hooks = {};
  request.narrow_stores = false;
}

inline simulator::DeviceSpan slice_at(const simulator::DeviceSpan& whole, uint64_t offset, uint64_t nr_pages) {
  simulator::DeviceSpan span = simulator::slice_of(whole, nr_pages);
  span.device.start_pfn += offset;
  span.memmap.start_pfn += offset;
  span.memmap.first += offset;
  return span;
}

inline double clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return double(time.tv_sec) * 1e9 + double(time.tv_nsec);
}

// Nanoseconds of CPU time, of all threads of this process; of all but the caller's.
inline double process_cpu_ns() { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }
inline double others_cpu_ns() { return process_cpu_ns() - clock_ns(CLOCK_THREAD_CPUTIME_ID); }

inline double fill_ns(const Rival& rival, const Target& target) {
  const uint64_t began = simulator::now_ns();
  rival.fill(target);
  simulator::wait_for_own_stores();
  return double(simulator::now_ns() - began);
}

// After the pause, with what the rival wants before and after.
inline double paused_fill_ns(const Rival& rival, const Target& target) {
  rival.enter();
  std::this_thread::sleep_for(kPause);
  const double ns = fill_ns(rival, target);
  rival.leave();
  return ns;
}

inline double paused_bind_ns(const Rig& rig, simulator::Engine& engine, simulator::DeviceRequest& request) {
  std::this_thread::sleep_for(kPause);
  return bind_ns(engine, request, rig.violations);
}

// The best that the machine does on all these CPUs or on one, as a contestant: the bound of the others.
Contestant store_limit(const simulator::Memmap& memmap, const std::vector<uint32_t>& cpus);

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_DEVICE_JOBS_H
