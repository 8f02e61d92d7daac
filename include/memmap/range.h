/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * range.h - any work on a range of numbers, and single tasks, through the engine that initialises memory maps.
 *
 * A *range job* runs a hook over numbers [first, first + count): bytes, frames, items, whatever the hook takes them
 * for. Its units are claimed by whoever comes first (a worker, a flusher, a thread that needs one number now), each
 * exactly once. It belongs to a domain like any request: flush, cancel, close, progress, priorities and `parent` of
 * memmap.h apply, and both kinds may share one domain.
 *
 *     struct memmap_range prepare = {.count = nr_bytes, .unit_shift = 21, .run = prepare_bytes, .context = memory};
 *     prepare.storage_bytes = memmap_range_bytes(&prepare);
 *     prepare.storage = calloc_aligned(64, prepare.storage_bytes);
 *     memmap_range_async(&prepare, &domain);
 *     memmap_range_flush(&domain, &prepare, offset, 4096);   // this part now
 *     memmap_flush(&domain);                                 // all of it
 *
 * A *task* is a range of one: a callable for a worker of some node. Tasks may be submitted from hooks; who wants to
 * wait for them there gives them a domain of their own, opened with the hook's domain as its parent.
 *
 * Any thread may call. Submitting one, and claiming a grain, cost the same however many units and jobs the domain has;
 * choosing a domain, once for eight grains or 64 units, looks at each that has work (at most 64). A flush looks at each
 * job of its domain, at most twice. No call allocates.
 */
#ifndef MEMMAP_RANGE_H
#define MEMMAP_RANGE_H

#include "memmap/memmap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Copied by the submit; `storage` and `context` stay lent until the domain is closed. Zero means the default, except
 * for count and run. */
struct memmap_range {
	uint64_t first;         /* first + count <= 2^62 */
	uint64_t count;         /* >= 1 */
	uint32_t unit_shift;    /* unit n is [n << unit_shift, (n + 1) << unit_shift), clipped to the range: never
	                         * split, run by one thread. At most 2^32 of them; at most 55 */
	uint32_t grain_units;   /* claimed at a time: power of two, at most 64; default 1 */
	uint32_t nid;           /* node whose memory is worked on: its workers come first */
	uint32_t unit_ns;       /* what a unit takes, roughly: what is smaller than four wakes in all is done by who
	                         * submits it. Default 1,000,000 */
	memmap_hook *run;       /* called with the numbers of one unit; nonzero ends the domain. A C++ exception that
	                         * leaves a hook ends the program: memmap/throws.hpp makes it an error */
	memmap_hook *undo;      /* from memmap_cancel(), for exactly the units that were done */
	void *context;          /* what both are called with */
	void *storage;          /* 64-byte aligned, zeroed */
	size_t storage_bytes;   /* memmap_range_bytes() or more */
};

/* range_bytes: how much storage it needs; 0 where it is invalid. About 2 bits a unit, and 0.4 to 2.4 KiB.
 * memmap/sizes.h: at most, as a constant expression. */
size_t memmap_range_bytes(const struct memmap_range *range);

/* range_async: accept it, wake at most one worker, return; small ones, and all where no worker exists, are run before
 * it returns, but for units that others hold. So each one that a hook submits there takes some 1 KiB more of the stack:
 * a chain of them, each submitted by the one before, is for a domain that workers see. INVALID, NO_NODE, STORAGE,
 * FAILED, CANCELLED, CLOSED. */
int memmap_range_async(const struct memmap_range *range, struct memmap_domain *domain);

/* range_flush: help with, and wait for, the units of [first, first + count) of one range job of this domain, which its
 * storage identifies. May block, for what others hold of them. OUTSIDE where they are not all of that job, INVALID,
 * CANCELLED, CLOSED, WOULD_DEADLOCK, a hook's error. */
int memmap_range_flush(struct memmap_domain *domain, const struct memmap_range *range, uint64_t first, uint64_t count);

/* Storage of a task, in words. */
#define MEMMAP_TASK_WORDS 48

/* A task, zeroed but for these; stays lent until its domain is closed. */
struct memmap_task {
#ifdef __cplusplus
	alignas(64)
#else
	_Alignas(64)
#endif
	uint64_t opaque[MEMMAP_TASK_WORDS]; /* the engine's */
	int (*run)(void *context); /* nonzero ends the domain */
	void *context;             /* what it is called with */
	uint32_t nid;              /* node whose workers come first */
	uint32_t run_ns;           /* as unit_ns: each that is small is run by who submits it, so of many small ones say
	                            * nothing, or make them a range */
};

/* task_async: as range_async. It is never run twice; whether it was run, the domain's flush says. */
int memmap_task_async(struct memmap_task *task, struct memmap_domain *domain);

#ifdef __cplusplus
}
#endif
#endif
