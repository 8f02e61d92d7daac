// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/doctor/vital_signs.h"

#include <dlfcn.h>
#include <errno.h>
#include <oneapi/tbb/version.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "host/engine_topology.h"
#include "host/placement.h"
#include "host/threads.h"
#include "simulator/figures/pinned.h"
#include "simulator/figures/stores.h"
#include "simulator/report/column.h"
#include "simulator/report/statistics.h"
#include "simulator/stage/free_memory.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kMeasuredBytes = uint64_t{256} << 20;
constexpr uint32_t kStoreRounds = 3;
constexpr uint32_t kClockLooks = 100'000;
constexpr uint32_t kWakes = 200;
constexpr uint64_t kAsleepNs = 300'000;  // until the one who parks does so, and its CPU rests
constexpr uint64_t kBusyNs = 300'000'000;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void look_at_limits(const Machine& machine, VitalSigns& signs) {
  const auto quota = host::cpu_quota();
  if (quota.ok()) signs.quota = *quota;
  if (!quota.ok()) signs.quota_error = std::string(quota.status().message());
  std::thread([&] {  // whose own mask is changed
    for (const uint32_t cpu : machine.cpus) {
      cpu_set_t* const mask = CPU_ALLOC(cpu + 1);
      CPU_ZERO_S(CPU_ALLOC_SIZE(cpu + 1), mask);
      CPU_SET_S(cpu, CPU_ALLOC_SIZE(cpu + 1), mask);
      if (pthread_setaffinity_np(pthread_self(), CPU_ALLOC_SIZE(cpu + 1), mask) != 0) signs.unpinnable.push_back(cpu);
      CPU_FREE(mask);
    }
  })
      .join();
}

absl::Status look_at_memory(const Machine& machine, VitalSigns& signs) {
  const std::string meminfo = text_of("/proc/meminfo");
  const auto free_bytes = free_memory_bytes();
  if (!free_bytes.ok()) return free_bytes.status();
  signs.free_bytes = *free_bytes;
  signs.huge_pages_free = meminfo_number(meminfo, "HugePages_Free:");
  signs.huge_page_bytes = meminfo_number(meminfo, "Hugepagesize:") << 10;
  signs.thp = machine.huge_pages;
  return absl::OkStatus();
}

void look_at_clock(VitalSigns& signs) {
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  if (!std::getline(file, signs.clock_source)) signs.clock_source = "not known";
  const uint64_t began = now_ns();
  for (uint32_t n = 1; n < kClockLooks; ++n) (void)now_ns();
  signs.clock_ns = double(now_ns() - began) / kClockLooks;
}

void look_at_lenders(VitalSigns& signs) {
  signs.tbb_version = TBB_runtime_version();
  // The library that oneTBB asks for nodes; it opens it by this name.
  void* const binding = dlopen("libtbbbind_2_5.so.3", RTLD_LAZY | RTLD_LOCAL);
  signs.tbbbind = binding != nullptr;
  if (binding != nullptr) dlclose(binding);
}

uint64_t cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return uint64_t(now.tv_sec) * 1'000'000'000 + uint64_t(now.tv_nsec);
}

// Each CPU is kept busy: what its thread did not get of it went to somebody else.
void measure_running(const Machine& machine, VitalSigns& signs) {
  std::vector<double> share(machine.cpus.size());
  run_pinned(machine.cpus, [&](size_t n) {
    const uint64_t began = now_ns(), ran = cpu_ns();
    while (now_ns() - began < kBusyNs) {
    }
    share[n] = double(cpu_ns() - ran) / double(now_ns() - began);
  });
  const auto least = std::min_element(share.begin(), share.end());
  signs.running_share = std::min(1.0, *least);
  signs.least_running_cpu = machine.cpus[size_t(least - share.begin())];
}

absl::Status measure_stores(const Machine& machine, VitalSigns& signs) {
  host::Placement placement;
  placement.huge_pages = placement.populate = true;
  const uint64_t nr_bytes = std::min(kMeasuredBytes, signs.free_bytes / 8 / 4096 * 4096);
  auto memory = host::PlacedMemory::map(nr_bytes, placement);
  if (!memory.ok()) return memory.status();
  const std::span<std::byte> bytes(static_cast<std::byte*>(memory->address()), nr_bytes);
  const StoreLimit limit = measure_best_limit(bytes, machine.cpus, kStoreRounds);
  signs.store_limit = limit.describe();
  signs.store_record_ns = limit.record_ns;
  return absl::OkStatus();
}

}  // namespace

uint64_t meminfo_number(const std::string& meminfo, const std::string& key) {
  std::istringstream lines(meminfo);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    uint64_t number = 0;
    if (words >> name >> number && name == key) return number;
  }
  return 0;
}

// One thread parks, another wakes it, in the engine's own way; on two CPUs where there are as many.
absl::StatusOr<Samples> measure_wakes(const Machine& machine, uint32_t nr_wakes) {
  const auto tables = host::EngineTopology::create(machine.topology, 0);
  if (!tables.ok()) return tables.status();
  const host::ThreadEnvironment environment(**tables, false);
  const memmap_env& env = *environment.env();
  std::atomic<uint32_t> word{0}, answered{0};
  std::atomic<uint64_t> woken_at{0};
  Samples wake_ns;
  uint32_t* const futex = reinterpret_cast<uint32_t*>(&word);
  static_assert(sizeof(word) == sizeof(uint32_t) && std::atomic<uint32_t>::is_always_lock_free);
  run_pinned({machine.cpus.front(), machine.cpus.back()}, [&](size_t which) {
    for (uint32_t n = 0; n < nr_wakes; ++n) {
      if (which == 0) {
        while (word.load() == n) env.park(env.context, futex, n, 0);
        woken_at = now_ns();
        answered = n + 1;
      } else {
        std::this_thread::sleep_for(std::chrono::nanoseconds(kAsleepNs));
        const uint64_t began = now_ns();
        word = n + 1;
        env.unpark(env.context, futex);
        while (answered.load() != n + 1) std::this_thread::yield();
        wake_ns.push_back(double(woken_at.load() - std::min(began, woken_at.load())));
      }
    }
  });
  return wake_ns;
}

absl::StatusOr<VitalSigns> examine(const Machine& machine) {
  VitalSigns signs;
  look_at_limits(machine, signs);
  if (absl::Status status = look_at_memory(machine, signs); !status.ok()) return status;
  look_at_clock(signs);
  look_at_lenders(signs);
  measure_running(machine, signs);
  const absl::StatusOr<Samples> wake_ns = measure_wakes(machine, kWakes);
  if (!wake_ns.ok()) return wake_ns.status();
  signs.wake_ns_p50 = percentile(*wake_ns, 50);
  signs.wake_ns_p99 = percentile(*wake_ns, 99);
  if (absl::Status status = measure_stores(machine, signs); !status.ok()) return status;
  return signs;
}

}  // namespace memmap::simulator
