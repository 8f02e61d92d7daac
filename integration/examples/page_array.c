/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A unikernel's table of page frames, in freestanding C: no heap, no libc, no threads. The first CPU submits the table
 * and goes on; the others, once they are up, set it up; who needs a frame before that sets up its unit. */
#include "page_array.h"

#include "memmap/env.h"
#include "memmap/range.h"
#include "memmap/sizes.h"

static struct memmap_pool *pool;
static struct memmap_domain boot;
static struct memmap_range table;
static struct memmap_self selves[MAX_CPUS];
static _Alignas(128) unsigned char pool_storage[MEMMAP_POOL_BYTES_MAX(MAX_CPUS, 1, 1, 32768, 4)];
static _Alignas(64) unsigned char table_storage[MEMMAP_RANGE_BYTES_MAX(MAX_FRAMES, 12)];

static void park(void *context, uint32_t *word, uint32_t value, uint64_t timeout_ns)
{
	(void)context;
	(void)timeout_ns; /* to return early, for no reason, is allowed */
	machine_halt(word, value);
}

static void unpark(void *context, uint32_t *word)
{
	(void)context;
	machine_kick(word);
}

static void relax(void *context)
{
	(void)context;
	machine_relax();
}

static uint64_t clock_ns(void *context)
{
	(void)context;
	return machine_clock_ns();
}

static struct memmap_self *self(void *context)
{
	(void)context;
	return &selves[machine_cpu()];
}

static void fatal(void *context, const char *what)
{
	(void)context;
	machine_panic(what);
}

static const struct memmap_env env = {
	.park = park, .unpark = unpark, .wake_later = unpark, .relax = relax, .yield = relax,
	.clock_ns = clock_ns, .self = self, .fatal = fatal,
};

/* One node, one group of CPUs. */
static const uint16_t zeroes[MAX_CPUS], home_begin[] = { 0, 1 };
static struct memmap_topology topology = {
	.nr_groups = 1, .nr_nids = 1, .group_of_worker = zeroes, .steal_rank = zeroes,
	.home_begin = home_begin, .home = zeroes,
};
static const struct memmap_pool_config config = {
	.env = &env, .topology = &topology, .nr_pages = 32768, .domain_slots = 4,
};

void frames_set_up(struct frame *frames, uint64_t first, uint64_t count)
{
	for (uint64_t n = first; n < first + count; n++) {
		const _Bool last = n + 1 == first + count || (n + 1) % FRAMES_PER_UNIT == 0;

		frames[n] = (struct frame){ .next_free = last ? NO_FRAME : (uint32_t)n + 1, .zone = n >= 4096 };
	}
}

static int set_up(void *frames, uint64_t first, uint64_t count)
{
	frames_set_up(frames, first, count);
	return 0;
}

_Bool frames_boot(struct frame *frames, uint64_t nr_frames, uint32_t nr_cpus)
{
	for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		selves[cpu].worker = cpu ? cpu - 1 : MEMMAP_NO_WORKER;
		selves[cpu].beside = MEMMAP_NO_WORKER;
	}
	topology.nr_workers = nr_cpus - 1;
	table.count = nr_frames;
	table.unit_shift = 12;
	table.unit_ns = 20000;
	table.run = set_up;
	table.context = frames;
	table.storage = table_storage;
	table.storage_bytes = sizeof(table_storage);
	return memmap_pool_bytes(&config) <= sizeof(pool_storage) &&
	       memmap_pool_init(&pool, &config, pool_storage, sizeof(pool_storage)) == 0 &&
	       memmap_domain_open(&boot, pool, NULL) == 0 && memmap_range_async(&table, &boot) == 0;
}

struct frame *frame_get(uint64_t number)
{
	return memmap_range_flush(&boot, &table, number, 1) ? NULL : (struct frame *)table.context + number;
}

int frames_complete(void)
{
	return memmap_flush(&boot);
}

void frames_cpu(uint32_t cpu)
{
	do {
		while (memmap_worker_step(pool, cpu - 1))
			;
	} while (memmap_worker_idle(pool, cpu - 1));
}

void frames_stop(void)
{
	memmap_domain_close(&boot);
	memmap_pool_stop(pool);
}
