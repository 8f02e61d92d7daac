// SPDX-License-Identifier: GPL-2.0-only
#include "machine.h"

#include <linux/printk.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_shim/boot_calls.h"

#define BLOCK_PAGES 1024UL /* a max-order block */
#define POISON 0xA5

struct page *fake_memmap;
int fake_nr_nodes;
pg_data_t *fake_nodes;
struct mem_section *fake_sections;

static unsigned long nr_pages;
static const struct fake_range *free_ranges;
static int nr_free_ranges;
static uint8_t *freed;
static int8_t *types;
static unsigned long too_early;
static char message[200];

void fake_machine_start(int nr_nodes, unsigned long pages_per_node, const struct fake_range *ranges, int nr_ranges)
{
	nr_pages = (unsigned long)nr_nodes * pages_per_node;
	fake_memmap = aligned_alloc(64, nr_pages * sizeof(struct page));
	memset(fake_memmap, POISON, nr_pages * sizeof(struct page));
	freed = calloc(nr_pages, 1);
	types = malloc(nr_pages / 512);
	memset(types, -1, nr_pages / 512);
	fake_sections = calloc(nr_pages / PAGES_PER_SECTION + 1, sizeof(*fake_sections));
	free_ranges = ranges;
	nr_free_ranges = nr_ranges;
	too_early = 0;
	message[0] = 0;
	fake_nr_nodes = nr_nodes;
	fake_nodes = calloc((size_t)nr_nodes, sizeof(*fake_nodes));
	for (int nid = 0; nid < nr_nodes; nid++) {
		pg_data_t *pgdat = fake_nodes + nid;

		pgdat->node_id = nid;
		pgdat->node_start_pfn = (unsigned long)nid * pages_per_node;
		pgdat->node_spanned_pages = pages_per_node;
		pgdat->first_deferred_pfn = ULONG_MAX;
		for (int zone = 0; zone < MAX_NR_ZONES; zone++)
			pgdat->node_zones[zone].zone_pgdat = pgdat;
		pgdat->node_zones[ZONE_NORMAL].zone_start_pfn = pgdat->node_start_pfn;
		pgdat->node_zones[ZONE_NORMAL].spanned_pages = pages_per_node;
	}
}

void fake_machine_stop(void)
{
	free(fake_memmap);
	free(freed);
	free(types);
	free(fake_nodes);
	free(fake_sections);
}

bool fake_next_free_range(u64 *i, int nid, phys_addr_t *start, phys_addr_t *end, int *found)
{
	while (*i < (u64)nr_free_ranges) {
		const struct fake_range *range = free_ranges + (*i)++;

		if (nid != NUMA_NO_NODE && range->nid != nid)
			continue;
		*start = range->start;
		*end = range->end;
		if (found)
			*found = range->nid;
		return true;
	}
	return false;
}

static bool written(unsigned long pfn)
{
	return pfn_to_page(pfn)->_mapcount == -1;
}

/* What a buddy allocator does that looks at its neighbours: all free pages of the block must be written by now. */
static void check_block(unsigned long pfn)
{
	const unsigned long begin = pfn / BLOCK_PAGES * BLOCK_PAGES;
	const int nid = (int)(pfn / fake_nodes->node_spanned_pages);
	phys_addr_t start, end;
	u64 i = 0;

	while (fake_next_free_range(&i, nid, &start, &end, NULL)) {
		unsigned long at = max(start >> PAGE_SHIFT, begin);

		for (; at < min(end >> PAGE_SHIFT, begin + BLOCK_PAGES); at++)
			if (!written(at))
				__atomic_fetch_add(&too_early, 1, __ATOMIC_RELAXED);
	}
}

void __free_pages_core(struct page *page, unsigned int order)
{
	const unsigned long pfn = page_to_pfn(page);

	if (order != 0 || pfn % BLOCK_PAGES == 0)
		check_block(pfn);
	for (unsigned long at = pfn; at < pfn + (1UL << order); at++)
		freed[at]++;
}

void memmap_free_fresh(struct page *page, unsigned int order)
{
	__free_pages_core(page, order);
}

void set_pageblock_migratetype(struct page *page, int migratetype)
{
	types[page_to_pfn(page) / 512] = (int8_t)migratetype;
}

int fake_times_freed(unsigned long pfn)
{
	return freed[pfn];
}

int fake_migratetype(unsigned long pfn)
{
	return types[pfn / 512];
}

unsigned long fake_freed_too_early(void)
{
	return too_early;
}

void fake_printk(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
}

const char *fake_last_message(void)
{
	return message;
}
