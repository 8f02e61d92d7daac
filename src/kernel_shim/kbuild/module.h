/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of memmap_async.ko. */
#ifndef KERNEL_SHIM_KBUILD_MODULE_H
#define KERNEL_SHIM_KBUILD_MODULE_H

#include <linux/gfp.h>
#include <linux/types.h>
#include <linux/vmalloc.h>

#include "kernel_shim/shim.h"
#include "kernel_shim/tables.h"

#define LOG "memmap_async: "

/* Large memory that nobody is killed for, and whose want is not complained about. NULL: there is none. vfree(). */
static inline void *memmap_vmalloc(size_t bytes, gfp_t more)
{
	return __vmalloc(bytes, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN | more);
}

enum memmap_mode { MODE_RUN, MODE_STOCK, MODE_VERIFY };

/* --- env.c: memmap_env of this kernel, and its workers ---------------------------------------------------------- */
extern const struct memmap_env memmap_kernel_env;
extern struct memmap_tables memmap_kernel_tables;
extern bool memmap_plant_no_recheck; /* park sleeps without looking at the word again */
extern int memmap_plant_no_worker;   /* the one that cannot be created; -1: none */

/* Fills the tables: `per_node` workers on each node that has CPUs, at most one a CPU; below 0: a quarter of the CPUs,
 * at least 2. */
void memmap_workers_count(int per_node, bool misplace);
/* Starts all workers, parked. 0, or why not; then none runs. */
int memmap_workers_start(struct memmap_pool *pool, int nice);
/* Returns when the last worker has left the module's code. */
void memmap_workers_stop(struct memmap_pool *pool);
/* NULL, or what this environment does not keep of what env.h promises. */
const char *memmap_env_test(void);
uint64_t memmap_stalls(void);
bool memmap_is_worker(void); /* the calling thread */

/* --- livepatch.c ------------------------------------------------------------------------------------------------ */

/* Finds the functions that are not exported and checks that the one to be replaced is as we know it. Sets
 * memmap_shim.stock and .set_pageblock_migratetype. NULL, or why this kernel is refused. */
const char *memmap_livepatch_find(void);
int memmap_livepatch_enable(void);

/* --- verify.c --------------------------------------------------------------------------------------------------- */
enum memmap_verdict { NOT_COMPARED, IDENTICAL, DIFFERENT };

struct memmap_comparison {
	enum memmap_verdict verdict;
	const char *what;     /* differs: "record", "pageblock" or "record outside" */
	unsigned long pfn;    /* first one that differs */
	unsigned int byte;    /* of it */
	uint64_t nr_compared; /* bytes */
};

struct memmap_snapshot; /* what stock has left */
struct memmap_snapshot *memmap_snapshot_take(struct page *first, unsigned long nr_pages);
void memmap_snapshot_drop(struct memmap_snapshot *snapshot);
/* Overwrites records and pageblock types, so that nothing of what stock wrote is left to be found. */
void memmap_snapshot_poison(const struct memmap_snapshot *snapshot, int byte, int migratetype);
struct memmap_comparison memmap_snapshot_compare(const struct memmap_snapshot *snapshot);
/* Stock's records and pageblock types as they were. */
void memmap_snapshot_restore(const struct memmap_snapshot *snapshot);

/* --- trial.c: on memory made for it, whether ours leaves what this kernel's function leaves. NULL, or what differs. */
const char *memmap_trial(void);

/* --- log.c: debugfs ---------------------------------------------------------------------------------------------- */
struct memmap_logged {
	uint64_t number;
	unsigned long start_pfn, nr_pages;
	uint32_t nid, records_nid;
	int type;
	unsigned long shift;
	enum memmap_mode mode;
	bool ours;
	const char *why; /* not ours */
	uint64_t init_ns;
	uint64_t pages_at_home, pages_elsewhere, twice;
	struct memmap_comparison comparison;
};
void memmap_log_event(struct memmap_logged *event);
/* Calls `by` for each event from now on, in a context that may not sleep; NULL: nobody. -EBUSY: there is one. For
 * memmap_async_trace.ko, from its start and stop only. */
typedef void memmap_observer(const struct memmap_logged *event);
int memmap_async_observe(memmap_observer *by);
int memmap_log_start(void);
void memmap_log_stop(void);

/* --- module.c ---------------------------------------------------------------------------------------------------- */
enum memmap_mode memmap_mode(void);
const char *memmap_mode_name(enum memmap_mode mode);
unsigned int memmap_phys_bits(void); /* of the addresses that the pool covers */

#endif
