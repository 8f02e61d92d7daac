// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before anything is replaced: device memory of one section out of free address space, initialised by the kernel's own
 * function, then by ours over poison. A kernel whose function does anything else than we know differs here.
 */
#include <linux/ioport.h>
#include <linux/memremap.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/string.h>

#include "kernel_shim/kbuild/module.h"

#define TRIAL_BYTES (PAGES_PER_SECTION << PAGE_SHIFT)

static void never_freed(struct page *page)
{
}

static const struct dev_pagemap_ops operations = { .page_free = never_freed };

static const char *compare(struct dev_pagemap *pgmap, unsigned long pfn, int nid)
{
	static char sentence[100];
	struct memmap_snapshot *snapshot = memmap_snapshot_take(pfn_to_page(pfn), PAGES_PER_SECTION);
	struct zone *zone = &NODE_DATA(nid)->node_zones[ZONE_DEVICE];
	struct memmap_comparison comparison;
	struct memmap_event *event;
	const char *why = NULL;

	if (!snapshot)
		return "no memory for the trial";
	memmap_snapshot_poison(snapshot, 0x5A, MIGRATE_UNMOVABLE);
	event = memmap_init_zone_device_begin(zone, pfn, PAGES_PER_SECTION, pgmap, &why);
	if (event) {
		memmap_init_zone_device_end(event, NULL, NULL);
		comparison = memmap_snapshot_compare(snapshot);
		if (comparison.verdict == DIFFERENT) {
			snprintf(sentence, sizeof(sentence), "its function leaves another %s: page %lu, byte %u",
				 comparison.what, comparison.pfn - pfn, comparison.byte);
			why = sentence;
		}
	}
	if (why)
		memmap_snapshot_restore(snapshot);
	memmap_snapshot_drop(snapshot);
	return why;
}

/* Address space that nobody has, the highest that the pool covers. request_free_mem_region() takes the highest that the
 * machine has, which may lie outside of it. */
static struct resource *free_region(void)
{
	resource_size_t at = min_t(resource_size_t, iomem_resource.end + 1, 1ull << memmap_phys_bits());
	struct resource *region;

	for (at = ALIGN_DOWN(at, TRIAL_BYTES); at >= TRIAL_BYTES; at -= TRIAL_BYTES) {
		if (region_intersects(at - TRIAL_BYTES, TRIAL_BYTES, 0, IORES_DESC_NONE) != REGION_DISJOINT)
			continue;
		region = request_mem_region(at - TRIAL_BYTES, TRIAL_BYTES, "memmap_async trial");
		if (region)
			return region;
	}
	return NULL;
}

static const char *trial_of(enum memory_type type, unsigned int order)
{
	static struct dev_pagemap pgmap;
	struct resource *region = free_region();
	const int nid = numa_mem_id();
	const char *why;

	if (!region)
		return "no free address space for the trial";
	memset(&pgmap, 0, sizeof(pgmap));
	pgmap.type = type;
	pgmap.vmemmap_shift = order;
	pgmap.range.start = region->start;
	pgmap.range.end = region->end;
	pgmap.nr_range = 1;
	pgmap.ops = &operations;
	pgmap.owner = THIS_MODULE;
	if (IS_ERR(memremap_pages(&pgmap, nid))) {
		why = "no device memory for the trial";
	} else {
		why = compare(&pgmap, PHYS_PFN(region->start), nid);
		memunmap_pages(&pgmap);
	}
	release_mem_region(region->start, resource_size(region));
	return why;
}

const char *memmap_trial(void)
{
	const char *why = trial_of(MEMORY_DEVICE_GENERIC, 0);

	if (!why)
		why = trial_of(MEMORY_DEVICE_COHERENT, 0);
	if (!why) {
		const char *compounds = trial_of(MEMORY_DEVICE_GENERIC, 9);

		memmap_shim.compounds = !compounds;
		if (compounds)
			pr_info(LOG "leaves compound pages to the kernel: %s\n", compounds);
	}
	return why;
}
