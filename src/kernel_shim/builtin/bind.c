// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bind of device memory that does not wait for its records. Each range of a dev_pagemap is an event with a domain of
 * its own, kept in a list at the dev_pagemap until that is unbound. Who finds an event does so through a reference to
 * its dev_pagemap, and unbind comes when there are none: so nothing here counts users.
 */
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>

#include "kernel_shim/builtin/builtin.h"

struct memmap_bind {
	struct memmap_event event;
	struct memmap_bind *next; /* of the same dev_pagemap */
	struct list_head others;  /* of all, for the report */
	uint64_t bind_ns;         /* until the binder was let go; 0: not yet */
};

DEFINE_STATIC_KEY_FALSE(memmap_async_binding);
EXPORT_SYMBOL_GPL(memmap_async_binding);

static LIST_HEAD(binds);
static DEFINE_MUTEX(binds_lock);

static struct memmap_bind *make(unsigned long nr_pages)
{
	const struct memmap_request request = {
		.nr_pages = nr_pages,
		.kind = MEMMAP_DEVICE,
		.layout = memmap_shim.layout,
		.records = (void *)PAGE_SIZE, /* any */
	};
	const size_t own = ALIGN(sizeof(struct memmap_bind), SMP_CACHE_BYTES);
	const size_t storage = ALIGN(memmap_request_bytes(&request) + PAGE_SIZE, SMP_CACHE_BYTES);
	const size_t written = nr_pages / 512 / BITS_PER_BYTE + PAGE_SIZE;
	struct memmap_bind *bind = memmap_vmalloc(own + storage + written, __GFP_ZERO);

	if (!bind)
		return NULL;
	bind->event.storage = (void *)bind + own;
	bind->event.storage_bytes = storage;
	bind->event.written = (void *)bind + own + storage;
	bind->event.written_bytes = written;
	return bind;
}

static struct memmap_bind *begin(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
				 struct dev_pagemap *pgmap, const char **why)
{
	struct memmap_bind *bind;

	*why = "no pool";
	if (!memmap_shim.pool)
		return NULL;
	*why = "no memory for the event";
	bind = make(nr_pages);
	if (!bind || memmap_event_begin(&bind->event, zone, start_pfn, nr_pages, pgmap, why))
		return bind;
	vfree(bind);
	return NULL;
}

/* The records of one page of data are enough for unbind, which takes the zone from the first. */
static void flush(struct memmap_bind *bind, bool all)
{
	struct memmap_caller caller;

	memmap_caller_enter(&caller);
	if (all)
		memmap_flush(&bind->event.domain);
	else
		memmap_flush_range(&bind->event.domain, bind->event.request.start_pfn, 1);
	memmap_caller_leave(&caller);
}

static void keep(struct memmap_bind *bind, struct dev_pagemap *pgmap)
{
	bind->next = pgmap->memmap;
	static_branch_inc(&memmap_async_binding);
	smp_store_release(&pgmap->memmap, bind); /* for who finds pgmap by a pfn: pairs with the acquire in wait */
	mutex_lock(&binds_lock);
	list_add_tail(&bind->others, &binds);
	mutex_unlock(&binds_lock);
}

static void end(struct memmap_bind *bind)
{
	struct memmap_progress_counts counts;
	struct memmap_caller caller;

	memmap_caller_enter(&caller);
	memmap_cancel(&bind->event.domain);
	if (memmap_progress(&bind->event.domain, &counts) == MEMMAP_OK)
		memmap_count(COUNT_CANCELLED, counts.dropped_pages);
	memmap_domain_close(&bind->event.domain);
	memmap_caller_leave(&caller);
	vfree(bind);
	memmap_plant_stale(&bind->event.domain);
}

static bool must_be_whole(const struct dev_pagemap *pgmap)
{
	return !(pgmap->flags & PGMAP_ASYNC_INIT) || memmap_bind_mode() == BIND_SYNC || !memmap_has_workers();
}

void memmap_async_bind(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages, struct dev_pagemap *pgmap)
{
	const u64 began = ktime_get_ns();
	struct memmap_snapshot *snapshot = NULL;
	struct memmap_bind *bind = NULL;
	const char *why = NULL;

	if (memmap_bind_mode() == BIND_STOCK) {
		memmap_init_zone_device(zone, start_pfn, nr_pages, pgmap);
		return;
	}
	if (IS_ENABLED(CONFIG_MEMMAP_ASYNC_DEBUG) && memmap_verifies)
		snapshot = memmap_verify_begin(zone, start_pfn, nr_pages, pgmap);
	bind = begin(zone, start_pfn, nr_pages, pgmap, &why);
	if (!bind) {
		memmap_count(COUNT_LEFT, 1);
		pr_info(LOG "pfn %lu, %lu pages: left to memmap_init_zone_device(): %s\n", start_pfn, nr_pages, why);
		memmap_init_zone_device(zone, start_pfn, nr_pages, pgmap);
		memmap_verify_end(snapshot, false);
		return;
	}
	memmap_count(COUNT_BINDS, 1);
	memmap_plant_bind(&bind->event);
	keep(bind, pgmap); /* before: who waits for long is to be seen */
	flush(bind, snapshot || must_be_whole(pgmap));
	memmap_verify_end(snapshot, true);
	WRITE_ONCE(bind->bind_ns, ktime_get_ns() - began);
}

