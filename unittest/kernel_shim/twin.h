// SPDX-License-Identifier: GPL-2.0-only
// The user-space twin: the shim over the fake machine, the engine's pool over own threads. C++ and C tests start it.
#ifndef UNITTEST_KERNEL_SHIM_TWIN_H
#define UNITTEST_KERNEL_SHIM_TWIN_H

#include "kernel_shim/fake/machine.h"
#include "kernel_shim/shim.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TWIN_NODES 2
#define TWIN_NODE_PAGES (4 * PAGES_PER_SECTION)

// A machine of two nodes, and so many workers (0: all is done by who calls). `ranges` as fake_machine_start().
void twin_start(uint32_t nr_workers, const struct fake_range* ranges, int nr_ranges);
void twin_stop(void);

struct zone* twin_device_zone(int nid);
// Calls of stock since twin_start(); it writes each record by itself.
int twin_stock_calls(void);
// Storage for a node's boot, lent to the shim; max_pieces free ranges fit.
struct memmap_boot* twin_lend_boot(int nid, size_t max_pieces);

#ifdef __cplusplus
}
#endif
#endif  // UNITTEST_KERNEL_SHIM_TWIN_H
