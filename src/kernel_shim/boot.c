// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boot: the same call as in device.c. For a kernel that has the engine linked in: what is used here is not exported to
 * modules, and gone after boot. Linux 6.1's semantics: only a node's last zone is deferred, from first_deferred_pfn on;
 * free pages are handed to the buddy by pageblock.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/nodemask.h>
#include <linux/pageblock-flags.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "kernel_shim/boot_calls.h"
#include "kernel_shim/shim.h"

#define FLUSHED_AT_ONCE (16 * PAGES_PER_SECTION) /* then the scheduler is asked: the last thread works long alone */

static struct memmap_boot *boots[MEMMAP_SHIM_NODES] __initdata;
static atomic_t grown __initdata;
static unsigned int grown_before __initdata;

void __init memmap_boot_lend(int nid, struct memmap_boot *boot)
{
	boots[nid] = boot;
}

unsigned int __init memmap_boot_grown(unsigned int *before)
{
	*before = grown_before;
	return (unsigned int)atomic_read(&grown);
}

static int __init write_hook(void *context, uint64_t pfn, uint64_t nr_pages)
{
	const struct memmap_boot *boot = context;

	if (boot->plant != MEMMAP_PLANT_SKIP || pfn != boot->victim_pfn)
		memmap_record_write_pfns(pfn, nr_pages, &boot->record);
	if (boot->plant == MEMMAP_PLANT_FLIP && pfn == boot->victim_pfn)
		((uint64_t *)pfn_to_page(pfn))[5] ^= 1;
	if (boot->check)
		boot->check(boot, pfn, nr_pages);
	return 0;
}

static void __init free_block(const struct memmap_boot *boot, struct page *page, unsigned int order)
{
	if (boot->freed)
		memmap_free_fresh(page, order);
	else
		__free_pages_core(page, order);
}

/* The whole max-order block is written, so that looking at a buddy is safe. */
static int __init free_hook(void *context, uint64_t pfn, uint64_t nr_pages)
{
	const struct memmap_boot *boot = context;
	const uint64_t end = pfn + nr_pages;

	if (boot->plant == MEMMAP_PLANT_TWICE && pfn == boot->victim_pfn)
		free_block(boot, pfn_to_page(pfn), 0);
	while (pfn < end) {
		const bool whole = pageblock_aligned(pfn) && end - pfn >= pageblock_nr_pages;

		if (pageblock_aligned(pfn))
			set_pageblock_migratetype(pfn_to_page(pfn), MIGRATE_MOVABLE);
		free_block(boot, pfn_to_page(pfn), whole ? pageblock_order : 0);
		pfn += whole ? pageblock_nr_pages : 1;
	}
	return 0;
}

/* One of memblock's free ranges, in whole pages, cut at the borders; false: nothing of it is left. */
static bool __init cut(phys_addr_t start, phys_addr_t end, unsigned long first_pfn, unsigned long end_pfn,
		       struct memmap_piece *piece)
{
	const unsigned long from = max(PFN_UP(start), first_pfn), to = min(PFN_DOWN(end), end_pfn);

	*piece = (struct memmap_piece){ .pfn = from, .nr_pages = to - from };
	return from < to;
}

/* The node's free ranges from first_pfn on, cut at end_pfn; false: there are more than fit. */
static bool __init collect(struct memmap_boot *boot, int nid, unsigned long first_pfn, unsigned long end_pfn,
			   size_t *nr)
{
	phys_addr_t start, end;
	struct memmap_piece piece;
	u64 i;

	*nr = 0;
	for_each_free_mem_range(i, nid, MEMBLOCK_NONE, &start, &end, NULL) {
		if (!cut(start, end, first_pfn, end_pfn, &piece))
			continue;
		if (*nr == boot->max_pieces)
			return false;
		boot->pieces[(*nr)++] = piece;
	}
	return true;
}

