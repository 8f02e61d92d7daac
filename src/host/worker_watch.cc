// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/worker_watch.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/limits.h"
#include "host/process_env.h"

namespace memmap::host {
namespace {

// CPUs that cannot be unplugged have no such file.
bool is_online(uint32_t cpu) {
  std::ifstream file(absl::StrCat("/sys/devices/system/cpu/cpu", cpu, "/online"));
  int online = 1;
  file >> online;
  return online != 0;
}

bool pin_this_thread(uint32_t cpu) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (cpu >= CPU_SETSIZE) return false;
  CPU_SET(cpu, &mask);
  return pthread_setaffinity_np(pthread_self(), sizeof(mask), &mask) == 0;
}

uint32_t quota_allowance(uint32_t nr_workers) {
  const auto quota = cpu_quota_milli();
  return quota.ok() ? workers_under_quota(nr_workers, *quota) : nr_workers;
}

}  // namespace

WatchSources WatchSources::of_this_system() {
  WatchSources sources;
  sources.mask = affinity_cpus;
  sources.online = is_online;
  sources.pin = pin_this_thread;
  sources.allowance = quota_allowance;
  return sources;
}

// The application, or who lends the threads, may have bound each to a CPU or a node. So a CPU counts as gone when no
// thread of the process may use it any more: by a cpuset, by taskset on all of them, or as it is unplugged.
WatchSources WatchSources::of_lent_threads() {
  struct Answer {
    std::mutex mutex;
    std::vector<uint32_t> cpus;
    uint64_t at_ns = 0;
  };
  WatchSources sources = of_this_system();
  // All workers ask the same, so they share an answer.
  sources.mask = [answer = std::make_shared<Answer>(), interval_ns = sources.interval_ns] {
    const std::lock_guard<std::mutex> lock(answer->mutex);
    const uint64_t now_ns = monotonic_ns();
    if (now_ns - answer->at_ns >= interval_ns / 2) {
      answer->cpus = process_cpus();
      answer->at_ns = now_ns;
    }
    return answer->cpus;
  };
  sources.pin = [](uint32_t) { return false; };  // their masks come back by themselves
  return sources;
}

WorkerWatch::WorkerWatch(const EngineTopology& topology, WatchSources sources)
    : topology_(topology),
      sources_(std::move(sources)),
      seen_(topology.nr_workers()),
      nr_present_(topology.nr_workers()),
      allowance_(topology.nr_workers()) {}

bool WorkerWatch::may_work(uint32_t worker, uint64_t now_ns) {
  Seen& seen = seen_[worker];
  if (now_ns - seen.looked_ns < sources_.interval_ns) return seen.present;
  seen.looked_ns = now_ns;
  const bool may = has_its_cpu(worker, seen) && topology_.turn_of_worker(worker) < allowance(now_ns);
  if (may == seen.present) return may;
  if (may) {
    nr_present_.fetch_add(1, std::memory_order_relaxed);
    return seen.present = true;
  }
  // The last one stays: what is submitted and not waited for must be done by somebody.
  uint32_t nr = nr_present_.load(std::memory_order_relaxed);
  while (nr > 1 && !nr_present_.compare_exchange_weak(nr, nr - 1, std::memory_order_relaxed)) {
  }
  return seen.present = nr <= 1;
}

// The mask of a thread that we have pinned to its CPU holds just that (that of a process all that are there). Without
// it: somebody has moved the thread, or the CPU is gone. With more: the kernel or somebody has widened it, and we may
// choose.
bool WorkerWatch::has_its_cpu(uint32_t worker, Seen& seen) {
  const uint32_t cpu = topology_.cpu_of_worker(worker);
  const std::vector<uint32_t> mask = sources_.mask();
  if (std::find(mask.begin(), mask.end(), cpu) != mask.end()) {
    if (mask.size() > 1) sources_.pin(cpu);
    return true;
  }
  if (!sources_.online(cpu)) {
    seen.was_unplugged = true;
    return false;
  }
  // It was taken away while it was unplugged, by the kernel and not by anybody's decision.
  if (!seen.was_unplugged) return false;
  const bool pinned = sources_.pin(cpu);
  seen.was_unplugged = !pinned;
  return pinned;
}

void WorkerWatch::absent(uint32_t worker) {
  seen_[worker].present = false;
  seen_[worker].was_unplugged = true;  // its thread, when it has one, is pinned as if its CPU had come back
  nr_present_.fetch_sub(1, std::memory_order_relaxed);
}

uint32_t WorkerWatch::allowance(uint64_t now_ns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (now_ns - allowance_at_ns_ >= sources_.interval_ns) {
    allowance_at_ns_ = now_ns;
    allowance_.store(sources_.allowance(topology_.nr_workers()), std::memory_order_relaxed);
  }
  return last_allowance();
}

}  // namespace memmap::host
