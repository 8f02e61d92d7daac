// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/record_cost.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "host/placement.h"
#include "memmap/image.h"
#include "memmap/units.h"
#include "memmap/writer.h"

namespace memmap::host {
namespace {

constexpr uint64_t kRecords = 4096;  // a kernel's grain
constexpr int kTries = 8;            // of which the shortest counts: the system had something else to do in the others

uint64_t write_ns(void* records) {
  const pages::Image image{};
  const pages::Stores stores = pages::writer_can_stream() ? pages::Stores::kStreaming : pages::Stores::kPlain;
  const auto began = std::chrono::steady_clock::now();
  pages::write_records(records, kRecords, image, stores);
  pages::writer_fence();
  const auto took = std::chrono::steady_clock::now() - began;
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
}

uint32_t measure_ps() {
  const auto memory = PlacedMemory::map(kRecords * pages::kRecordBytes, Placement{});
  if (!memory.ok()) return 0;
  memset(memory->address(), 1, memory->nr_bytes());  // present from now on
  uint64_t least_ns = UINT32_MAX;
  for (int n = 0; n < kTries; ++n) least_ns = std::min(least_ns, write_ns(memory->address()));
  return static_cast<uint32_t>(std::clamp<uint64_t>(least_ns * 1000 / kRecords, 1, UINT32_MAX));
}

}  // namespace

uint64_t grain_pages_of(uint64_t nr_pages, uint32_t nr_workers) {
  return pages::has_many(nr_pages / std::max(nr_workers, 1u), kLargeGrainPages) ? kLargeGrainPages : kGrainPages;
}

uint32_t record_cost_ps() {
  static const uint32_t ps = measure_ps();
  return ps;
}

}  // namespace memmap::host