/* Where the request cannot be made, no memory is lost: the caller does it, and frees only after all is written. */
static void __init do_serially(int nid, unsigned long zone_idx, unsigned long first_pfn, unsigned long end_pfn)
{
	static struct memmap_boot serial __initdata; /* large, for a stack; one thread */
	phys_addr_t start, end;
	struct memmap_piece piece;
	u64 i;

	memmap_record_boot(&serial.record, zone_idx, nid);
	for_each_free_mem_range(i, nid, MEMBLOCK_NONE, &start, &end, NULL)
		if (cut(start, end, first_pfn, end_pfn, &piece))
			write_hook(&serial, piece.pfn, piece.nr_pages);
	for_each_free_mem_range(i, nid, MEMBLOCK_NONE, &start, &end, NULL)
		if (cut(start, end, first_pfn, end_pfn, &piece))
			free_hook(&serial, piece.pfn, piece.nr_pages);
}

/* Whether another node has free memory in [from, to). */
static bool __init others_between(int nid, unsigned long from, unsigned long to)
{
	phys_addr_t start, end;
	int other;
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, &other)
		if (other != nid && PFN_UP(start) < to && PFN_DOWN(end) > from)
			return true;
	return false;
}

/* Spans do not overlap: a node with memory on both sides of another's is a chain of them. Returns the last one. */
static struct memmap_request *__init chain(struct memmap_boot *boot, const struct memmap_request *whole)
{
	const struct memmap_piece *piece = whole->pieces, *const end = piece + whole->nr_pieces;
	struct memmap_request *span = boot->spans, *const most = span + MEMMAP_SHIM_SPANS - 1;

	*span = *whole;
	span->nr_pieces = 0;
	for (; piece < end; piece++) {
		if (span->nr_pieces != 0 && span < most &&
		    others_between((int)whole->nid, span->start_pfn + span->nr_pages, piece->pfn)) {
			span->next = span + 1;
			*++span = *whole;
			span->start_pfn = piece->pfn;
			span->pieces = piece;
			span->nr_pieces = 0;
		}
		span->nr_pieces++;
		span->nr_pages = piece->pfn + piece->nr_pages - span->start_pfn;
	}
	return span;
}

static bool __init lend_to_chain(struct memmap_boot *boot, const struct memmap_request *last)
{
	struct memmap_request *span;
	size_t used = 0;

	for (span = boot->spans; span <= last; span++) {
		span->storage = (char *)boot->storage + used;
		span->storage_bytes = ALIGN(memmap_request_bytes(span), 64UL);
		used += span->storage_bytes;
	}
	return used <= boot->storage_bytes;
}

static bool __init describe(struct memmap_boot *boot, int nid, unsigned long zone_idx, size_t nr_pieces)
{
	const struct memmap_request whole = {
		.start_pfn = boot->pieces->pfn,
		.nid = (uint32_t)nid,
		.records_nid = (uint32_t)nid, /* memory of a node holds its own memmap at boot */
		.zone = (uint32_t)zone_idx,
		.kind = MEMMAP_BOOT,
		.pieces = boot->pieces,
		.nr_pieces = nr_pieces,
		.layout = memmap_shim.layout,
		.hooks = { .write = write_hook, .ready = free_hook, .context = boot },
	};
	const struct memmap_request *last = chain(boot, &whole);

	boot->start_pfn = whole.start_pfn;
	boot->end_pfn = last->start_pfn + last->nr_pages;
	boot->victim_pfn = whole.start_pfn;
	if (boot->freed)
		memmap_record_boot_freed(&boot->record, zone_idx, nid);
	else
		memmap_record_boot(&boot->record, zone_idx, nid);
	return lend_to_chain(boot, last);
}

static int __init submit(struct memmap_boot *boot, int nid)
{
	char name[32];
	const struct memmap_domain_options options = { .name = name };
	int status;

	snprintf(name, sizeof(name), "node %d", nid);
	status = memmap_domain_open(&boot->domain, memmap_shim.pool, &options);
	if (status != MEMMAP_OK)
		return status;
	status = memmap_init_async(boot->spans, &boot->domain);
	boot->begun = status == MEMMAP_OK;
	if (!boot->begun)
		memmap_domain_close(&boot->domain);
	return status;
}

static struct memmap_boot *__init boot_of(int nid)
{
	return nid < MEMMAP_SHIM_NODES ? boots[nid] : NULL;
}

