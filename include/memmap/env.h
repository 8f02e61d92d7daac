/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * env.h - the seam: everything the engine needs from outside, for people who bring their own threads.
 *
 * The engine neither starts threads nor knows the time. Who lends threads fills a memmap_env, describes the machine
 * in a memmap_topology, and lets each lent thread call memmap_worker_step() until it returns false, then
 * memmap_worker_idle(). The bodies in the tree are src/host/threads.cc (pinned threads, futex),
 * src/host/tbb_lender.cc (tasks of oneTBB), src/host/fibers.cc (all in one thread, seeded) and
 * src/kernel_shim/kbuild/env.c (kthreads).
 */
#ifndef MEMMAP_ENV_H
#define MEMMAP_ENV_H

#include "memmap/memmap.h"
#include "memmap/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* No worker but a caller of the API. */
#define MEMMAP_NO_WORKER 0xFFFFFFFFu

/* What the engine keeps per thread of execution. The environment zeroes it (worker = MEMMAP_NO_WORKER for threads that
 * are no worker) and returns always the same one for the same thread; only that thread touches it. Where code that
 * parked may go on in another thread, a thread of execution is a stack. */
struct memmap_self {
	uint32_t worker; /* index, or MEMMAP_NO_WORKER */
	uint32_t group;  /* locality group it runs in: nearest stripes first */
	uint32_t beside; /* worker pinned to the CPU this thread runs on, woken last; or MEMMAP_NO_WORKER */
	uint32_t depth;  /* the engine's: 0, or 1 + the depth of the deepest domain whose hook it is inside of */
};

/* Who holds what somebody waits for: handed to memmap_env.stalled. The holder has it at least as long as waited_ns. */
struct memmap_stall {
	const char *domain;  /* name of the domain that is waited for */
	uint64_t waited_ns;  /* so far */
	uint32_t worker;     /* holder; MEMMAP_NO_WORKER: no worker but a caller of the API, not known which (or a
	                      * worker, more than four calls deep in hooks) */
	uint64_t pfn;        /* held pages, or numbers of a range job; of a caller the first that are not done */
	uint64_t nr_pages;   /* 0: meanwhile all are done */
	const char *stage;   /* "write", "ready" or "retire"; of a caller "unknown"; "inside": a close waits until a
	                      * caller leaves the domain, which holds no pages any more: look for an undo hook */
};

/* All callbacks get `context`, may be called from any thread and must not call the API, except as said. */
struct memmap_env {
	void *context; /* the environment's own */

	/* park: return when unparked, when *word != value, after timeout_ns (0: none), or for no reason. The check of
	 * *word against value is atomic with going to sleep, as in futex(2). */
	void (*park)(void *context, uint32_t *word, uint32_t value, uint64_t timeout_ns);

	/* unpark: wake all who are parked on word. The engine has changed *word before. */
	void (*unpark)(void *context, uint32_t *word);

	/* wake_later: as unpark, but from a context that may not wake: postpone it. May be the same function. When it
	 * is carried out the word may be gone: an address to look sleepers up by, not to be read. */
	void (*wake_later)(void *context, uint32_t *word);

	/* relax: one turn of a spin loop. yield: let somebody else run. */
	void (*relax)(void *context);
	void (*yield)(void *context);

	/* clock_ns: monotonic nanoseconds. */
	uint64_t (*clock_ns)(void *context);

	/* self: of the calling thread. Never null. */
	struct memmap_self *(*self)(void *context);

	/* fatal: an invariant is broken; must not return. */
	void (*fatal)(void *context, const char *what);

	/* Optional (null: nothing happens).
	 * spend: the caller is about to write nr_pages records on records_nid; where time is virtual it passes here.
	 * buggify: true asks the engine to take the unlikely branch named `point`.
	 * stalled: somebody has waited for another stall_ns; called by the one who waits.
	 * trace: something is over: memmap/trace.h. */
	void (*spend)(void *context, uint32_t records_nid, uint64_t nr_pages);
	bool (*buggify)(void *context, const char *point);
	void (*stalled)(void *context, const struct memmap_stall *stall);
	void (*trace)(void *context, const struct memmap_trace *event);
};

/* The machine as the engine sees it. Tables are lent for the life of the pool. A locality group is a set of at most 64
 * workers that share a node (or an L3 on big nodes); groups exist also where they have no worker. */
struct memmap_topology {
	uint32_t nr_workers;             /* 0: whoever calls does the work; at most 65,536 */
	uint32_t nr_groups;              /* >= 1 */
	uint32_t nr_nids;                /* highest node id + 1; ids may be sparse */
	const uint16_t *group_of_worker; /* [nr_workers] */
	const uint16_t *steal_rank;      /* [nr_groups * nr_groups]: rank of home h for a worker of group g at
	                                  * [g * nr_groups + h]; 0 is its own, smaller is nearer */
	const uint16_t *home_begin;      /* [nr_nids + 1]: groups that work on memory of node n, best first, are */
	const uint16_t *home;            /* home[home_begin[n]] .. home[home_begin[n + 1]]; none: n is no node */
	const uint16_t *width;           /* [nr_groups]: workers of a group awake at once, not 0 where it has some;
	                                  * null: all */
};

