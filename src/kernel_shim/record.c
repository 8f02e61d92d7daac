// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_shim/record.h"

#include <asm/barrier.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/poison.h>
#include <linux/string.h>

#define LIST_WORD (offsetof(struct page, lru) / sizeof(uint64_t))

_Static_assert(sizeof(struct page) % sizeof(uint64_t) == 0, "records are whole words");

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

static void keep_linked(struct memmap_record *record, const struct page *page)
{
	memcpy(record->word, page, sizeof(*page));
	record->linked = true;
}

void memmap_record_boot(struct memmap_record *record, unsigned long zone_idx, int nid)
{
	struct page page;

	init_single(&page, zone_idx, nid);
	keep_linked(record, &page);
}

void memmap_record_boot_freed(struct memmap_record *record, unsigned long zone_idx, int nid)
{
	struct page page;

	init_single(&page, zone_idx, nid);
	set_page_count(&page, 0);
	keep_linked(record, &page);
}

void memmap_record_added(struct memmap_record *record, unsigned long zone_idx, int nid)
{
	struct page page;

	init_single(&page, zone_idx, nid);
	__SetPageReserved(&page);
	keep_linked(record, &page);
}

static void init_device(struct page *page, unsigned long zone_idx, int nid, struct dev_pagemap *pgmap)
{
	init_single(page, zone_idx, nid);
	__SetPageReserved(page);
	page->pgmap = pgmap; /* overwrites the list */
	page->zone_device_data = NULL;
	if (pgmap->type == MEMORY_DEVICE_PRIVATE || pgmap->type == MEMORY_DEVICE_COHERENT)
		set_page_count(page, 0); /* their drivers set it when they allocate the page */
}

static void keep(struct memmap_record *record, const struct page *page)
{
	memcpy(record->word, page, sizeof(*page));
	record->linked = false;
}

void memmap_record_device(struct memmap_record *record, unsigned long zone_idx, int nid, struct dev_pagemap *pgmap)
{
	struct page page;

	init_device(&page, zone_idx, nid, pgmap);
	keep(record, &page);
}

void memmap_record_compound(struct memmap_compound *compound, unsigned long zone_idx, int nid,
			    struct dev_pagemap *pgmap)
{
	struct page page[3]; /* the kernel's inlines reach the first tail from its head */
	unsigned int i;

	for (i = 0; i < 3; i++)
		init_device(page + i, zone_idx, nid, pgmap);
	__SetPageHead(page);
	for (i = 1; i < 3; i++) { /* prep_compound_tail() */
		page[i].mapping = TAIL_MAPPING;
		set_page_private(page + i, 0);
		set_page_count(page + i, 0);
	}
	set_compound_page_dtor(page, COMPOUND_PAGE_DTOR); /* prep_compound_head(): all of it is in the first tail */
	set_compound_order(page, (unsigned int)pgmap->vmemmap_shift);
	atomic_set(compound_mapcount_ptr(page), -1);
	atomic_set(compound_pincount_ptr(page), 0);
	keep(&compound->head, page);
	keep(&compound->first_tail, page + 1);
	keep(&compound->tail, page + 2);
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

#ifdef SECTION_IN_PAGE_FLAGS
static void set_section(struct memmap_record *record, unsigned long pfn)
{
	struct page page;

	memcpy(&page, record->word, sizeof(page));
	set_page_section(&page, pfn_to_section_nr(pfn));
	memcpy(record->word, &page, sizeof(page));
}

void memmap_record_write_pfns(unsigned long pfn, unsigned long nr, const struct memmap_record *record)
{
	struct memmap_record own = *record;
	unsigned long part;

	for (; nr != 0; pfn += part, nr -= part) {
		part = min(nr, PAGES_PER_SECTION - pfn % PAGES_PER_SECTION);
		set_section(&own, pfn);
		memmap_record_write(pfn_to_page(pfn), part, &own, false);
	}
}
#else
void memmap_record_write_pfns(unsigned long pfn, unsigned long nr, const struct memmap_record *record)
{
	memmap_record_write(pfn_to_page(pfn), nr, record, false);
}
#endif

static struct memmap_record with_head(const struct memmap_record *tail, struct page *head)
{
	struct memmap_record record = *tail;
	struct page page;

	memcpy(&page, tail->word, sizeof(page));
	set_compound_head(&page, head);
	keep(&record, &page);
	return record;
}

void memmap_record_write_compound(struct page *head, const struct memmap_compound *compound, bool movnti)
{
	const struct memmap_record first_tail = with_head(&compound->first_tail, head);
	const struct memmap_record tail = with_head(&compound->tail, head);

	memmap_record_write(head, 1, &compound->head, movnti);
	memmap_record_write(head + 1, 1, &first_tail, movnti);
	if (compound->nr_records > 2)
		memmap_record_write(head + 2, compound->nr_records - 2, &tail, movnti);
}
