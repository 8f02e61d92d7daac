/* SPDX-License-Identifier: GPL-2.0-only */
/* include/linux/memmap_async.h: what the rest of the kernel knows of mm/memmap_async. */
#ifndef _LINUX_MEMMAP_ASYNC_H
#define _LINUX_MEMMAP_ASYNC_H

#include <linux/jump_label.h>
#include <linux/types.h>

struct zone;
struct dev_pagemap;
struct page;

#ifdef CONFIG_MEMMAP_ASYNC

/* --- boot --------------------------------------------------------------------------------------------------------- */

/* Whether struct pages may be deferred: false with memmap_async=off. */
bool memmap_async_defers(void);

/* In memblock_free_all(): before pages are handed over, storage from memblock; behind it, a request for each node. */
void memmap_async_prepare(void);
void memmap_async_submit(void);

/* In page_alloc.c: as __free_pages_core(), for pages whose struct pages say already that they are free. */
void memmap_free_fresh(struct page *page, unsigned int order);

/* Threads are possible now. Starts the workers; returns when all deferred pages are handed over. */
void memmap_async_init_late(void);

/* --- memory that is added ----------------------------------------------------------------------------------------- */

/* As the loop of memmap_init_range() at hotplug. False: it is the caller's to do. */
bool memmap_async_hot_add(unsigned long start_pfn, unsigned long nr_pages, int nid, unsigned long zone_idx,
			  int migratetype);

#else

static inline bool memmap_async_defers(void) { return false; }
static inline void memmap_async_prepare(void) {}
static inline void memmap_async_submit(void) {}
static inline void memmap_async_init_late(void) {}
static inline bool memmap_async_hot_add(unsigned long start_pfn, unsigned long nr_pages, int nid,
					unsigned long zone_idx, int migratetype)
{
	return false;
}

#endif

#if defined(CONFIG_MEMMAP_ASYNC) && defined(CONFIG_ZONE_DEVICE)

/* --- ZONE_DEVICE -------------------------------------------------------------------------------------------------- */

/* The struct pages of a range that pgmap has just been given backing for. With PGMAP_ASYNC_INIT it returns when the
 * first ones are written, otherwise when all are. Where it cannot be done so, memmap_init_zone_device() does it. */
void memmap_async_bind(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages, struct dev_pagemap *pgmap);

/* Nobody has a reference any more: after return no struct page of pgmap is written. Other devices go on. */
void memmap_async_unbind(struct dev_pagemap *pgmap);

/* Counts the devices whose struct pages may not be written yet. */
DECLARE_STATIC_KEY_FALSE(memmap_async_binding);
void __memmap_async_wait(unsigned long pfn, unsigned long nr_pages);

/* Before a page of a device is looked at or mapped: returns when the struct pages of [pfn, +nr_pages) are written, by
 * writing them if nobody has begun to. Waits for no others. May sleep. The device must not go away meanwhile. */
static inline void memmap_async_wait(unsigned long pfn, unsigned long nr_pages)
{
	if (static_branch_unlikely(&memmap_async_binding))
		__memmap_async_wait(pfn, nr_pages);
}

/* How many of a device's struct pages are written. False: it is not known, all of them are. */
bool memmap_async_progress(struct dev_pagemap *pgmap, u64 *done, u64 *total);

/* For walkers over pfns: the struct page of pfn if it is a device's and is written; then put_dev_pagemap(*pgmap). */
struct page *memmap_async_device_page(unsigned long pfn, struct dev_pagemap **pgmap);

#else

#define memmap_async_bind memmap_init_zone_device
static inline void memmap_async_unbind(struct dev_pagemap *pgmap) {}
static inline void memmap_async_wait(unsigned long pfn, unsigned long nr_pages) {}

static inline struct page *memmap_async_device_page(unsigned long pfn, struct dev_pagemap **pgmap)
{
	return NULL;
}

#endif
#endif
