// SPDX-License-Identifier: GPL-2.0-only
/* A bind that is compared: the kernel's own function first, poison, then ours. */
#include "kernel_shim/builtin/builtin.h"

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
