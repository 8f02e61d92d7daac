// SPDX-License-Identifier: GPL-2.0-only
/* Sums, and what a comparison finds. /sys/kernel/debug/memmap_async/state. */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "kernel_shim/builtin/builtin.h"

static const char *const names[NR_COUNTS] = { "compared", "different", "binds", "left", "waits", "added", "cancelled" };
static atomic64_t counts[NR_COUNTS];
struct dentry *memmap_debugfs;

void memmap_count(enum memmap_count which, uint64_t by)
{
	atomic64_add((s64)by, &counts[which]);
}

void memmap_compare(unsigned long first_pfn, unsigned long nr_pages, memmap_write_stock *stock, const void *context)
{
	struct page ours;
	unsigned long i;

	for (i = 0; i < nr_pages; i++) {
		struct page *page = pfn_to_page(first_pfn + i);

		ours = *page;
		memset(page, 0x5A, sizeof(*page));
		stock(page, first_pfn + i, context);
		if (!memcmp(&ours, page, sizeof(ours)))
			continue;
		if (atomic64_inc_return(&counts[COUNT_DIFFERENT]) == 1)
			pr_err(LOG "DIFFERENT: pfn %lu: ours %*ph, stock %*ph\n", first_pfn + i, 64, &ours, 64, page);
	}
	memmap_count(COUNT_COMPARED, nr_pages);
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

static int __init memmap_report_start(void)
{
	memmap_debugfs = debugfs_create_dir("memmap_async", NULL);
	debugfs_create_file("state", 0400, memmap_debugfs, NULL, &state_fops);
	return 0;
}
fs_initcall(memmap_report_start);
