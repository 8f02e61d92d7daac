/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * memmap.h - the one call that initialises memory maps, at boot and at hotplug.
 *
 * A *record* is the 64 bytes that describe one page; the *memmap* is the array of records. An *event* (a boot, a
 * hot-add) opens a *domain*, submits *requests* to it and flushes it; domains never wait for each other.
 *
 *     struct memmap_domain d;
 *     memmap_domain_open(&d, pool, NULL);
 *     memmap_init_async(&request, &d);              // returns at once; workers and waiters write the records
 *     memmap_flush_range(&d, pfn, 1);               // a first fault: only this page's unit
 *     memmap_flush(&d);                             // everything of this event, nothing of any other
 *     memmap_domain_close(&d);                      // storage returns to the caller
 *
 * Every call may be made from any thread. Calls that may block say so; no other does. No call allocates. Misuse returns
 * a status and changes nothing. Memory ordering, unless said otherwise: what hooks and writer stored for a page happens
 * before any call that reported it as initialised returns.
 */
#ifndef MEMMAP_MEMMAP_H
#define MEMMAP_MEMMAP_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif
#include "memmap/layout.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a call returns: 0, one of these, or from a flush the first nonzero value that a hook of the domain returned. */
enum memmap_status {
	MEMMAP_OK = 0,
	MEMMAP_INVALID = -10001,        /* an argument: null, zero pages, overflow, pieces not ascending in the span */
	MEMMAP_NO_NODE = -10002,        /* nid or records_nid is not a node of the pool's topology */
	MEMMAP_STORAGE = -10003,        /* storage is null, unaligned to 64, used and not zeroed, or too small */
	MEMMAP_OVERLAP = -10004,        /* a subsection of the span belongs to a request whose domain is not closed */
	MEMMAP_OUTSIDE = -10005,        /* pfns outside the pool; or no page of a flushed range is of this domain */
	MEMMAP_FAILED = -10006,         /* submit: a hook of this domain has failed before */
	MEMMAP_CANCELLED = -10007,      /* the domain was cancelled */
	MEMMAP_CLOSED = -10008,         /* the domain is closed, or closing */
	MEMMAP_WOULD_DEADLOCK = -10009, /* a blocking call in a hook, for a domain with no more parents */
	MEMMAP_UNSUPPORTED = -10010,    /* compounds that share records where Linux's do not, or off the grid */
	MEMMAP_BUSY = -10011,           /* domains are still open, or this one is; no slot for a child is left */
};

/* status_text: a static English sentence for a memmap_status; "a hook's own error" for any other value. */
const char *memmap_status_text(int status);

struct memmap_pool; /* one engine with its workers: see memmap/runtime.h (hosted) or memmap/env.h */

/* One event's work. Caller's storage, 64-byte aligned, must not move or vanish while open. Zeroed: closed; else the
 * first call is an open that succeeds. */
struct memmap_domain {
#ifdef __cplusplus
	alignas(64)
#else
	_Alignas(64)
#endif
	uint64_t opaque[64]; /* the engine's */
};

/* All zero means defaults. */
struct memmap_domain_options {
	const char *name;     /* for reports; copied, 31 characters of it */
	uint32_t max_workers; /* workers on this domain at once, flushers not counted; 0: no bound */
	bool background;      /* yields to every other domain until somebody waits for it, or for one above it */
	struct memmap_domain *parent; /* of this pool, open: flush, cancel include this; closes last; at most 4 */
};

/* nr_pages pages from pfn on: half-open, page granularity. */
struct memmap_piece {
	uint64_t pfn;      /* the first */
	uint64_t nr_pages; /* how many, at least 1 */
};

