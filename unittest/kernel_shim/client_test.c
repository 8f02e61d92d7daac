// SPDX-License-Identifier: GPL-2.0-only
/* A client in C11 alone: one bind and one boot through the kernel's names. Exit status 0: all is as expected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_shim/twin.h"

static void expect(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "client_test: not so: %s\n", what);
	exit(1);
}

int main(void)
{
	const struct fake_range range = { 0, 0, TWIN_NODE_PAGES << PAGE_SHIFT };
	struct dev_pagemap pgmap = { .type = MEMORY_DEVICE_GENERIC };
	struct memmap_record record;

	twin_start(2, &range, 1);
	memmap_init_zone_device(twin_device_zone(1), TWIN_NODE_PAGES, PAGES_PER_SECTION, &pgmap);
	memmap_record_device(&record, ZONE_DEVICE, 1, &pgmap);
	for (unsigned long i = 0; i < PAGES_PER_SECTION; i++)
		expect(!memcmp(pfn_to_page(TWIN_NODE_PAGES + i), record.word, sizeof(struct page)),
		       "each record is written");
	expect(memmap_sync(TWIN_NODE_PAGES, 1) == MEMMAP_OK, "a sync of what is done");

	NODE_DATA(0)->first_deferred_pfn = PAGES_PER_SECTION;
	twin_lend_boot(0, 1);
	memmap_boot_finish();
	for (unsigned long pfn = 0; pfn < TWIN_NODE_PAGES; pfn++)
		expect(fake_times_freed(pfn) == (pfn >= PAGES_PER_SECTION), "each deferred page is freed once");
	expect(fake_freed_too_early() == 0, "none before its block is written");
	twin_stop();
	return 0;
}