void memmap_async_unbind(struct dev_pagemap *pgmap)
{
	struct memmap_bind *bind;

	while ((bind = pgmap->memmap)) {
		pgmap->memmap = bind->next;
		mutex_lock(&binds_lock);
		list_del(&bind->others);
		mutex_unlock(&binds_lock);
		end(bind);
		static_branch_dec(&memmap_async_binding);
	}
}

static bool is_ready(unsigned long pfn, unsigned long nr_pages)
{
	const unsigned long end = pfn + nr_pages;

	for (; pfn < end; pfn = SUBSECTION_ALIGN_DOWN(pfn) + PAGES_PER_SUBSECTION)
		if (!memmap_ready(memmap_shim.pool, pfn))
			return false;
	return true;
}

void __memmap_async_wait(unsigned long pfn, unsigned long nr_pages)
{
	struct memmap_caller caller;
	struct dev_pagemap *pgmap;
	struct memmap_bind *bind;

	if (is_ready(pfn, nr_pages))
		return;
	pgmap = get_dev_pagemap(pfn, NULL);
	if (!pgmap)
		return; /* no records, or the device goes away: the caller's own locks see to that */
	memmap_caller_enter(&caller);
	for (bind = smp_load_acquire(&pgmap->memmap); bind; bind = bind->next)
		memmap_flush_range(&bind->event.domain, pfn, nr_pages);
	memmap_caller_leave(&caller);
	put_dev_pagemap(pgmap);
	memmap_count(COUNT_WAITS, 1);
}
EXPORT_SYMBOL_GPL(__memmap_async_wait);

struct page *memmap_async_device_page(unsigned long pfn, struct dev_pagemap **pgmap)
{
	*pgmap = pfn_valid(pfn) ? get_dev_pagemap(pfn, NULL) : NULL;
	if (!*pgmap)
		return NULL;
	if (pgmap_pfn_valid(*pgmap, pfn) && smp_load_acquire(&(*pgmap)->memmap) && is_ready(pfn, 1))
		return pfn_to_page(pfn);
	put_dev_pagemap(*pgmap);
	*pgmap = NULL;
	return NULL;
}

bool memmap_async_progress(struct dev_pagemap *pgmap, u64 *done, u64 *total)
{
	struct memmap_progress_counts counts;
	struct memmap_caller caller;
	struct memmap_bind *bind;

	*done = *total = 0;
	memmap_caller_enter(&caller);
	for (bind = smp_load_acquire(&pgmap->memmap); bind; bind = bind->next) {
		if (memmap_progress(&bind->event.domain, &counts) != MEMMAP_OK)
			continue;
		*done += counts.done_pages;
		*total += counts.total_pages;
	}
	memmap_caller_leave(&caller);
	return *total != 0;
}
EXPORT_SYMBOL_GPL(memmap_async_progress);

static int binds_show(struct seq_file *out, void *unused)
{
	struct memmap_progress_counts counts;
	struct memmap_caller caller;
	struct memmap_bind *bind;

	memmap_caller_enter(&caller);
	mutex_lock(&binds_lock);
	list_for_each_entry(bind, &binds, others) {
		const struct memmap_request *request = &bind->event.request;

		if (memmap_progress(&bind->event.domain, &counts) != MEMMAP_OK)
			continue;
		seq_printf(out, "pfn=%llu pages=%llu nid=%u records_nid=%u shift=%u", request->start_pfn,
			   request->nr_pages, request->nid, request->records_nid, request->vmemmap_shift);
		seq_printf(out, " bind_ns=%llu done=%llu by_callers=%llu\n", READ_ONCE(bind->bind_ns),
			   counts.done_pages, counts.caller_pages);
	}
	mutex_unlock(&binds_lock);
	memmap_caller_leave(&caller);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(binds);

static int __init memmap_bind_start(void)
{
	debugfs_create_file("binds", 0400, memmap_debugfs, NULL, &binds_fops);
	return 0;
}
late_initcall(memmap_bind_start);
