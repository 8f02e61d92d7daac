// SPDX-License-Identifier: GPL-2.0-only
/* Takes the place of memmap_init_zone_device() by livepatch, and keeps the way back to it. */
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/livepatch.h>
#include <linux/module.h>

#include "kernel_shim/kbuild/module.h"

#define REPLACED "memmap_init_zone_device"
#define PATCHABLE_BYTES 5 /* a call of the tracer, or a nop of that length: livepatch redirects there */

#if !defined(CONFIG_X86_64) || defined(CONFIG_X86_KERNEL_IBT)
#error "stock is entered behind its patchable bytes: known for x86-64 without indirect branch tracking only"
#endif

static void note_placement(const struct memmap_event *event, void *context)
{
	struct memmap_logged *logged = context;
	int nid;

	logged->records_nid = event->request.records_nid;
	logged->twice = (uint64_t)atomic64_read(&event->twice);
	for (nid = 0; nid < MEMMAP_SHIM_NODES; nid++) {
		const uint64_t pages = (uint64_t)atomic64_read(&event->pages_on[nid]);

		if (memmap_tables_at_home(&memmap_kernel_tables, nid, logged->records_nid))
			logged->pages_at_home += pages;
		else
			logged->pages_elsewhere += pages;
	}
}

/* False: not ours to do; logged->why says why. */
static bool do_ours(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages, struct dev_pagemap *pgmap,
		    struct memmap_logged *logged)
{
	const u64 began = ktime_get_ns();
	struct memmap_event *event = memmap_init_zone_device_begin(zone, start_pfn, nr_pages, pgmap, &logged->why);
	int status;

	if (!event)
		return false;
	status = memmap_init_zone_device_end(event, note_placement, logged);
	logged->init_ns = ktime_get_ns() - began;
	logged->ours = status == MEMMAP_OK;
	if (!logged->ours)
		logged->why = memmap_status_text(status);
	return logged->ours;
}

static void do_stock(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages, struct dev_pagemap *pgmap,
		     struct memmap_logged *logged)
{
	const u64 began = ktime_get_ns();

	memmap_shim.stock(zone, start_pfn, nr_pages, pgmap);
	logged->init_ns = ktime_get_ns() - began;
}

/* Stock, then ours over poison, in one call; what is left to the kernel in the end is stock's wherever they differ. */
static void verify(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages, struct dev_pagemap *pgmap,
		   struct memmap_logged *logged)
{
	const struct vmem_altmap *altmap = pgmap_altmap(pgmap);
	const unsigned long data_pfn = altmap ? altmap->base_pfn + altmap->reserve + altmap->free : start_pfn;
	struct memmap_snapshot *snapshot;

	do_stock(zone, start_pfn, nr_pages, pgmap, logged);
	snapshot = memmap_snapshot_take(pfn_to_page(data_pfn), start_pfn + nr_pages - data_pfn);
	if (!snapshot) {
		logged->why = "no memory to compare";
		return;
	}
	memmap_snapshot_poison(snapshot, 0x5A, MIGRATE_UNMOVABLE);
	if (do_ours(zone, start_pfn, nr_pages, pgmap, logged)) {
		logged->comparison = memmap_snapshot_compare(snapshot);
		if (logged->twice && logged->comparison.verdict == IDENTICAL)
			logged->comparison = (struct memmap_comparison){ DIFFERENT, "unit written twice", data_pfn };
	}
	if (logged->comparison.verdict != IDENTICAL)
		memmap_snapshot_restore(snapshot);
	memmap_snapshot_drop(snapshot);
}

static void patched(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages, struct dev_pagemap *pgmap)
{
	struct memmap_logged logged = {
		.start_pfn = start_pfn,
		.nr_pages = nr_pages,
		.nid = (uint32_t)zone->zone_pgdat->node_id,
		.type = pgmap->type,
		.shift = pgmap->vmemmap_shift,
		.mode = memmap_mode(),
	};

	if (logged.mode == MODE_VERIFY) {
		verify(zone, start_pfn, nr_pages, pgmap, &logged);
	} else if (logged.mode == MODE_STOCK || !do_ours(zone, start_pfn, nr_pages, pgmap, &logged)) {
		do_stock(zone, start_pfn, nr_pages, pgmap, &logged);
	}
	memmap_log_event(&logged);
}

static struct klp_func functions[] = {
	{ .old_name = REPLACED, .new_func = patched },
	{},
};
static struct klp_object objects[] = {
	{ .funcs = functions }, /* of vmlinux */
	{},
};
static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

/* kallsyms is not exported; a probe that is never armed tells the address too. */
static void *address_of(const char *name)
{
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	void *address;

	if (register_kprobe(&probe))
		return NULL;
	address = probe.addr;
	unregister_kprobe(&probe);
	return address;
}

const char *memmap_livepatch_find(void)
{
	const u8 *replaced = address_of(REPLACED);

	memmap_shim.set_pageblock_migratetype = address_of("set_pageblock_migratetype");
	if (!replaced)
		return "it has no function " REPLACED;
	if (!memmap_shim.set_pageblock_migratetype)
		return "it has no function set_pageblock_migratetype";
	if (replaced[0] != 0xE8 && (replaced[0] != 0x0F || replaced[1] != 0x1F)) /* a call, or a long nop */
		return "its " REPLACED " does not begin with patchable bytes";
	memmap_shim.stock = (memmap_stock *)(replaced + PATCHABLE_BYTES);
	return NULL;
}

int memmap_livepatch_enable(void)
{
	return klp_enable_patch(&patch);
}

MODULE_INFO(livepatch, "Y");
