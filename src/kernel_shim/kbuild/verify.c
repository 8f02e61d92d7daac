// SPDX-License-Identifier: GPL-2.0-only
/* What stock has left, kept to be compared with what ours leaves: records, pageblock types, the records beside. */
#include <linux/mmzone.h>
#include <linux/string.h>

#include "kernel_shim/kbuild/module.h"

struct memmap_snapshot {
	struct page *first;
	unsigned long start_pfn, nr_pages;
	unsigned long first_section, nr_sections;
	unsigned long *usage;           /* pageblock bits of all sections */
	bool has_before, has_after;
	struct page before, after;      /* the records beside, where there are any */
	struct page records[];
};

#define USAGE_LONGS (usemap_size() / sizeof(unsigned long))

static size_t usemap_size(void)
{
	return BITS_TO_LONGS(SECTION_BLOCKFLAGS_BITS) * sizeof(unsigned long);
}

static unsigned long *usage_of(const struct memmap_snapshot *snapshot, unsigned long i)
{
	return section_to_usemap(__nr_to_section(snapshot->first_section + i));
}

/* Of the same section, as those of the next may be another device's that is being bound too; and one that exists, as
 * a section may have records for some of its subsections only. */
static bool is_beside(const struct memmap_snapshot *snapshot, unsigned long pfn)
{
	const unsigned long nearest = pfn < snapshot->start_pfn ? snapshot->start_pfn : pfn - 1;

	return pfn_to_section_nr(pfn) == pfn_to_section_nr(nearest) && pfn_valid(pfn);
}

struct memmap_snapshot *memmap_snapshot_take(struct page *first, unsigned long nr_pages)
{
	struct memmap_snapshot *snapshot = memmap_vmalloc(struct_size(snapshot, records, nr_pages), 0);
	unsigned long i;

	if (!snapshot)
		return NULL;
	snapshot->first = first;
	snapshot->start_pfn = page_to_pfn(first);
	snapshot->nr_pages = nr_pages;
	snapshot->first_section = pfn_to_section_nr(snapshot->start_pfn);
	snapshot->nr_sections = pfn_to_section_nr(snapshot->start_pfn + nr_pages - 1) - snapshot->first_section + 1;
	snapshot->usage = memmap_vmalloc(snapshot->nr_sections * usemap_size(), 0);
	if (!snapshot->usage) {
		vfree(snapshot);
		return NULL;
	}
	memcpy(snapshot->records, first, nr_pages * sizeof(struct page));
	for (i = 0; i < snapshot->nr_sections; i++)
		memcpy(snapshot->usage + i * USAGE_LONGS, usage_of(snapshot, i), usemap_size());
	snapshot->has_before = is_beside(snapshot, snapshot->start_pfn - 1);
	snapshot->has_after = is_beside(snapshot, snapshot->start_pfn + nr_pages);
	if (snapshot->has_before)
		snapshot->before = first[-1];
	if (snapshot->has_after)
		snapshot->after = first[nr_pages];
	return snapshot;
}

void memmap_snapshot_drop(struct memmap_snapshot *snapshot)
{
	vfree(snapshot->usage);
	vfree(snapshot);
}

static void set_types(const struct memmap_snapshot *snapshot, int migratetype)
{
	unsigned long pfn;

	for (pfn = pageblock_align(snapshot->start_pfn); pfn < snapshot->start_pfn + snapshot->nr_pages;
	     pfn += pageblock_nr_pages)
		memmap_shim.set_pageblock_migratetype(snapshot->first + (pfn - snapshot->start_pfn), migratetype);
}

void memmap_snapshot_poison(const struct memmap_snapshot *snapshot, int byte, int migratetype)
{
	/* the node and zone of a record are looked at when its pageblock's type is set */
	set_types(snapshot, migratetype);
	memset(snapshot->first, byte, snapshot->nr_pages * sizeof(struct page));
}

void memmap_snapshot_restore(const struct memmap_snapshot *snapshot)
{
	memcpy(snapshot->first, snapshot->records, snapshot->nr_pages * sizeof(struct page));
	set_types(snapshot, MIGRATE_MOVABLE);
}

static struct memmap_comparison differs(const char *what, unsigned long pfn, const void *found, const void *expected)
{
	struct memmap_comparison comparison = { .verdict = DIFFERENT, .what = what, .pfn = pfn };
	const u8 *a = found, *b = expected;

	while (comparison.byte < sizeof(struct page) - 1 && a[comparison.byte] == b[comparison.byte])
		comparison.byte++;
	return comparison;
}

struct memmap_comparison memmap_snapshot_compare(const struct memmap_snapshot *snapshot)
{
	const struct page *first = snapshot->first;
	const unsigned long nr = snapshot->nr_pages;
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (memcmp(first + i, snapshot->records + i, sizeof(*first)))
			return differs("record", snapshot->start_pfn + i, first + i, snapshot->records + i);
	if (snapshot->has_before && memcmp(first - 1, &snapshot->before, sizeof(*first)))
		return differs("record outside", snapshot->start_pfn - 1, first - 1, &snapshot->before);
	if (snapshot->has_after && memcmp(first + nr, &snapshot->after, sizeof(*first)))
		return differs("record outside", snapshot->start_pfn + nr, first + nr, &snapshot->after);
	for (i = 0; i < snapshot->nr_sections; i++)
		if (memcmp(usage_of(snapshot, i), snapshot->usage + i * USAGE_LONGS, usemap_size()))
			return (struct memmap_comparison){ .verdict = DIFFERENT, .what = "pageblock type in section",
							   .pfn = section_nr_to_pfn(snapshot->first_section + i) };
	return (struct memmap_comparison){
		.verdict = IDENTICAL,
		.nr_compared = nr * sizeof(*first) + snapshot->nr_sections * usemap_size(),
	};
}
