// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What a record costs on this machine, by which the pool tells work that is worth a wake from work that is not; and how
// many of them are a grain.
#ifndef MEMMAP_HOST_RECORD_COST_H
#define MEMMAP_HOST_RECORD_COST_H

#include <cstdint>

namespace memmap::host {

// Pages of a grain in hosted pools: with 16-byte stores twice as many take the time that a kernel's 4,096 take with 8,
// and half as many fences are 1.7 % of a fill: docs/decision/0036-hosted-grain-of-8192.md.
constexpr uint32_t kGrainPages = 8192;

// Picoseconds that one thread takes to write a record: for memmap_pool_config.record_ps. Measured by the first call, in
// some 0.2 ms, and kept. 0, the pool's default, where there is no memory to try it on. From any thread.
uint32_t record_cost_ps();

}  // namespace memmap::host
#endif  // MEMMAP_HOST_RECORD_COST_H
