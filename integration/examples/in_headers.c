/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What the comments of memmap.h, range.h and prefault.h show, run: bazel/check/readme.py compares their lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memmap/prefault.h"
#include "memmap/range.h"
#include "memmap/runtime.h"

static const uint32_t nid = 0;

static void *calloc_aligned(size_t alignment, size_t nr_bytes)
{
	void *memory = aligned_alloc(alignment, (nr_bytes + alignment - 1) / alignment * alignment);

	return memory ? memset(memory, 0, nr_bytes) : NULL;
}

static int prepare_bytes(void *memory, uint64_t first, uint64_t count)
{
	memset((char *)memory + first, 1, count);
	return 0;
}

static _Bool memmap_h(struct memmap_pool *pool)
{
	struct memmap_request request = { .start_pfn = 1 << 20, .nr_pages = 1 << 16, .zone = 4, .kind = MEMMAP_DEVICE };
	const uint64_t pfn = request.start_pfn + 4711;

	request.records = memmap_runtime_alloc(pool, request.nr_pages * 64, nid);
	request.storage_bytes = memmap_request_bytes(&request);
	request.storage = memmap_runtime_alloc(pool, request.storage_bytes, nid);
	struct memmap_domain d;
	memmap_domain_open(&d, pool, NULL);
	memmap_init_async(&request, &d);
	memmap_flush_range(&d, pfn, 1);
	memmap_flush(&d);
	memmap_domain_close(&d);
	memmap_runtime_free(request.storage, request.storage_bytes);
	memmap_runtime_free(request.records, request.nr_pages * 64);
	return memmap_ready(pool, request.start_pfn + request.nr_pages - 1);
}

static _Bool range_h(struct memmap_pool *pool)
{
	const size_t nr_bytes = 64 << 20, offset = 40 << 20;
	char *memory = malloc(nr_bytes);
	struct memmap_domain domain;

	memmap_domain_open(&domain, pool, NULL);
	struct memmap_range prepare = {.count = nr_bytes, .unit_shift = 21, .run = prepare_bytes, .context = memory};
	prepare.storage_bytes = memmap_range_bytes(&prepare);
	prepare.storage = calloc_aligned(64, prepare.storage_bytes);
	memmap_range_async(&prepare, &domain);
	memmap_range_flush(&domain, &prepare, offset, 4096);
	memmap_flush(&domain);
	const _Bool right = memory[0] == 1 && memory[nr_bytes - 1] == 1;
	memmap_domain_close(&domain);
	free(prepare.storage);
	free(memory);
	return right;
}

static _Bool prefault_h(struct memmap_pool *pool)
{
	const size_t nr_bytes = 64 << 20;
	void *guest = aligned_alloc(4096, nr_bytes);
	struct memmap_domain domain;

	memmap_domain_open(&domain, pool, NULL);
	struct memmap_range job = {0};
	memmap_prefault_range(&job, guest, nr_bytes, nid);
	job.storage_bytes = memmap_range_bytes(&job);
	job.storage = memmap_runtime_alloc(pool, job.storage_bytes, nid);
	memmap_range_async(&job, &domain);
	memmap_range_flush(&domain, &job, (uintptr_t)guest, 4096);
	int error = memmap_flush(&domain);
	memmap_domain_close(&domain);
	memmap_runtime_free(job.storage, job.storage_bytes);
	free(guest);
	return error == 0;
}

int main(void)
{
	struct memmap_pool *pool = memmap_runtime_start(NULL, NULL);
	const _Bool right = memmap_h(pool) && range_h(pool) && prefault_h(pool);

	printf("%s\n", right ? "as the headers say" : "not as the headers say");
	return memmap_runtime_stop(pool) || !right;
}
