// SPDX-License-Identifier: GPL-2.0-only
/* RAM that is added, and the pages of a device that hold its own memmap: written under the hotplug lock, so at once. */
#include <linux/init.h>
#include <linux/mmzone.h>

#include "kernel_shim/builtin/builtin.h"

struct hot_add {
	struct memmap_domain domain;
	struct memmap_record record;
	unsigned long zone_idx;
	int nid, migratetype;
};

/* From mm/internal.h. */
void __init_single_page(struct page *page, unsigned long pfn, unsigned long zone, int nid);

static void __meminit write_stock(struct page *page, unsigned long pfn, const void *context)
{
	const struct hot_add *add = context;

	__init_single_page(page, pfn, add->zone_idx, add->nid);
	__SetPageReserved(page);
}

static int __meminit write_hook(void *context, uint64_t pfn, uint64_t nr_pages)
{
	const struct hot_add *add = context;

	memmap_record_write_pfns(pfn, nr_pages, &add->record);
	if (IS_ENABLED(CONFIG_MEMMAP_ASYNC_DEBUG) && memmap_verifies)
		memmap_compare(pfn, nr_pages, write_stock, add);
	cond_resched();
	return 0;
}

static int __meminit ready_hook(void *context, uint64_t pfn, uint64_t nr_pages)
{
	const struct hot_add *add = context;
	uint64_t block;

	for (block = pageblock_align(pfn); block < pfn + nr_pages; block += pageblock_nr_pages)
		memmap_shim.set_pageblock_migratetype(pfn_to_page(block), add->migratetype);
	return 0;
}

static int __meminit run(struct hot_add *add, const struct memmap_request *request)
{
	const struct memmap_domain_options options = { .name = "hot-add" };
	struct memmap_caller caller;
	int status, flushed;

	memmap_caller_enter(&caller);
	status = memmap_domain_open(&add->domain, memmap_shim.pool, &options);
	if (status == MEMMAP_OK) {
		status = memmap_init_async(request, &add->domain);
		flushed = memmap_domain_close(&add->domain);
		status = status ?: flushed;
	}
	memmap_caller_leave(&caller);
	return status;
}

/* Memory may hold its own memmap, whose records say nothing yet. */
static uint32_t __meminit node_of_records(const struct memmap_request *request)
{
	struct page *first = pfn_to_page(request->start_pfn), *below = memmap_page_below(first);

	if (!below || page_to_pfn(below) - request->start_pfn < request->nr_pages)
		return request->nid;
	return memmap_shim.node_of_records(first);
}

bool __meminit memmap_async_hot_add(unsigned long start_pfn, unsigned long nr_pages, int nid, unsigned long zone_idx,
			  int migratetype)
{
	const size_t own = ALIGN(sizeof(struct hot_add), SMP_CACHE_BYTES);
	struct memmap_request request = {
		.start_pfn = start_pfn,
		.nr_pages = nr_pages,
		.nid = (uint32_t)nid,
		.zone = (uint32_t)zone_idx,
		.kind = MEMMAP_ADDED,
		.layout = memmap_shim.layout,
		.hooks = { .write = write_hook, .ready = ready_hook },
	};
	struct hot_add *add;
	int status;

	if (memmap_bind_mode() == BIND_STOCK || !memmap_shim.pool || nr_pages < PAGES_PER_SUBSECTION)
		return false;
	request.storage_bytes = memmap_request_bytes(&request);
	add = memmap_vmalloc(own + request.storage_bytes, __GFP_ZERO);
	if (!add)
		return false;
	request.storage = (void *)add + own;
	request.hooks.context = add;
	request.records_nid = node_of_records(&request);
	add->migratetype = migratetype;
	add->zone_idx = zone_idx;
	add->nid = nid;
	memmap_record_added(&add->record, zone_idx, nid);
	status = run(add, &request);
	vfree(add);
	if (status == MEMMAP_OK)
		memmap_count(COUNT_ADDED, nr_pages);
	else
		pr_info(LOG "pfn %lu, %lu pages: left to memmap_init_range(): %s\n", start_pfn, nr_pages,
			memmap_status_text(status));
	return status == MEMMAP_OK;
}
