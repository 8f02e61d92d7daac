// SPDX-License-Identifier: GPL-2.0-only
/* Hotplug of ZONE_DEVICE memory: one event, one domain. */
#include "kernel_shim/shim.h"

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/pageblock-flags.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/topology.h>

#define SUBSECTION 512UL /* pages of the smallest unit */

static unsigned long unit_of(const struct memmap_event *event, uint64_t pfn)
{
	return (pfn - event->grid_pfn) / event->unit_pages;
}

static unsigned long nr_units(const struct memmap_event *event)
{
	return unit_of(event, event->request.start_pfn + event->request.nr_pages - 1) + 1;
}

static void write_records(struct memmap_event *event, uint64_t pfn, uint64_t nr_pages)
{
	const struct memmap_compound *compound = &event->compound;
	struct page *first = event->first + (pfn - event->request.start_pfn);
	uint64_t i;

	if (compound->nr_pages == 1)
		memmap_record_write(first, nr_pages, &event->record, event->movnti);
	else
		for (i = 0; i < nr_pages; i += compound->nr_pages)
			memmap_record_write_compound(first + i, compound, event->movnti);
}

static void write_unit(struct memmap_event *event, uint64_t pfn, uint64_t nr_pages)
{
	const int node = numa_node_id();

	if (test_and_set_bit((long)unit_of(event, pfn), event->written))
		atomic64_inc(&event->twice);
	write_records(event, pfn, nr_pages);
	if (node >= 0 && node < MEMMAP_SHIM_NODES)
		atomic64_add((long)nr_pages, &event->pages_on[node]);
}

static int write_hook(void *context, uint64_t pfn, uint64_t nr_pages)
{
	struct memmap_event *event = context;
	const bool victim = unit_of(event, pfn) == nr_units(event) / 2;

	if (memmap_shim.before_unit)
		memmap_shim.before_unit();
	if (!victim || event->plant != MEMMAP_PLANT_SKIP)
		write_unit(event, pfn, nr_pages);
	if (victim && event->plant == MEMMAP_PLANT_TWICE)
		write_unit(event, pfn, nr_pages);
	if (victim && event->plant == MEMMAP_PLANT_FLIP)
		((uint64_t *)(event->first + (pfn - event->request.start_pfn)))[5] ^= 1;
	cond_resched();
	return 0;
}

/* After the whole unit is written. A word of pageblock bits has many owners: the kernel's own call exchanges it. */
static int ready_hook(void *context, uint64_t pfn, uint64_t nr_pages)
{
	struct memmap_event *event = context;
	uint64_t block;

	for (block = pageblock_align(pfn); block < pfn + nr_pages; block += pageblock_nr_pages)
		memmap_shim.set_pageblock_migratetype(event->first + (block - event->request.start_pfn),
						      MIGRATE_MOVABLE);
	return 0;
}

/* Whether all of these pages have records from boot, or none has. */
static bool all_early_or_none(unsigned long start_pfn, unsigned long end_pfn)
{
	const bool early = early_section(__pfn_to_section(start_pfn));
	unsigned long pfn;

	for (pfn = start_pfn - start_pfn % PAGES_PER_SECTION; pfn < end_pfn; pfn += PAGES_PER_SECTION)
		if (early_section(__pfn_to_section(pfn)) != early)
			return false;
	return true;
}

/* Why these pages cannot be ours; NULL: they can. *shared: the tails of their compounds have records in common. */
static const char *refusal(struct zone *zone, unsigned long start_pfn, unsigned long end_pfn,
			   struct dev_pagemap *pgmap, bool *shared)
{
	const bool early = early_section(__pfn_to_section(start_pfn));

	if (zone_idx(zone) != ZONE_DEVICE)
		return "not ZONE_DEVICE";
	if (start_pfn >= end_pfn)
		return "no page of data";
	*shared = !early && vmemmap_can_optimize(pgmap_altmap(pgmap), pgmap);
	if (pgmap->vmemmap_shift == 0)
		return NULL;
	if (!memmap_shim.compounds)
		return "compound pages, which this kernel makes in another way";
	if (start_pfn % SUBSECTION != 0 || (end_pfn - start_pfn) % pgmap_vmemmap_nr(pgmap) != 0)
		return "compound pages off the grid";
	if (!all_early_or_none(start_pfn, end_pfn))
		return "compound pages of which only some have records from boot";
	return NULL;
}

