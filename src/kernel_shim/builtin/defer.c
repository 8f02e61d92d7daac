// SPDX-License-Identifier: GPL-2.0-only
/* Boot's storage, from memblock: for each node with deferred pages, and given back when they are written. */
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/memblock.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "kernel_shim/boot_calls.h"
#include "kernel_shim/builtin/builtin.h"

/* From mm/internal.h. */
void __init_single_page(struct page *page, unsigned long pfn, unsigned long zone, int nid);

#define PIECES_MORE 64 /* memblock's list grows by our own allocations too */

struct lent {
	struct memmap_boot boot;
	size_t bytes;
	struct memmap_piece pieces[];
};

static struct lent *lent[MEMMAP_SHIM_NODES] __initdata;

/* Where each page is filled, mapped or marked when it is freed, the kernel's own function has to see it. */
static bool __init may_be_written_as_freed(void)
{
#ifdef HAVE_ARCH_FREE_PAGE /* tells a hypervisor that nobody uses the page */
	return false;
#endif
	return memmap_fuses && !want_init_on_free() && !page_poisoning_enabled() && !debug_pagealloc_enabled() &&
	       !IS_ENABLED(CONFIG_KASAN) && !IS_ENABLED(CONFIG_KMSAN) && !IS_ENABLED(CONFIG_PAGE_TABLE_CHECK);
}

/* For tests: microseconds that each unit takes longer, and threads and a timer that want memory meanwhile. */
static unsigned int hunger_us __initdata;

static int __init parse_hunger(char *word)
{
	if (IS_ENABLED(CONFIG_MEMMAP_ASYNC_DEBUG))
		get_option(&word, (int *)&hunger_us);
	return 0;
}
early_param("memmap_async_hunger", parse_hunger);

struct stock {
	unsigned long zone_idx;
	int nid;
	bool freed;
};

static void __init write_stock(struct page *page, unsigned long pfn, const void *context)
{
	const struct stock *stock = context;

	__init_single_page(page, pfn, stock->zone_idx, stock->nid);
	if (stock->freed)
		set_page_count(page, 0);
}

/* What identifies the node and its last zone is in the record of any page of it: but that is what is checked. */
static void __init check(const struct memmap_boot *boot, uint64_t pfn, uint64_t nr_pages)
{
	struct stock stock = { .freed = boot->freed };
	const pg_data_t *pgdat;
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		pgdat = NODE_DATA(nid);
		if (!lent[nid] || &lent[nid]->boot != boot)
			continue;
		stock.nid = nid;
		while (pgdat->first_deferred_pfn >= zone_end_pfn(pgdat->node_zones + stock.zone_idx))
			stock.zone_idx++;
		memmap_compare(pfn, nr_pages, write_stock, &stock);
		return;
	}
}

static void __init dawdle(const struct memmap_boot *boot, uint64_t pfn, uint64_t nr_pages)
{
	udelay(hunger_us);
}

static size_t __init storage_bytes(const pg_data_t *pgdat, size_t nr_pieces)
{
	const struct memmap_request whole = {
		.start_pfn = pgdat->first_deferred_pfn,
		.nr_pages = pgdat_end_pfn((pg_data_t *)pgdat) - pgdat->first_deferred_pfn,
		.kind = MEMMAP_BOOT,
		.layout = memmap_shim.layout,
		.records = (void *)PAGE_SIZE, /* any */
	};

	return memmap_request_bytes(&whole) + nr_pieces * sizeof(struct memmap_piece) + MEMMAP_SHIM_SPANS * PAGE_SIZE;
}

static void __init lend(int nid)
{
	const pg_data_t *pgdat = NODE_DATA(nid);
	const size_t max_pieces = memblock.memory.cnt + memblock.reserved.cnt + PIECES_MORE;
	const size_t before = ALIGN(struct_size(lent[nid], pieces, max_pieces), SMP_CACHE_BYTES);
	struct lent *own;
	size_t bytes;
	bool fail;

	if (pgdat->first_deferred_pfn == ULONG_MAX || nid >= MEMMAP_SHIM_NODES)
		return;
	bytes = PAGE_ALIGN(before + storage_bytes(pgdat, max_pieces));
	fail = memmap_fail == FAIL_STORAGE && nid == first_memory_node;
	own = fail ? NULL : memblock_alloc_node(bytes, PAGE_SIZE, nid);
	if (!own)
		return; /* deferred_init_memmap() says so, and does without */
	own->bytes = bytes;
	own->boot.pieces = own->pieces;
	own->boot.max_pieces = max_pieces;
	own->boot.storage = (void *)own + before;
	own->boot.storage_bytes = bytes - before;
	own->boot.freed = may_be_written_as_freed();
	own->boot.check = memmap_verifies ? check : hunger_us ? dawdle : NULL;
	own->boot.plant = memmap_shim.plant;
	lent[nid] = own;
	memmap_boot_lend(nid, &own->boot);
}

void __init memmap_boot_prepare(void)
{
	int nid;

	for_each_node_state(nid, N_MEMORY)
		lend(nid);
}

void __init memmap_async_submit(void)
{
	int nid;

	for_each_node_state(nid, N_MEMORY)
		deferred_init_memmap(NODE_DATA(nid));
}

static void __init give_back(int nid, unsigned int ms)
{
	struct lent *own = lent[nid];
	const struct memmap_progress_counts *before = &own->boot.before, *after = &own->boot.after;
	const uint64_t then = after->done_pages - before->done_pages;
	const uint64_t by_callers = after->caller_pages - before->caller_pages;

	if (after->total_pages != 0)
		pr_info("node %d deferred pages initialised in %ums: %llu, before by growing %llu, then by callers "
			"%llu, by workers %llu, status %d\n", nid, ms, after->done_pages, before->done_pages,
			by_callers, then - by_callers, own->boot.status);
	memmap_boot_lend(nid, NULL);
	lent[nid] = NULL;
	free_reserved_area(own, (void *)own + own->bytes, -1, NULL);
}

void __init memmap_async_finish_boot(void)
{
	const unsigned long began = jiffies;
	unsigned int grown, before;
	int nid;

	if (hunger_us)
		memmap_hunger_begin();
	memmap_boot_finish();
	if (hunger_us)
		memmap_hunger_end();
	for_each_node_state(nid, N_MEMORY)
		if (nid < MEMMAP_SHIM_NODES && lent[nid])
			give_back(nid, jiffies_to_msecs(jiffies - began));
	grown = memmap_boot_grown(&before);
	if (grown != 0)
		pr_info(LOG "allocations that grew their zone: %u before there were workers, %u beside them\n", before,
			grown - before);
}
