/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A client in C11: hot-adds a device of 1 GiB, looks at its records. */
#include <stdio.h>

#include "memmap/runtime.h"
#include "memmap/version.h"

static int complain(const char *what, int status)
{
	fprintf(stderr, "client: %s: %s\n", what, memmap_status_text(status));
	return 1;
}

int main(void)
{
	const char *error = NULL;
	struct memmap_pool *pool = memmap_runtime_start(NULL, &error);
	struct memmap_request device = { .start_pfn = 1 << 20, .nr_pages = 1 << 18, .zone = 4, .kind = MEMMAP_DEVICE };
	const size_t records_bytes = device.nr_pages * 64;
	struct memmap_domain event;
	uint64_t written = 0;
	int status;

	if (!pool) {
		fprintf(stderr, "client: %s\n", error);
		return 1;
	}
	const uint64_t *record = device.records = memmap_runtime_alloc(pool, records_bytes, 0);
	device.storage_bytes = memmap_request_bytes(&device);
	device.storage = memmap_runtime_alloc(pool, device.storage_bytes, 0);
	memmap_domain_open(&event, pool, NULL);
	status = memmap_init_async(&device, &event);
	if (status)
		return complain("submit", status);
	status = memmap_domain_close(&event);
	if (status)
		return complain("close", status);
	for (uint64_t n = 0; n < device.nr_pages; n++)
		written += record[n * 8] != 0;
	memmap_runtime_free(device.storage, device.storage_bytes);
	memmap_runtime_free(device.records, records_bytes);
	printf("C: %llu of %llu records written, version %s\n", (unsigned long long)written,
	       (unsigned long long)device.nr_pages, MEMMAP_VERSION);
	return written != device.nr_pages || memmap_runtime_stop(pool);
}
