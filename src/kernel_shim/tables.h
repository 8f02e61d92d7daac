/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's tables (memmap_topology) from what a kernel knows: which nodes there are, how many workers each gets,
 * how far they are from each other. One locality group for each node that has workers.
 */
#ifndef KERNEL_SHIM_TABLES_H
#define KERNEL_SHIM_TABLES_H

#include "kernel_shim/shim.h"
#include "memmap/env.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MEMMAP_TABLES_WORKERS 512  /* in all */
#define MEMMAP_TABLES_PER_NODE 64  /* the engine's bound of a group */
#define MEMMAP_TABLES_NO_NODE (~0u) /* in place of a number of workers */

struct memmap_tables {
	struct memmap_topology topology;
	uint16_t nid_of_group[MEMMAP_SHIM_NODES];
	uint16_t group_of_worker[MEMMAP_TABLES_WORKERS];
	uint16_t steal_rank[MEMMAP_SHIM_NODES * MEMMAP_SHIM_NODES];
	uint16_t home_begin[MEMMAP_SHIM_NODES + 1];
	uint16_t home[MEMMAP_SHIM_NODES * MEMMAP_SHIM_NODES];
	uint64_t right_cpus[MEMMAP_SHIM_NODES]; /* a bit a node: its CPUs are the right ones for records on this node */
};

/* workers_of[nid]: 0 for a node without CPUs, whose memory its nearest nodes with workers serve (all that are equally
 * near). More workers than the bounds are left out. At least one node. distance: small is near. */
void memmap_tables_fill(struct memmap_tables *tables, const uint32_t workers_of[MEMMAP_SHIM_NODES],
			int (*distance)(int from, int to));

/* The group that works nearest to the CPUs of a node. */
uint32_t memmap_tables_group(const struct memmap_tables *tables, int nid);

/* How many workers the groups have that work on memory of that node. */
uint32_t memmap_tables_workers_at(const struct memmap_tables *tables, uint32_t nid);

/* For tests: every node is given the homes of the one after it. right_cpus stay. */
void memmap_tables_misplace(struct memmap_tables *tables);

/* Whether CPUs of node cpu_nid are the right ones for records on records_nid: no others with workers are nearer. */
bool memmap_tables_at_home(const struct memmap_tables *tables, int cpu_nid, uint32_t records_nid);

#ifdef __cplusplus
}
#endif
#endif
