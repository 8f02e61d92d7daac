/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of mm/memmap_async, in a kernel with the engine linked in. */
#ifndef KERNEL_SHIM_BUILTIN_BUILTIN_H
#define KERNEL_SHIM_BUILTIN_BUILTIN_H

#include <linux/memmap_async.h>

#include "kernel_shim/kbuild/module.h"

/* --- start.c ------------------------------------------------------------------------------------------------------ */

extern bool memmap_verifies; /* each record is compared with what the kernel's own functions write */
extern bool memmap_fuses;    /* boot's records are written as already freed, where the kernel allows */

/* A page of the memory that holds these records, null where it cannot be told. Its own record may not be written. */
struct page *memmap_page_below(const void *records);

/* For tests, memmap_async_fail=: what boot gets no memory for. */
enum memmap_fail { FAIL_NONE, FAIL_POOL, FAIL_STORAGE, FAIL_WORKER };
extern enum memmap_fail memmap_fail;

/* How a bind is done: /sys/module/memmap_async/parameters/bind; stock with memmap_async=off. */
enum memmap_bind_mode { BIND_ASYNC, BIND_SYNC, BIND_STOCK };
enum memmap_bind_mode memmap_bind_mode(void);

/* --- boot.c and defer.c: nothing where the kernel does not defer -------------------------------------------------- */
#ifdef CONFIG_DEFERRED_STRUCT_PAGE_INIT
void memmap_boot_prepare(void);
void memmap_async_finish_boot(void);
/* hunger.c, for tests: on each node a thread, on one a timer, that take memory that must be grown first. */
void memmap_hunger_begin(void);
void memmap_hunger_end(void);
#else
static inline void memmap_boot_prepare(void) {}
static inline void memmap_async_finish_boot(void) {}
#endif

/* Whether workers run; without them nothing happens behind anybody's back. */
bool memmap_has_workers(void);

/* --- report.c ----------------------------------------------------------------------------------------------------- */

extern struct dentry *memmap_debugfs;

/* Sums that only grow; in debugfs, memmap_async/state. */
enum memmap_count {
	COUNT_COMPARED,   /* records compared with the kernel's own */
	COUNT_DIFFERENT,  /* of these */
	COUNT_BINDS,      /* binds that were ours */
	COUNT_LEFT,       /* binds that were left to memmap_init_zone_device() */
	COUNT_WAITS,      /* page by page waits that found their page not written */
	COUNT_ADDED,      /* pages of memory that was added, written by us */
	COUNT_CANCELLED,  /* pages of devices that went away before they were written */
	NR_COUNTS,
};
void memmap_count(enum memmap_count which, uint64_t by);

/* Compares records that ours has written with what `stock` writes in their place; stock's are left. Says the first
 * that differ in the kernel's log. */
typedef void memmap_write_stock(struct page *page, unsigned long pfn, const void *context);
void memmap_compare(unsigned long first_pfn, unsigned long nr_pages, memmap_write_stock *stock, const void *context);

/* --- plant.c: faults for tests, memmap_async_plant= -------------------------------------------------------------- */
#ifdef CONFIG_MEMMAP_ASYNC_DEBUG
void memmap_plant_stale(struct memmap_domain *given_back);
void memmap_plant_bind(struct memmap_event *event);
#else
static inline void memmap_plant_stale(struct memmap_domain *given_back) {}
static inline void memmap_plant_bind(struct memmap_event *event) {}
#endif

/* --- bind_verify.c ------------------------------------------------------------------------------------------------ */

/* Around a bind, where it shall be compared: stock first, poison, ours. end: what differs is said, and stock's left. */
struct memmap_snapshot *memmap_verify_begin(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
					    struct dev_pagemap *pgmap);
void memmap_verify_end(struct memmap_snapshot *snapshot, bool ours);

#endif
