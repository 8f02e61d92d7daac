/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * runtime.h - hosted start-up in one call: this machine's topology (hwloc), one pinned worker for each CPU this
 * process may use, parked until there is work. Link the library `memmap_async`.
 *
 * What it may use is looked at once a second while there is work. As many workers as the cgroup's CPU quota has room
 * for do it, spread over the machine; a quota that grows brings more of them, and their threads. Workers whose CPU is
 * unplugged or taken away from them by a cpuset or by taskset stay away until they have it again. CPUs that were not
 * in the affinity mask of the thread that called runtime_start get no worker, also when that mask, or the cpuset, is
 * widened later: start another runtime then.
 *
 * What is kept of a thread is in the thread's own storage: its first call allocates nothing either. Only in a thread
 * that has called four runtimes which still exist does the first call for another allocate some bytes and take a lock.
 */
#ifndef MEMMAP_RUNTIME_H
#define MEMMAP_RUNTIME_H

#include "memmap/memmap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero means defaults. */
struct memmap_runtime_options {
	uint64_t start_pfn, nr_pages; /* what can ever be submitted, multiples of 32,768; default the first 2^34 pages
	                               * (64 TiB), reserved address space, touched where used */
	uint32_t max_workers;         /* default: CPUs of the affinity mask */
	bool no_workers;              /* every submit and flush works in its caller */
	uint32_t stall_ms;            /* default 100: a flush that waits longer says on stderr for whom */
	const char *trace_path;       /* file that runtime_stop() writes: all that workers and callers did, as JSON for
	                               * ui.perfetto.dev; opened, and copied, by the start. Default: no trace */
};

/* runtime_start: null on failure, *error (may be null) then says why in a static or thread-local sentence. Several
 * runtimes may exist. options may be null. The first of a process measures, for some 0.2 ms, what a record takes: work
 * below four wakes is done by who submits it. A grain is 8,192 pages, or 16,384 where there are 64 of them a worker. */
struct memmap_pool *memmap_runtime_start(const struct memmap_runtime_options *options, const char **error);

/* runtime_stop: joins the workers. INVALID: no such pool. BUSY, and nothing happens, while domains are open. Once OK,
 * the pool is gone: no call may be asked about it, nor about its closed domains. */
int memmap_runtime_stop(struct memmap_pool *pool);

/* runtime_alloc: nr_bytes, zeroed, 64-byte aligned, its pages placed on nid and present (huge pages where possible);
 * null on failure or unknown nid. For records and storage. free: with the same nr_bytes. Thread-safe. */
void *memmap_runtime_alloc(struct memmap_pool *pool, size_t nr_bytes, uint32_t nid);
void memmap_runtime_free(void *memory, size_t nr_bytes);

#ifdef __cplusplus
}
#endif
#endif
