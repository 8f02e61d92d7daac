/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim: the kernel's names over memmap.h. The same C files are compiled three times: into the loadable module
 * (device.c and below), for a patched kernel (boot.c too), and against small fake kernel headers as the user-space
 * twin that the normal tests run.
 *
 * Start: fill memmap_shim, lend storage to every event slot, and only then call the entry points. None of them
 * allocates.
 */
#ifndef KERNEL_SHIM_SHIM_H
#define KERNEL_SHIM_SHIM_H

#include <linux/atomic.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "kernel_shim/record.h"
#include "memmap/memmap.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MEMMAP_SHIM_EVENTS 16 /* hotplug events at once; further ones are done by stock */
#define MEMMAP_SHIM_NODES 64  /* node ids below this; others are done by stock */
#define MEMMAP_SHIM_SPANS 8   /* of a node at boot; where other nodes' memory cuts it in more, one thread does it */

/* For tests: what the write hook does wrong, once an event, in its middle unit; from STALE on: builtin/plant.c. */
enum memmap_plant {
	MEMMAP_PLANT_NONE, MEMMAP_PLANT_SKIP, MEMMAP_PLANT_TWICE, MEMMAP_PLANT_FLIP,
	MEMMAP_PLANT_STALE, MEMMAP_PLANT_BEYOND, MEMMAP_PLANT_UNMARKED, MEMMAP_PLANT_ATOMIC,
};

/* One hotplug event, in a slot that was prepared beforehand. */
struct memmap_event {
	struct memmap_domain domain;
	struct memmap_request request;
	struct memmap_record record;
	struct memmap_compound compound;
	atomic_t refs;           /* 0: free, or being set up */
	atomic_t taken;          /* 1: the slot is not free */
	struct page *first;      /* record of request.start_pfn */
	unsigned long unit_pages, grid_pfn; /* what the hooks get at most, and where the first of these begins */
	unsigned long *written;  /* lent: a bit a unit, set by the write hook */
	size_t written_bytes;
	void *storage;           /* lent: the request's */
	size_t storage_bytes;
	bool movnti;
	enum memmap_plant plant;
	atomic64_t twice;        /* units that the write hook got a second time */
	atomic64_t pages_on[MEMMAP_SHIM_NODES]; /* written by a CPU of that node */
};

typedef void memmap_stock(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
			  struct dev_pagemap *pgmap);

struct memmap_shim {
	struct memmap_pool *pool;
	const struct memmap_layout *layout; /* how large this kernel's blocks are; null: as x86-64's */
	memmap_stock *stock; /* what memmap_init_zone_device() did before; also does what we cannot */
	void (*set_pageblock_migratetype)(struct page *page, int migratetype);
	uint32_t (*node_of_records)(const struct page *first); /* whose memory holds them; not a node: unknown */
	uint32_t (*workers_at)(uint32_t records_nid); /* at one event at once; null, 0: no bound */
	bool movnti;
	bool compounds; /* as stock makes them, as far as is known; else stock does them */
	enum memmap_plant plant;
	void (*before_unit)(void); /* for tests: what a device's write hook calls first; or null */
	struct memmap_event *events; /* [MEMMAP_SHIM_EVENTS] */
};
extern struct memmap_shim memmap_shim;

/* Every thread that is no worker calls enter before, and leave after, it calls memmap.h. The environment's. */
struct memmap_caller {
	void *opaque[6];
};
void memmap_caller_enter(struct memmap_caller *caller);
void memmap_caller_leave(struct memmap_caller *caller);

/* --- device.c: hotplug ----------------------------------------------------------------------------------------- */

/* Starts an event in one of the caller's, zeroed but for the storage that it lends, which ends with its domain. As the
 * next one otherwise. */
bool memmap_event_begin(struct memmap_event *event, struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
			struct dev_pagemap *pgmap, const char **why);

/* --- slots.c: the same without storage of the caller's ---------------------------------------------------------- */

/* Starts an event: workers write the records of [start_pfn, +nr_pages), less what an altmap holds, and set their
 * pageblocks movable. NULL: not begun, *why says why, in one word or sentence; nothing is changed. */
struct memmap_event *memmap_init_zone_device_begin(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
						   struct dev_pagemap *pgmap, const char **why);

/* Helps with, and waits for, the rest of the event, then frees its slot. `seen` (or null) is shown the event when it
 * is done and its slot is still held. Returns 0 or a memmap_status. */
int memmap_init_zone_device_end(struct memmap_event *event,
				void (*seen)(const struct memmap_event *event, void *context), void *context);

/* As the kernel's: synchronous, cannot fail. Where the event cannot be begun, stock does it. */
void memmap_init_zone_device(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
			     struct dev_pagemap *pgmap);

/* Returns once the records of [pfn, +nr_pages) are written, as far as events that have begun are to write them: helps
 * with these, and waits for no others. May block. 0, or a memmap_status. */
int memmap_sync(unsigned long pfn, unsigned long nr_pages);

/* --- boot.c ---------------------------------------------------------------------------------------------------- */

/* A node's deferred pages. The caller's, zeroed; lent from memmap_boot_lend() to memmap_boot_finish(). */
struct memmap_boot {
	struct memmap_domain domain;
	struct memmap_record record;
	struct memmap_piece *pieces; /* where free ranges are put down: at most max_pieces */
	size_t max_pieces;
	void *storage;
	size_t storage_bytes;
	bool freed; /* records are written as of pages that are free already: memmap_free_fresh() */
	void (*check)(const struct memmap_boot *boot, uint64_t pfn, uint64_t nr_pages); /* or null: they are written */
	enum memmap_plant plant;
	uint64_t victim_pfn; /* of the plant */
	struct memmap_request spans[MEMMAP_SHIM_SPANS]; /* one, but where other nodes' memory lies in between */
	uint64_t start_pfn, end_pfn; /* of all */
	bool begun;
	int status;
	struct memmap_progress_counts before, after; /* memmap_boot_count(), memmap_boot_finish() */
};
void memmap_boot_lend(int nid, struct memmap_boot *boot);

/* Submits the free ranges from first_deferred_pfn on, to the end of the node's last zone; returns while workers, if
 * there are any yet, write the records and free the pages. Needs no thread, and all reserved pages known. `pgdat` is a
 * pg_data_t. 0; or a memmap_status that says why the caller did it all. */
int deferred_init_memmap(void *pgdat);

/* An allocation of that order failed in this zone: frees a section or more, in the caller. True: try again. Any
 * context. */
bool deferred_grow_zone(struct zone *zone, unsigned int order);

/* Notes how far each node is. */
void memmap_boot_count(void);

/* How often growing has moved something; how often before memmap_boot_count(). */
unsigned int memmap_boot_grown(unsigned int *before);

/* deferred_init_memmap() on each node with memory that has not begun, then waits for all of them. */
void memmap_boot_finish(void);

#ifdef __cplusplus
}
#endif
#endif