/* Which image a record gets, after Linux's __init_single_page(): docs/architecture.md, docs/methods.md. */
enum memmap_kind {
	MEMMAP_BOOT,       /* RAM: reference count 1, not reserved; deferred_init_memmap() before it frees */
	MEMMAP_BOOT_FREED, /* RAM, written as if already freed: count 0, so that `ready` touches one record a block */
	MEMMAP_DEVICE,     /* ZONE_DEVICE: reserved, pgmap, count by its type; memmap_init_zone_device() */
	MEMMAP_ADDED,      /* RAM at hotplug: reserved, later offline, until `ready` onlines it; memmap_init_range() */
	MEMMAP_RESERVED,   /* RAM in use, and holes: reserved; reserve_bootmem_region(), init_unavailable_range() */
};

/* Called with a range of present pages inside one unit; nonzero is an error that ends the domain: no memmap_status, or
 * nobody can tell it from the engine's. Hooks run in workers and in callers of any function below that may help, never
 * twice for one page, concurrently for different units. They may submit (which may run its hooks inside of them), open
 * domains, and block only on domains of this pool with more parents than those of the hooks that they are inside of. */
typedef int memmap_hook(void *context, uint64_t pfn, uint64_t nr_pages);

/* What is done with pages besides writing their records; each may be null. */
struct memmap_hooks {
	memmap_hook *write; /* instead of the image, with a fence of its own for streaming stores; null: the image */
	memmap_hook *ready; /* hand over (buddy, online): after the whole unit is written and visible; where it fails
	                     * its unit does not count as done, and is its own to tidy up */
	memmap_hook *undo;  /* from memmap_cancel(), for exactly the pages that were done */
	void *context; /* what each is called with */
};

/* A device that stores its own memmap: [start_pfn, +reserve) is never written, [+reserve, +free) holds the memmap and
 * gets plain reserved records without pgmap, data follows. nr 0/0: none. As Linux's struct vmem_altmap. */
struct memmap_altmap {
	uint64_t reserve; /* pages from start_pfn */
	uint64_t free;    /* pages after these */
};

/* One span of one zone or device. Copied by the submit; `storage`, `records` and `hooks.context` stay lent until the
 * domain is closed. Spans of one submit are chained by `next`, ascending: all are accepted or none. */
struct memmap_request {
	uint64_t start_pfn;   /* the first page */
	uint64_t nr_pages;    /* up to the last one, holes included */
	uint32_t nid;         /* node of the pages: stamped into each record */
	uint32_t records_nid; /* node whose memory holds the records: who works on them */
	uint32_t zone;        /* 0 DMA .. 4 DEVICE: stamped into each record */
	enum memmap_kind kind;              /* which image */
	enum memmap_device device;          /* MEMMAP_DEVICE */
	enum memmap_version version;        /* of Linux, whose image it is */
	const struct memmap_layout *layout; /* lent as long as storage; null: memmap_layout_at(0) */
	uint32_t vmemmap_shift;             /* MEMMAP_DEVICE: order of compounds, from the first page of data on */
	bool shared_records; /* only a compound's distinct records exist and are written: memmap_may_share_records() */
	bool narrow_stores;  /* stores of 8 bytes, a kernel's, also where this was compiled with vector registers */
	struct memmap_altmap altmap;       /* MEMMAP_DEVICE: where it stores its own memmap */
	uint64_t pgmap;                    /* MEMMAP_DEVICE: value of the record's pgmap word */
	const struct memmap_piece *pieces; /* present pages: ascending, disjoint, inside the span; null: all of it */
	size_t nr_pieces;                  /* of `pieces` */
	void *records; /* of start_pfn, 8-byte aligned, 64 where records have 64; may be null if hooks.write is set */
	struct memmap_hooks hooks; /* copied */
	void *storage;             /* 64-byte aligned, zeroed */
	size_t storage_bytes;      /* memmap_request_bytes() or more */
	const struct memmap_request *next; /* the next span of the same submit; null: none */
};

/* request_bytes: how much storage one span needs (its `next` not counted); 0 where the request is invalid. 2 bits for a
 * unit of 512 or 1,024 pages, 16 bytes a piece, and 0.8 to 2.7 KiB. */
size_t memmap_request_bytes(const struct memmap_request *request);

