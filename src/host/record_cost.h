// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What a record costs on this machine, by which the pool tells work that is worth a wake from work that is not; and how
// many of them are a grain.
#ifndef MEMMAP_HOST_RECORD_COST_H
#define MEMMAP_HOST_RECORD_COST_H

#include <cstdint>

namespace memmap::host {

// Pages of a grain in hosted pools, and of one where there are many: what lies between two of them is 2.7 % of a fill
// with a kernel's 4,096, and 0.7 % with 16,384. docs/decision/0036-hosted-grain-of-8192.md, 0037-grain-by-share.md.
constexpr uint32_t kGrainPages = 8192, kLargeGrainPages = 16384;
// Which it is for a request of so many present pages, in units of at most 1,024, in a pool of so many workers.
uint64_t grain_pages_of(uint64_t nr_pages, uint32_t nr_workers);

// Picoseconds that one thread takes to write a record: for memmap_pool_config.record_ps. Measured by the first call, in
// some 0.2 ms, and kept. 0, the pool's default, where there is no memory to try it on. From any thread.
uint32_t record_cost_ps();

}  // namespace memmap::host
#endif  // MEMMAP_HOST_RECORD_COST_H
