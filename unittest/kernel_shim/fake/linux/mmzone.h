/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_MMZONE_H
#define FAKE_LINUX_MMZONE_H

#include <linux/types.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGES_PER_SECTION 32768UL

enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, ZONE_DEVICE, MAX_NR_ZONES };
enum migratetype { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE };

struct mem_section {
	bool early; /* its records are boot's */
};
extern struct mem_section *fake_sections;

#define __pfn_to_section(pfn) (fake_sections + (pfn) / PAGES_PER_SECTION)
#define early_section(section) ((section)->early)

struct pglist_data;
struct zone {
	struct pglist_data *zone_pgdat;
	unsigned long zone_start_pfn;
	unsigned long spanned_pages;
};
typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	unsigned long node_start_pfn;
	unsigned long node_spanned_pages;
	int node_id;
	unsigned long first_deferred_pfn;
} pg_data_t;

#define zone_idx(zone) ((unsigned long)((zone) - (zone)->zone_pgdat->node_zones))

static inline unsigned long zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

static inline unsigned long pgdat_end_pfn(const pg_data_t *pgdat)
{
	return pgdat->node_start_pfn + pgdat->node_spanned_pages;
}

#endif
