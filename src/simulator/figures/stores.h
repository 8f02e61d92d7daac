// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The machine's store limit: how fast memory can be overwritten at all, by the fastest of several kinds of stores. What
// initialises records is measured against it.
#ifndef MEMMAP_SIMULATOR_FIGURES_STORES_H
#define MEMMAP_SIMULATOR_FIGURES_STORES_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulator/kernel/record.h"

namespace memmap::simulator {

struct StoreKind {
  const char* name;
  void (*write)(std::byte* begin, size_t nr_bytes);  // a multiple of 64 bytes, 64-byte aligned
  bool in_kernel = true;                             // no vector registers, which there are the user's
};

// Those that this CPU has; of them, those that a kernel has.
std::span<const StoreKind> store_kinds();
std::vector<StoreKind> kernel_store_kinds();

// Nanoseconds for all of `memory`, cut in equal parts for `cpus`.
uint64_t store_ns(const StoreKind& kind, std::span<std::byte> memory, const std::vector<uint32_t>& cpus);

// Returns when what this thread has stored is in memory, or a cache. A fence for non-temporal stores does not wait: it
// takes 8 ns behind 4,096 records, and the next locked access 240. What is short and ends with such stores is timed
// with this. Where there are none: nothing.
void wait_for_own_stores();

// Overwrites all of `memory` so that no cache has any of it, where there are stores that do so: two ways of writing
// that are compared both begin like this, whatever the one before left.
void leave_caches(std::span<std::byte> memory, const std::vector<uint32_t>& cpus);

// Copies of a record, with the 8-byte stores that a kernel has, non-temporal where there are such, and a fence.
void store_copies(const Record& record, Record* first, uint64_t nr_records);

struct StoreLimit {
  StoreKind kind;
  std::vector<uint32_t> cpus;
  double record_ns;  // for 64 bytes, all CPUs together

  std::string describe() const;  // "2.41 ns a record, 26.5 GB/s: 64-byte non-temporal stores on 2 CPUs"
};

// The kind with the smallest median of `rounds`, on all these CPUs.
StoreLimit measure_store_limit(std::span<std::byte> memory, const std::vector<uint32_t>& cpus, uint32_t rounds);

// The same, or that kind on one of the CPUs, where that is faster: one may saturate what they share.
StoreLimit measure_best_limit(std::span<std::byte> memory, const std::vector<uint32_t>& cpus, uint32_t rounds);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_FIGURES_STORES_H