static int __init begin(pg_data_t *pgdat, const struct zone *zone, unsigned long first_pfn)
{
	struct memmap_boot *boot = boot_of(pgdat->node_id);
	struct memmap_caller caller;
	size_t nr_pieces;
	int status;

	if (!boot)
		return MEMMAP_NO_NODE;
	if (!collect(boot, pgdat->node_id, first_pfn, zone_end_pfn(zone), &nr_pieces))
		return MEMMAP_STORAGE;
	if (nr_pieces == 0)
		return MEMMAP_OK;
	if (!describe(boot, pgdat->node_id, zone_idx(zone), nr_pieces))
		return MEMMAP_STORAGE;
	memmap_caller_enter(&caller);
	status = submit(boot, pgdat->node_id);
	memmap_caller_leave(&caller);
	return status;
}

/* first_deferred_pfn stays until all is written: who frees reserved pages late must not free them before that. */
int __init deferred_init_memmap(void *data)
{
	pg_data_t *pgdat = data;
	const unsigned long first_pfn = pgdat->first_deferred_pfn;
	const struct memmap_boot *boot = boot_of(pgdat->node_id);
	struct zone *zone = pgdat->node_zones;
	int status;

	if (first_pfn == ULONG_MAX || (boot && boot->begun))
		return MEMMAP_OK;
	while (zone < pgdat->node_zones + MAX_NR_ZONES - 1 && first_pfn >= zone_end_pfn(zone))
		zone++;
	status = begin(pgdat, zone, first_pfn);
	if (status != MEMMAP_OK) {
		pr_warn("memmap_async: node %d: %s; its deferred pages are initialised by one thread\n", pgdat->node_id,
			memmap_status_text(status));
		do_serially(pgdat->node_id, zone_idx(zone), first_pfn, zone_end_pfn(zone));
		pgdat->first_deferred_pfn = ULONG_MAX;
	}
	return status;
}

bool __init deferred_grow_zone(struct zone *zone, unsigned int order)
{
	const uint32_t nid = (uint32_t)zone->zone_pgdat->node_id;
	const unsigned long nr_pages = ALIGN(1UL << order, PAGES_PER_SECTION);
	struct memmap_caller caller;
	uint64_t seen;
	bool moved;

	if (zone_end_pfn(zone) != pgdat_end_pfn(zone->zone_pgdat))
		return false; /* only the last zone has deferred pages */
	memmap_caller_enter(&caller);
	seen = memmap_node_ready_pages(memmap_shim.pool, nid);
	moved = memmap_grow(memmap_shim.pool, nid, nr_pages, &seen);
	memmap_caller_leave(&caller);
	if (moved)
		atomic_inc(&grown);
	return moved;
}

/* Helps until all is written; its own part of it in pieces. */
static void __init finish(struct memmap_boot *boot)
{
	uint64_t pfn;

	for (pfn = boot->start_pfn; pfn < boot->end_pfn; pfn += FLUSHED_AT_ONCE) {
		memmap_flush_range(&boot->domain, pfn, min(boot->end_pfn - pfn, (uint64_t)FLUSHED_AT_ONCE));
		cond_resched();
	}
	memmap_progress(&boot->domain, &boot->after);
	boot->status = memmap_domain_close(&boot->domain);
	boot->begun = false;
}

void __init memmap_boot_count(void)
{
	struct memmap_caller caller;
	int nid;

	memmap_caller_enter(&caller);
	for (nid = 0; nid < MEMMAP_SHIM_NODES; nid++)
		if (boots[nid] && boots[nid]->begun)
			memmap_progress(&boots[nid]->domain, &boots[nid]->before);
	grown_before = (unsigned int)atomic_read(&grown);
	memmap_caller_leave(&caller);
}

void __init memmap_boot_finish(void)
{
	struct memmap_caller caller;
	int nid;

	for_each_node_state(nid, N_MEMORY)
		deferred_init_memmap(NODE_DATA(nid));
	memmap_caller_enter(&caller);
	for_each_node_state(nid, N_MEMORY) {
		struct memmap_boot *boot = boot_of(nid);

		if (boot && boot->begun)
			finish(boot);
		NODE_DATA(nid)->first_deferred_pfn = ULONG_MAX;
	}
	memmap_caller_leave(&caller);
}
