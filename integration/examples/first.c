/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The first program: the memmap of a 4 GiB device, written in the background, one page needed before the rest. */
#include <stdio.h>
#include "memmap/runtime.h"

int main(void) {
	struct memmap_pool *pool = memmap_runtime_start(NULL, NULL);
	struct memmap_request device = { .start_pfn = 1 << 20, .nr_pages = 1 << 20, .zone = 4, .kind = MEMMAP_DEVICE };
	device.records = memmap_runtime_alloc(pool, device.nr_pages * 64, 0);
	device.storage_bytes = memmap_request_bytes(&device);
	device.storage = memmap_runtime_alloc(pool, device.storage_bytes, 0);
	struct memmap_domain event = { 0 };
	memmap_domain_open(&event, pool, NULL);
	int submitted = memmap_init_async(&device, &event); /* returns at once; workers write */
	int first_fault = memmap_flush_range(&event, device.start_pfn + 4711, 1); /* waits for 512 pages at most */
	int usable = memmap_domain_close(&event); /* waits for this event, and for no other */
	printf("submitted: %s; usable: %s\n", memmap_status_text(submitted), memmap_status_text(usable));
	return submitted || first_fault || usable || !memmap_ready(pool, device.start_pfn) || memmap_runtime_stop(pool);
}
