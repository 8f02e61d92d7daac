// SPDX-License-Identifier: GPL-2.0-only
/* Sums, and what a comparison finds. /sys/kernel/debug/memmap_async: `state`, `binds`. */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "kernel_shim/builtin/builtin.h"

static const char *const names[NR_COUNTS] = { "compared", "different", "binds", "left", "waits", "added", "cancelled" };
static atomic64_t counts[NR_COUNTS];

void memmap_count(enum memmap_count which, uint64_t by)
{
	atomic64_add((s64)by, &counts[which]);
}

void memmap_compare(struct page *first, unsigned long nr_pages, void (*stock)(struct page *page, const void *context),
		    const void *context)
{
	struct page ours;
	unsigned long i;

	for (i = 0; i < nr_pages; i++) {
		struct page *page = first + i;

		ours = *page;
		memset(page, 0x5A, sizeof(*page));
		stock(page, context);
		if (!memcmp(&ours, page, sizeof(ours)))
			continue;
		if (atomic64_inc_return(&counts[COUNT_DIFFERENT]) == 1)
			pr_err(LOG "DIFFERENT: pfn %lu: ours %*ph, stock %*ph\n", page_to_pfn(page), 64, &ours, 64,
			       page);
	}
	memmap_count(COUNT_COMPARED, nr_pages);
}

struct memmap_snapshot *memmap_verify_begin(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
					    struct dev_pagemap *pgmap)
{
	const struct vmem_altmap *altmap = pgmap_altmap(pgmap);
	const unsigned long data_pfn = altmap ? altmap->base_pfn + altmap->reserve + altmap->free : start_pfn;
	struct memmap_snapshot *snapshot;

	memmap_init_zone_device(zone, start_pfn, nr_pages, pgmap);
	snapshot = memmap_snapshot_take(pfn_to_page(data_pfn), start_pfn + nr_pages - data_pfn);
	if (snapshot)
		memmap_snapshot_poison(snapshot, 0x5A, MIGRATE_UNMOVABLE);
	else
		pr_info(LOG "no memory to compare\n");
	return snapshot;
}

void memmap_verify_end(struct memmap_snapshot *snapshot, bool ours)
{
	struct memmap_comparison comparison;

	if (!snapshot)
		return;
	comparison = memmap_snapshot_compare(snapshot);
	if (!ours) {
		/* stock's, written twice */
	} else if (comparison.verdict == IDENTICAL) {
		memmap_count(COUNT_COMPARED, comparison.nr_compared / sizeof(struct page));
	} else {
		memmap_count(COUNT_DIFFERENT, 1);
		pr_err(LOG "DIFFERENT: %s, pfn %lu, byte %u; stock's is kept\n", comparison.what, comparison.pfn,
		       comparison.byte);
		memmap_snapshot_restore(snapshot);
	}
	memmap_snapshot_drop(snapshot);
}

static int state_show(struct seq_file *out, void *unused)
{
	const struct memmap_topology *topology = &memmap_kernel_tables.topology;
	struct memmap_worker_counts worker;
	unsigned int i;

	for (i = 0; i < NR_COUNTS; i++)
		seq_printf(out, "%s %lld\n", names[i], atomic64_read(&counts[i]));
	seq_printf(out, "stalls %llu\n", memmap_stalls());
	for (i = 0; memmap_shim.pool && i < topology->nr_workers; i++) {
		memmap_worker_counters(memmap_shim.pool, i, &worker);
		seq_printf(out, "worker %u node %u grains %llu stolen %llu parks %llu wakes %llu\n", i,
			   memmap_kernel_tables.nid_of_group[topology->group_of_worker[i]], worker.grains,
			   worker.stolen_grains, worker.parks, worker.wakes_sent);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static int binds_show(struct seq_file *out, void *unused)
{
	memmap_show_binds(out);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(binds);

static int __init memmap_report_start(void)
{
	struct dentry *folder = debugfs_create_dir("memmap_async", NULL);

	debugfs_create_file("state", 0400, folder, NULL, &state_fops);
	debugfs_create_file("binds", 0400, folder, NULL, &binds_fops);
	return 0;
}
late_initcall(memmap_report_start);