/* domain_open: a domain, for one event. options may be null. No other call on the object may be under way. INVALID;
 * BUSY where the pool's table has it open (one that found it full is not known to it), and it stays so, or has no room
 * for a child; CLOSED, CANCELLED or FAILED as the parent: a child that is refused may block, for who looks at all. */
int memmap_domain_open(struct memmap_domain *domain, struct memmap_pool *pool,
                       const struct memmap_domain_options *options);

/* init_async: accept the request (and its chain), wake at most one worker, return. Small requests, and all requests
 * where no worker exists, are done before it returns, but for what others hold of them. Not counted as blocking.
 * INVALID, NO_NODE, STORAGE, OVERLAP (also with a submit that is itself refused), OUTSIDE, UNSUPPORTED, FAILED,
 * CANCELLED, CLOSED. */
int memmap_init_async(const struct memmap_request *request, struct memmap_domain *domain);

/* flush: help with, then wait for, all requests of this domain and those below it that were accepted before the call.
 * May block, for what others hold: a grain each. A hook's error, INVALID, CANCELLED, CLOSED, WOULD_DEADLOCK. */
int memmap_flush(struct memmap_domain *domain);

/* flush_range: the same for the units of [pfn, pfn + nr_pages) only. Pages of no request are not waited for; if no
 * page of the range is of this domain: OUTSIDE. INVALID, CANCELLED, CLOSED, WOULD_DEADLOCK, a hook's error. */
int memmap_flush_range(struct memmap_domain *domain, uint64_t pfn, uint64_t nr_pages);

/* cancel: after return nothing of this domain and those below it is written any more; `ready` is cleared, then `undo`
 * called for all that was done, those below first (memmap_progress() says how much). May block: one grain. OK also the
 * second time, perhaps before the first has undone all. An undo hook's error, INVALID, CLOSED, WOULD_DEADLOCK. */
int memmap_cancel(struct memmap_domain *domain);

/* domain_close: flush, then give back the storage of every request; the pages may be submitted again. May block.
 * A cancelled or failed domain closes too, and says so: CANCELLED, the hook's error. INVALID, CLOSED (already),
 * BUSY (a child is open after the flush: it stays open), WOULD_DEADLOCK (likewise). */
int memmap_domain_close(struct memmap_domain *domain);

/* Pages of all requests accepted so far by this domain, numbers of range jobs. */
struct memmap_progress_counts {
	uint64_t total_pages;   /* accepted: done, dropped, and still to do */
	uint64_t done_pages;    /* initialised and handed over */
	uint64_t caller_pages;  /* of these, by callers (submit, flush, grow); the others by workers */
	uint64_t dropped_pages; /* by a cancel or a failure */
	uint64_t requests;      /* accepted, spans of a chain and range jobs counted each */
};

/* progress: a snapshot, exact when nothing is in flight. CLOSED, INVALID. */
int memmap_progress(struct memmap_domain *domain, struct memmap_progress_counts *counts);

/* ready: may the record of pfn be used? Two loads, any context, wait-free; false outside the pool. True acquires: the
 * whole image is visible. By subsections: of a hole, or of no request, what is true of the pages beside it. */
bool memmap_ready(const struct memmap_pool *pool, uint64_t pfn);

/* node_ready_pages: pages handed over on nid by boot requests since the pool began; only grows. Acquires. */
uint64_t memmap_node_ready_pages(const struct memmap_pool *pool, uint32_t nid);

/* grow: an allocation failed; initialise and hand over nr_pages or more of nid's boot pages, lowest first, in the
 * caller. *seen: node_ready_pages() before the failed attempt; updated. True: the counter has moved, try again. False:
 * it has not, and the table's domains had nothing unclaimed. Any context: never blocks, never wakes (env.wake_later),
 * needs no worker. Linux: deferred_grow_zone(). */
bool memmap_grow(struct memmap_pool *pool, uint32_t nid, uint64_t nr_pages, uint64_t *seen);

#ifdef __cplusplus
}
#endif
#endif
