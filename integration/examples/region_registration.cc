// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A map of registered memory, a chunk of 2 MiB at a time, as storage frameworks keep for their devices. A thread walks
// the regions that exist at the start; meanwhile memory is hot-added and a callback registers that. First the race:
// what the callback adds to the list, the walk finds too, and registers a second time. Then the same events with a
// domain for each region: whoever submits first has it, and everybody can wait for it.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "memmap/memmap.hpp"
#include "memmap/runtime.hpp"

namespace {

constexpr uint64_t kChunkPages = 512, kRegionChunks = 64, kRegions = 4, kMapChunks = (kRegions + 1) * kRegionChunks;

// The device's side: how often each chunk was registered. A real one answers -EBUSY to the second time, or leaks.
struct Device {
  std::vector<std::atomic<int>> registered = std::vector<std::atomic<int>>(kMapChunks);
  void add(uint64_t chunk) { ++registered[chunk]; }
  int count(int times) const {
    int chunks = 0;
    for (const std::atomic<int>& of_chunk : registered) chunks += of_chunk == times;
    return chunks;
  }
};

// What the walk and the callback do to each other, the same each time: memory comes while the walk is on its way.
template <typename Walk, typename HotAdd>
void race(Walk walk, HotAdd hot_add) {
  std::atomic<bool> under_way{false}, added{false};
  std::thread walker([&] {
    walk([&] {
      under_way = true;
      while (!added) std::this_thread::yield();
    });
  });
  while (!under_way) std::this_thread::yield();
  hot_add();
  added = true;
  walker.join();
}

void without_domains(Device& device) {
  std::mutex lock;  // that the list is locked does not help: the two are right one by one
  std::vector<uint64_t> regions;
  for (uint64_t n = 0; n < kRegions; ++n) regions.push_back(n);
  const auto register_region = [&](uint64_t region) {
    for (uint64_t chunk = 0; chunk < kRegionChunks; ++chunk) device.add(region * kRegionChunks + chunk);
  };
  const auto region_at = [&](size_t n) {
    const std::lock_guard<std::mutex> locked(lock);
    return n < regions.size() ? regions[n] : UINT64_MAX;
  };
  race(
      [&](auto half_way) {
        for (size_t n = 0; region_at(n) != UINT64_MAX; ++n) {
          register_region(region_at(n));
          if (n == 1) half_way();
        }
      },
      [&] {
        {
          const std::lock_guard<std::mutex> locked(lock);
          regions.push_back(kRegions);
        }
        register_region(kRegions);
      });
}

int register_pages(void* device, uint64_t pfn, uint64_t nr_pages) {
  for (uint64_t at = pfn; at < pfn + nr_pages; at += kChunkPages) static_cast<Device*>(device)->add(at / kChunkPages);
  return 0;  // an error of the device would be that of the region's domain
}

// A region and its event: two may ask for it, the pool lets one of them have it.
struct Region {
  Region(memmap_pool* pool, Device& device, uint64_t n) : domain(pool, "region") {
    request.start_pfn = n * kRegionChunks * kChunkPages;
    request.nr_pages = kRegionChunks * kChunkPages;
    request.kind = MEMMAP_DEVICE;
    request.hooks.write = register_pages;
    request.hooks.context = &device;
  }
  // 0: it is under way, by this call or by the other one.
  int submit(int by) {
    memmap_request mine = request;
    storage[by] = std::make_unique<memmap::RequestStorage>(mine);
    const int status = domain.submit(mine);
    return status == MEMMAP_OVERLAP ? int{MEMMAP_OK} : status;
  }

  memmap_request request{};
  std::unique_ptr<memmap::RequestStorage> storage[2];
  memmap::Domain domain;  // closed before the storage goes
};

bool with_domains(memmap::Runtime& runtime, Device& device) {
  std::mutex lock;
  std::vector<std::unique_ptr<Region>> regions;
  for (uint64_t n = 0; n < kRegions; ++n) regions.push_back(std::make_unique<Region>(runtime.pool(), device, n));
  std::atomic<int> errors{0};
  const auto region_at = [&](size_t n) {
    const std::lock_guard<std::mutex> locked(lock);
    return n < regions.size() ? regions[n].get() : nullptr;
  };
  race(
      [&](auto half_way) {
        for (size_t n = 0; Region* region = region_at(n); ++n) {
          errors += region->submit(0) != MEMMAP_OK;
          if (n == 1) half_way();
        }
      },
      [&] {
        {
          const std::lock_guard<std::mutex> locked(lock);
          regions.push_back(std::make_unique<Region>(runtime.pool(), device, kRegions));
        }
        Region& added = *region_at(kRegions);
        errors += added.submit(1) != MEMMAP_OK;
        // The first transfer into the new memory, while the walk goes on: waits for its own chunk only.
        errors += added.domain.flush_range(added.request.start_pfn + 20 * kChunkPages, 1) != MEMMAP_OK;
        errors += device.registered[kRegions * kRegionChunks + 20] != 1;
      });
  for (const auto& region : regions) errors += region->domain.close() != MEMMAP_OK;
  return errors == 0;
}

}  // namespace

int main() {
  Device raced, right;
  without_domains(raced);
  std::printf("before  %d chunks registered once, %d twice, %d never\n", raced.count(1), raced.count(2),
              raced.count(0));
  memmap::Runtime runtime;
  if (!runtime) return std::fprintf(stderr, "region_registration: %s\n", runtime.error()), 1;
  const bool ok = with_domains(runtime, right);
  std::printf("after   %d chunks registered once, %d twice, %d never\n", right.count(1), right.count(2),
              right.count(0));
  return ok && raced.count(2) == int{kRegionChunks} && right.count(1) == int{kMapChunks} ? 0 : 1;
}
