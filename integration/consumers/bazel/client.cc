// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A client in another Bazel workspace: memory made present in the background, the first page at once.
#include <cstdint>
#include <cstdio>

#include "memmap/memmap.hpp"
#include "memmap/prefault.h"
#include "memmap/runtime.hpp"

int main() {
  memmap::Runtime runtime;
  if (!runtime) {
    std::fprintf(stderr, "client: %s\n", runtime.error());
    return 1;
  }
  const memmap::Memory memory = runtime.alloc(32 << 20, 0);
  memmap_range job{};
  memmap_zero_range(&job, memory.get(), memory.size(), 0);
  const memmap::Memory storage = runtime.alloc(memmap_range_bytes(&job), 0);
  job.storage = storage.get();
  job.storage_bytes = storage.size();
  memmap::Domain domain(runtime.pool(), "pool");
  int status = memmap_range_async(&job, domain.get());
  if (status == MEMMAP_OK) status = memmap_range_flush(domain.get(), &job, job.first, 4096);
  memmap_progress_counts counts{};
  if (status == MEMMAP_OK) status = domain.flush();
  if (status == MEMMAP_OK) status = domain.progress(counts);
  std::printf("Bazel: %s, %llu bytes\n", memmap_status_text(status),
              static_cast<unsigned long long>(counts.done_pages));
  return status != MEMMAP_OK || counts.done_pages != memory.size() || domain.close() != MEMMAP_OK;
}