static void describe_compounds(struct memmap_event *event, struct dev_pagemap *pgmap, bool shared)
{
	struct memmap_request *request = &event->request;
	struct memmap_compound *compound = &event->compound;

	request->vmemmap_shift = (uint32_t)pgmap->vmemmap_shift;
	request->shared_records = shared && request->vmemmap_shift != 0;
	compound->nr_pages = pgmap_vmemmap_nr(pgmap);
	compound->nr_records = compound->nr_pages;
	if (request->shared_records)
		compound->nr_records = VMEMMAP_RESERVE_NR * (PAGE_SIZE / sizeof(struct page));
	event->unit_pages = max(SUBSECTION, compound->nr_pages);
	event->grid_pfn = request->start_pfn;
	if (compound->nr_pages == 1)
		event->grid_pfn -= request->start_pfn % SUBSECTION;
	else
		memmap_record_compound(compound, request->zone, (int)request->nid, pgmap);
}

/* Where it cannot be told, that of the pages. */
static uint32_t node_of_records(const struct page *first, uint32_t nid)
{
	const uint32_t found = memmap_shim.node_of_records ? memmap_shim.node_of_records(first) : nid;

	return found < MEMMAP_SHIM_NODES ? found : nid;
}

static void describe(struct memmap_event *event, struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
		     struct dev_pagemap *pgmap, bool shared)
{
	struct memmap_request *request = &event->request;

	*request = (struct memmap_request){
		.start_pfn = start_pfn,
		.nr_pages = nr_pages,
		.nid = (uint32_t)zone->zone_pgdat->node_id,
		.zone = (uint32_t)zone_idx(zone),
		.kind = MEMMAP_DEVICE,
		.layout = memmap_shim.layout,
		.records = pfn_to_page(start_pfn),
		.hooks = { .write = write_hook, .ready = ready_hook, .context = event },
		.storage = event->storage,
		.storage_bytes = event->storage_bytes,
	};
	event->first = request->records;
	request->records_nid = node_of_records(event->first, request->nid);
	event->movnti = memmap_shim.movnti && !shared;
	describe_compounds(event, pgmap, shared);
	event->plant = memmap_shim.plant;
}

static bool wipe(struct memmap_event *event)
{
	const size_t storage = memmap_request_bytes(&event->request);
	const size_t written = BITS_TO_LONGS(nr_units(event)) * sizeof(unsigned long);
	unsigned int i;

	if (storage == 0 || storage > event->storage_bytes || written > event->written_bytes)
		return false;
	memset(event->storage, 0, storage);
	memset(event->written, 0, written);
	atomic64_set(&event->twice, 0);
	for (i = 0; i < MEMMAP_SHIM_NODES; i++)
		atomic64_set(&event->pages_on[i], 0);
	return true;
}

/* Called as /proc/iomem shows it; 31 characters are enough for 52 bits of addresses. */
static int begin(struct memmap_event *event)
{
	const struct memmap_request *request = &event->request;
	char name[32];
	const struct memmap_domain_options options = {
		.name = name,
		.max_workers = memmap_shim.workers_at ? memmap_shim.workers_at(request->records_nid) : 0,
	};
	struct memmap_caller caller;
	int status;

	snprintf(name, sizeof(name), "mem %llx-%llx",
		 (unsigned long long)PFN_PHYS(request->start_pfn),
		 (unsigned long long)PFN_PHYS(request->start_pfn + request->nr_pages) - 1);
	memmap_caller_enter(&caller);
	status = memmap_domain_open(&event->domain, memmap_shim.pool, &options);
	if (status == MEMMAP_OK) {
		status = memmap_init_async(&event->request, &event->domain);
		if (status != MEMMAP_OK)
			memmap_domain_close(&event->domain);
	}
	memmap_caller_leave(&caller);
	return status;
}

bool memmap_event_begin(struct memmap_event *event, struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
			struct dev_pagemap *pgmap, const char **why)
{
	const unsigned long end_pfn = start_pfn + nr_pages;
	const struct vmem_altmap *altmap = pgmap_altmap(pgmap);
	bool shared;
	int status;

	if (altmap) /* its own records were written when the memory was added */
		start_pfn = altmap->base_pfn + altmap->reserve + altmap->free;
	*why = refusal(zone, start_pfn, end_pfn, pgmap, &shared);
	if (*why)
		return false;
	describe(event, zone, start_pfn, end_pfn - start_pfn, pgmap, shared);
	memmap_record_device(&event->record, zone_idx(zone), zone->zone_pgdat->node_id, pgmap);
	status = wipe(event) ? begin(event) : MEMMAP_STORAGE;
	if (status != MEMMAP_OK)
		*why = memmap_status_text(status);
	return status == MEMMAP_OK;
}
