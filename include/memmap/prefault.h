/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * prefault.h - range jobs on this process's memory: make it present, or zero it, in parallel, in the background, with
 * each part at once for who needs it. For guests' memory, pools, page arrays. Link the library `memmap_async`.
 *
 *     struct memmap_range job = {0};
 *     memmap_prefault_range(&job, guest, nr_bytes, nid);
 *     job.storage_bytes = memmap_range_bytes(&job);
 *     job.storage = memmap_runtime_alloc(pool, job.storage_bytes, nid);
 *     memmap_range_async(&job, &domain);
 *     memmap_range_flush(&domain, &job, (uintptr_t)guest, 4096);   // the first page now
 *     int error = memmap_flush(&domain);                          // 0, or -ENOMEM, -EFAULT, ...: the first error
 *
 * The numbers of these jobs are addresses; units are 2 MiB, aligned.
 */
#ifndef MEMMAP_PREFAULT_H
#define MEMMAP_PREFAULT_H

#include "memmap/range.h"

#ifdef __cplusplus
extern "C" {
#endif

/* prefault_range: sets first, count, unit_shift, grain_units, nid, unit_ns and run. Every page of [memory, + nr_bytes)
 * becomes present and writable as a store would make it, what it holds stays. Pages without a policy land on the node
 * of the worker: that of `nid` as a rule, others where they steal; bind the memory (mbind) where that matters.
 * madvise(MADV_POPULATE_WRITE), Linux 5.14; on older kernels a word of each page is touched by a system call. So what
 * would raise SIGBUS is an error of the domain: -EFAULT (behind the end of a file, a bad block), -ENOMEM (not mapped,
 * or no memory), -EINVAL (device memory that cannot be faulted in), -EHWPOISON. */
void memmap_prefault_range(struct memmap_range *range, void *memory, size_t nr_bytes, uint32_t nid);

/* zero_range: the same fields. Zeroes [memory, + nr_bytes) with streaming stores, which leave the caches alone. Memory
 * that cannot be made present raises SIGBUS or SIGSEGV in who happens to do it: prefault it first, in the same domain's
 * parent or by a flush, where that may be. */
void memmap_zero_range(struct memmap_range *range, void *memory, size_t nr_bytes, uint32_t nid);

#ifdef __cplusplus
}
#endif
#endif
