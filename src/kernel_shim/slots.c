// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's own name for it, where the caller can neither allocate nor keep anything: events in slots that are
 * prepared beforehand, begun and ended in one call. For the module; a kernel with the series keeps events at their
 * devices. */
#include "kernel_shim/shim.h"

#include <linux/delay.h>

static struct memmap_event *take_event(void)
{
	unsigned int i;

	for (i = 0; i < MEMMAP_SHIM_EVENTS; i++)
		if (atomic_cmpxchg(&memmap_shim.events[i].taken, 0, 1) == 0)
			return memmap_shim.events + i;
	return NULL;
}

struct memmap_event *memmap_init_zone_device_begin(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
						   struct dev_pagemap *pgmap, const char **why)
{
	struct memmap_event *event = take_event();

	if (!event) {
		*why = "more events at once than slots";
		return NULL;
	}
	if (!memmap_event_begin(event, zone, start_pfn, nr_pages, pgmap, why)) {
		atomic_set_release(&event->taken, 0);
		return NULL;
	}
	atomic_set_release(&event->refs, 1);
	return event;
}

int memmap_init_zone_device_end(struct memmap_event *event,
				void (*seen)(const struct memmap_event *event, void *context), void *context)
{
	struct memmap_caller caller;
	int status;

	memmap_caller_enter(&caller);
	status = memmap_flush(&event->domain);
	/*
	 * memmap_sync() of others may still be inside; none can come once this is 0. They are about to leave, but have
	 * to get a CPU for it, perhaps this one, and we may be a real-time task.
	 */
	for (atomic_dec(&event->refs); atomic_read(&event->refs) != 0;)
		usleep_range(10, 50);
	memmap_domain_close(&event->domain);
	memmap_caller_leave(&caller);
	if (seen)
		seen(event, context);
	atomic_set_release(&event->taken, 0);
	return status;
}

void memmap_init_zone_device(struct zone *zone, unsigned long start_pfn, unsigned long nr_pages,
			     struct dev_pagemap *pgmap)
{
	const char *why;
	struct memmap_event *event = memmap_init_zone_device_begin(zone, start_pfn, nr_pages, pgmap, &why);

	if (event)
		memmap_init_zone_device_end(event, NULL, NULL);
	else
		memmap_shim.stock(zone, start_pfn, nr_pages, pgmap);
}

int memmap_sync(unsigned long pfn, unsigned long nr_pages)
{
	struct memmap_caller caller;
	int status = MEMMAP_OK;
	unsigned int i;

	memmap_caller_enter(&caller);
	for (i = 0; i < MEMMAP_SHIM_EVENTS; i++) {
		struct memmap_event *event = memmap_shim.events + i;
		int result;

		if (!atomic_inc_not_zero(&event->refs))
			continue;
		result = memmap_flush_range(&event->domain, pfn, nr_pages);
		if (result != MEMMAP_OK && result != MEMMAP_OUTSIDE)
			status = result;
		atomic_dec(&event->refs);
	}
	memmap_caller_leave(&caller);
	return status;
}