/* Zero means the default, except for env, topology, start_pfn and nr_pages. */
struct memmap_pool_config {
	const struct memmap_env *env;           /* lent */
	const struct memmap_topology *topology; /* lent */
	uint64_t start_pfn;                     /* first and number of pfns that can ever be submitted: */
	uint64_t nr_pages;                      /* multiples of 32,768 (a section); 16 bytes each section */
	uint32_t grain_pages;                   /* claimed at a time: power of two, 512 .. 32,768; default 4,096 */
	uint32_t wake_ns;                       /* waking a parked worker, until it runs: default 23,000 */
	uint32_t record_ps;                     /* writing a record, in picoseconds: default 2,600 */
	uint32_t spin_ns;                       /* search before parking: default 20,000; UINT32_MAX: no spin */
	uint32_t stall_ms;                      /* until `stalled` is called: default 100 */
	uint32_t domain_slots;                  /* domains that workers and grow see at once, 1 .. 64: default 64;
	                                         * further ones work in the caller */
	uint32_t large_grain_pages;             /* like grain_pages, not less, of requests that have 64 of these for
	                                         * each worker, in units of at most 1,024 pages; default: as those */
};

/* pool_bytes: storage of a pool; 0 where the config is invalid. memmap/sizes.h: at most, as a constant expression. */
size_t memmap_pool_bytes(const struct memmap_pool_config *config);

/* pool_init: a pool in `storage` (128-byte aligned, zeroed). Not blocking, not concurrent. INVALID, STORAGE. */
int memmap_pool_init(struct memmap_pool **pool, const struct memmap_pool_config *config, void *storage, size_t bytes);

/* pool_fini: INVALID where it is null, BUSY while domains are open; may be asked at any time. Once OK, and with no
 * worker and no other call inside any more (who flushes a domain while another closes it may still be on its way out),
 * the storage is the caller's. */
int memmap_pool_fini(struct memmap_pool *pool);

/* pool_stop: makes every memmap_worker_idle() return at once, now and later. Not blocking. Null: nothing happens. */
void memmap_pool_stop(struct memmap_pool *pool);

/* worker_step: work on at most one grain as `worker` (< nr_workers, one thread at a time). False: found nothing. */
bool memmap_worker_step(struct memmap_pool *pool, uint32_t worker);

/* worker_idle: search for spin_ns, then announce, look again, park. Returns when there may be work, false after
 * memmap_pool_stop(). Call it only after a step that returned false. */
bool memmap_worker_idle(struct memmap_pool *pool, uint32_t worker);

/* worker_rest: as idle, for lenders whose threads do other things than park. Null: there may be work, or the pool was
 * stopped: step again. Otherwise the worker is announced as sleeping, and env.unpark() is called with this word as
 * soon as it is wanted, perhaps before rest returns; its thread may go. Who comes back as this worker, then or for any
 * other reason, calls worker_return() before the next step. From a return to a rest one thread is the worker. */
uint32_t *memmap_worker_rest(struct memmap_pool *pool, uint32_t worker);
void memmap_worker_return(struct memmap_pool *pool, uint32_t worker);

/* worker_leave: this worker will not come for a while, as its CPU is gone or the process may use fewer. It gives up the
 * domain that it works on; where work is left somebody else is woken. Its next step ends that. Between two other calls
 * for this worker, but not between a rest that announced it and its return; one that never comes back holds nothing up.
 * */
void memmap_worker_leave(struct memmap_pool *pool, uint32_t worker);

/* pool_set_width: how many workers of a group may be awake at once. Any time, any thread: nobody is woken beyond that,
 * those awake go on; those that have left do not count. Where there is work it wakes one worker that may be woken. 0:
 * nobody is woken, only flushes work. The table's width is where it begins. INVALID. */
int memmap_pool_set_width(struct memmap_pool *pool, uint32_t group, uint32_t width);

/* How many distances of steals are counted apart. */
#define MEMMAP_STEAL_DISTANCES 4

/* Counters of one worker since the start; grows only, each exact for its own thread, a snapshot for others. */
struct memmap_worker_counts {
	uint64_t grains, stolen_grains; /* claimed; of these of other groups' stripes */
	uint64_t parks, wakes_sent;     /* own sleeps; wakes of other workers */
	uint64_t yields; /* to callers at work on its CPU */
	uint64_t stolen_at[MEMMAP_STEAL_DISTANCES]; /* stolen_grains by steal_rank: 1, 2-3, 4-7, 8 and more */
};

/* worker_counters: of a worker, at any time, from any thread. INVALID. */
int memmap_worker_counters(const struct memmap_pool *pool, uint32_t worker, struct memmap_worker_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
