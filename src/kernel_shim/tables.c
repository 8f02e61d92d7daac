// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_shim/tables.h"

#include <linux/string.h>

static void place_workers(struct memmap_tables *tables, const uint32_t workers_of[MEMMAP_SHIM_NODES])
{
	struct memmap_topology *topology = &tables->topology;
	uint32_t nid, i;

	for (nid = 0; nid < MEMMAP_SHIM_NODES; nid++) {
		if (workers_of[nid] == 0 || workers_of[nid] == MEMMAP_TABLES_NO_NODE ||
		    topology->nr_workers == MEMMAP_TABLES_WORKERS)
			continue;
		for (i = 0; i < workers_of[nid] && i < MEMMAP_TABLES_PER_NODE; i++)
			if (topology->nr_workers < MEMMAP_TABLES_WORKERS)
				tables->group_of_worker[topology->nr_workers++] = (uint16_t)topology->nr_groups;
		tables->nid_of_group[topology->nr_groups++] = (uint16_t)nid;
	}
	if (topology->nr_groups == 0) { /* nobody works: all is done by who calls, in one group */
		while (nid > 0 && workers_of[nid - 1] == MEMMAP_TABLES_NO_NODE)
			nid--;
		tables->nid_of_group[topology->nr_groups++] = (uint16_t)(nid - 1);
	}
}

/* Its own first; then nearer before farther, and of equals those that come next after it: not all the same one. */
static void rank_thefts(struct memmap_tables *tables, int (*distance)(int from, int to))
{
	const uint32_t n = tables->topology.nr_groups;
	uint32_t g, h, other;

	for (g = 0; g < n; g++) {
		for (h = 0; h < n; h++) {
			const int far = distance(tables->nid_of_group[g], tables->nid_of_group[h]);
			uint32_t rank = h != g;

			for (other = 0; other < n; other++) {
				const int its = distance(tables->nid_of_group[g], tables->nid_of_group[other]);

				if (h == g || other == g || other == h)
					continue;
				rank += its < far || (its == far && (other + n - g) % n < (h + n - g) % n);
			}
			tables->steal_rank[g * n + h] = (uint16_t)rank;
		}
	}
}

static void add_home(struct memmap_tables *tables, uint32_t nid, uint32_t group, uint16_t *nr)
{
	tables->home[(*nr)++] = (uint16_t)group;
	tables->right_cpus[nid] |= 1ull << tables->nid_of_group[group];
}

static void list_homes(struct memmap_tables *tables, uint32_t nid, int (*distance)(int from, int to), uint16_t *nr)
{
	int nearest = 0;
	uint32_t g;

	for (g = 0; g < tables->topology.nr_groups; g++) {
		const int far = distance((int)nid, tables->nid_of_group[g]);

		if (tables->nid_of_group[g] == nid) { /* its own workers, and no others */
			add_home(tables, nid, g, nr);
			return;
		}
		if (g == 0 || far < nearest)
			nearest = far;
	}
	for (g = 0; g < tables->topology.nr_groups; g++)
		if (distance((int)nid, tables->nid_of_group[g]) == nearest)
			add_home(tables, nid, g, nr);
}

void memmap_tables_fill(struct memmap_tables *tables, const uint32_t workers_of[MEMMAP_SHIM_NODES],
			int (*distance)(int from, int to))
{
	struct memmap_topology *topology = &tables->topology;
	uint16_t nr_homes = 0;
	uint32_t nid;

	memset(tables, 0, sizeof(*tables));
	place_workers(tables, workers_of);
	rank_thefts(tables, distance);
	for (nid = 0; nid < MEMMAP_SHIM_NODES; nid++) {
		if (workers_of[nid] != MEMMAP_TABLES_NO_NODE) {
			list_homes(tables, nid, distance, &nr_homes);
			topology->nr_nids = nid + 1;
		}
		tables->home_begin[nid + 1] = nr_homes;
	}
	topology->group_of_worker = tables->group_of_worker;
	topology->steal_rank = tables->steal_rank;
	topology->home_begin = tables->home_begin;
	topology->home = tables->home;
}

uint32_t memmap_tables_group(const struct memmap_tables *tables, int nid)
{
	return nid >= 0 && (uint32_t)nid < tables->topology.nr_nids &&
			       tables->home_begin[nid] < tables->home_begin[nid + 1] ?
		       tables->home[tables->home_begin[nid]] : 0;
}

uint32_t memmap_tables_workers_at(const struct memmap_tables *tables, uint32_t nid)
{
	uint32_t workers = 0, i, worker;

	for (i = tables->home_begin[nid]; i < tables->home_begin[nid + 1]; i++)
		for (worker = 0; worker < tables->topology.nr_workers; worker++)
			workers += tables->group_of_worker[worker] == tables->home[i];
	return workers;
}

void memmap_tables_misplace(struct memmap_tables *tables)
{
	uint32_t i;

	for (i = 0; i < tables->home_begin[tables->topology.nr_nids]; i++)
		tables->home[i] = (uint16_t)((tables->home[i] + 1u) % tables->topology.nr_groups);
}

bool memmap_tables_at_home(const struct memmap_tables *tables, int cpu_nid, uint32_t records_nid)
{
	return records_nid < MEMMAP_SHIM_NODES && cpu_nid >= 0 && cpu_nid < MEMMAP_SHIM_NODES &&
	       (tables->right_cpus[records_nid] >> cpu_nid & 1);
}
