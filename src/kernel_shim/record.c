// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_shim/record.h"

#include <asm/barrier.h>
#include <linux/string.h>

#ifdef SECTION_IN_PAGE_FLAGS
#error "one record for all pages of a span: needs CONFIG_SPARSEMEM_VMEMMAP, where no flag depends on the pfn"
#endif

#define LIST_WORD (offsetof(struct page, lru) / sizeof(uint64_t))

_Static_assert(sizeof(struct page) == MEMMAP_RECORD_WORDS * sizeof(uint64_t), "the engine's records have 64 bytes");

/* What __init_single_page() does. Fields it names are the kernel's; where they lie the compiler knows. */
static void init_single(struct page *page, unsigned long zone_idx, int nid)
{
	mm_zero_struct_page(page);
	set_page_links(page, (enum zone_type)zone_idx, (unsigned long)nid, 0);
	init_page_count(page);
	page_mapcount_reset(page);
	page_cpupid_reset_last(page);
	page_kasan_tag_reset(page);
	INIT_LIST_HEAD(&page->lru);
}

void memmap_record_boot(struct memmap_record *record, unsigned long zone_idx, int nid)
{
	struct page page;

	init_single(&page, zone_idx, nid);
	memcpy(record->word, &page, sizeof(page));
	record->linked = true;
}

void memmap_record_device(struct memmap_record *record, unsigned long zone_idx, int nid, struct dev_pagemap *pgmap)
{
	struct page page;

	init_single(&page, zone_idx, nid);
	__SetPageReserved(&page);
	page.pgmap = pgmap; /* overwrites the list */
	page.zone_device_data = NULL;
	if (pgmap->type == MEMORY_DEVICE_PRIVATE || pgmap->type == MEMORY_DEVICE_COHERENT)
		set_page_count(&page, 0); /* their drivers set it when they allocate the page */
	memcpy(record->word, &page, sizeof(page));
	record->linked = false;
}

static void write_one(struct page *page, const struct memmap_record *record, bool movnti)
{
	const uint64_t self = (uint64_t)(uintptr_t)&page->lru;
	uint64_t *const to = (uint64_t *)page;
	unsigned int i;

	for (i = 0; i < MEMMAP_RECORD_WORDS; i++) {
		const bool link = record->linked && (i == LIST_WORD || i == LIST_WORD + 1);
		const uint64_t word = link ? self : record->word[i];

		if (movnti)
			memcpy_flushcache(to + i, &word, sizeof(word));
		else
			to[i] = word;
	}
}

void memmap_record_write(struct page *first, unsigned long nr, const struct memmap_record *record, bool movnti)
{
	const struct memmap_record own = *record; /* else each store through `first` might change it */
	unsigned long i;

	for (i = 0; i < nr; i++)
		write_one(first + i, &own, movnti);
	if (movnti)
		wmb();
}
