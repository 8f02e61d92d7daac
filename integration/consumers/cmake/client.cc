// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A client in C++17, without exceptions: two events at once, each with a domain of its own.
#include <cstdio>

#include "memmap/memmap.hpp"
#include "memmap/runtime.hpp"

namespace {

memmap_request device(uint64_t start_pfn, uint64_t nr_pages, const memmap::Memory& records) {
  memmap_request request{};
  request.start_pfn = start_pfn;
  request.nr_pages = nr_pages;
  request.zone = 4;
  request.kind = MEMMAP_DEVICE;
  request.records = records.get();
  return request;
}

}  // namespace

int main() {
  constexpr uint64_t kBigPages = 1 << 18, kSmallPages = 1 << 15;
  memmap::Runtime runtime;
  if (!runtime) {
    std::fprintf(stderr, "client: %s\n", runtime.error());
    return 1;
  }
  const memmap::Memory big_records = runtime.alloc(kBigPages * 64, 0),
                       small_records = runtime.alloc(kSmallPages * 64, 0);
  memmap_request big = device(1 << 20, kBigPages, big_records), small = device(1 << 24, kSmallPages, small_records);
  const memmap::RequestStorage big_storage(big), small_storage(small);
  memmap::Domain pmem0(runtime.pool(), "pmem0"), pmem1(runtime.pool(), "pmem1");
  int status = pmem0.submit(big);
  if (status == MEMMAP_OK) status = pmem1.submit(small);
  if (status == MEMMAP_OK) status = pmem1.close();
  const bool small_is_ready = memmap_ready(runtime.pool(), small.start_pfn + kSmallPages - 1);
  if (status == MEMMAP_OK) status = pmem0.close();
  std::printf("C++: %s; the small device was %s\n", memmap_status_text(status), small_is_ready ? "ready" : "not ready");
  return status != MEMMAP_OK || !small_is_ready || runtime.stop() != MEMMAP_OK;
}
