// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap_bind_test.ko: what a bind that does not wait promises, on device memory out of free address space. Loading
 * runs `scenario` and fails where something is not as it should be; the kernel's log says what.
 */
#include <linux/completion.h>
#include <linux/ioport.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/memmap_async.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "kernel_shim/kbuild/free_region.h"

#define LOG "memmap_bind_test: "

static char *scenario = "beside";
static unsigned int mib = 16384, cycles = 100, seed = 1;
static int nid;
module_param(scenario, charp, 0444);
MODULE_PARM_DESC(scenario, "beside, fault, unbind, waits, ranges, cycles, failures, keep");
module_param(mib, uint, 0444);
MODULE_PARM_DESC(mib, "of the large device");
module_param(cycles, uint, 0444);
module_param(seed, uint, 0444);
module_param(nid, int, 0444);

struct device_memory {
	struct dev_pagemap pgmap;
	struct range second; /* pgmap.ranges[1] */
	struct resource *region;
	unsigned long pfn, nr_pages;
	u64 bind_ns, written; /* when the bind came back */
};

static void never_freed(struct page *page)
{
}

static vm_fault_t never_migrated(struct vm_fault *fault)
{
	return VM_FAULT_SIGBUS;
}

static const struct dev_pagemap_ops operations = { .page_free = never_freed, .migrate_to_ram = never_migrated };
static enum memory_type type = MEMORY_DEVICE_GENERIC;

static int wrong(const char *what)
{
	pr_err(LOG "WRONG: %s\n", what);
	return -EIO;
}

static u64 written(struct device_memory *device)
{
	u64 now, total;

	return memmap_async_progress(&device->pgmap, &now, &total) ? now : device->nr_pages;
}

static unsigned long split_at; /* bytes; 0: one range */
static bool second_is_nowhere;

static void split(struct device_memory *device)
{
	struct range *const range = device->pgmap.ranges;

	device->pgmap.nr_range = 2;
	range[1] = (struct range){ .start = range[0].start + split_at, .end = range[0].end };
	range[0].end = range[1].start - 1;
	if (second_is_nowhere)
		range[1] = (struct range){ .start = 1UL << 53, .end = (1UL << 53) + split_at - 1 };
}

static int bind(struct device_memory *device, unsigned int size_mib, int node, unsigned int flags)
{
	const u64 began = ktime_get_ns();
	void *mapped;

	memset(device, 0, sizeof(*device));
	device->region = memmap_free_region((unsigned long)size_mib << 20, "bind test");
	if (IS_ERR(device->region))
		return PTR_ERR(device->region);
	device->pfn = PHYS_PFN(device->region->start);
	device->nr_pages = (unsigned long)size_mib << (20 - PAGE_SHIFT);
	device->pgmap.type = type;
	device->pgmap.range.start = device->region->start;
	device->pgmap.range.end = device->region->end;
	device->pgmap.nr_range = 1;
	device->pgmap.ops = &operations;
	device->pgmap.owner = THIS_MODULE;
	device->pgmap.flags = flags;
	if (split_at)
		split(device);
	mapped = memremap_pages(&device->pgmap, node);
	device->bind_ns = ktime_get_ns() - began;
	if (!IS_ERR(mapped)) {
		device->written = written(device);
		return 0;
	}
	release_mem_region(device->region->start, resource_size(device->region));
	return PTR_ERR(mapped);
}

static void unbind(struct device_memory *device)
{
	memunmap_pages(&device->pgmap);
	release_mem_region(device->region->start, resource_size(device->region));
}

/* Order-0 records of one device are equal, byte by byte; and one is compared with what it should hold. */
static bool is_written(struct device_memory *device, unsigned long first, unsigned long nr)
{
	struct page *page = pfn_to_page(device->pfn);
	unsigned long i;

	if (!PageReserved(page) || page->pgmap != &device->pgmap || page_zonenum(page) != ZONE_DEVICE ||
	    page_count(page) != (type != MEMORY_DEVICE_PRIVATE))
		return false;
	for (i = first; i < first + nr; i++)
		if (memcmp(page, page + i, sizeof(*page)))
			return false;
	return true;
}

static bool is_whole(struct device_memory *device)
{
	memmap_async_wait(device->pfn, device->nr_pages);
	return is_written(device, 0, device->nr_pages);
}

static struct device_memory big, small;

/* The large bind is back before its records are written; a small one beside it is usable first, and goes away first. */
static int beside(void)
{
	u64 at_small, at_end;
	int error = bind(&big, mib, nid, PGMAP_ASYNC_INIT);

	if (error)
		return error;
	error = bind(&small, 64, nid, 0);
	at_small = written(&big);
	if (!error && !is_written(&small, 0, small.nr_pages))
		error = wrong("the small device is not written when its bind returns");
	if (small.region && !IS_ERR(small.region))
		unbind(&small);
	at_end = written(&big);
	pr_info(LOG "beside: %lu pages: %llu written when the bind came back, %llu when a small device was usable, "
		"%llu when it was gone\n", big.nr_pages, big.written, at_small, at_end);
	if (!error && big.written >= big.nr_pages)
		error = wrong("the large bind came back when all was done");
	if (!error && at_small >= big.nr_pages)
		error = wrong("the small device was usable when the large one was done");
	if (!error && !is_whole(&big))
		error = wrong("the large device's records");
	unbind(&big);
	return error;
}

/* A fault in the middle waits for its unit only. */
static int fault(void)
{
	int error = bind(&big, mib, nid, PGMAP_ASYNC_INIT);
	const u64 began = ktime_get_ns();
	u64 took;

	if (error)
		return error;
	memmap_async_wait(big.pfn + big.nr_pages / 2 + 7, 1);
	took = ktime_get_ns() - began;
	big.written = written(&big);
	pr_info(LOG "fault: %lu pages: %llu written when the one in the middle was, after %llu ns\n", big.nr_pages,
		big.written, took);
	if (!is_written(&big, big.nr_pages / 2, 512))
		error = wrong("the unit in the middle");
	if (!error && big.written >= big.nr_pages)
		error = wrong("the fault came back when all was done");
	unbind(&big);
	return error;
}

/* Gone in the middle: nothing is written any more, and the same memory can be bound again. */
static int unbind_early(void)
{
	int error = bind(&big, mib, nid, PGMAP_ASYNC_INIT);
	u64 began;

	if (error)
		return error;
	big.written = written(&big);
	began = ktime_get_ns();
	unbind(&big);
	pr_info(LOG "unbind: of %lu pages %llu were written before it, which took %llu ns\n", big.nr_pages, big.written,
		ktime_get_ns() - began);
	if (big.written >= big.nr_pages)
		return wrong("all was done before the device went away");
	error = bind(&big, 512, nid, 0);
	if (error)
		return error;
	if (!is_whole(&big))
		error = wrong("the records of what was bound again");
	unbind(&big);
	return error;
}

/* Who does not say that it can wait need not. */
static int waits(void)
{
	int error = bind(&small, 512, nid, 0);

	if (error)
		return error;
	if (small.written != small.nr_pages || !is_written(&small, 0, small.nr_pages))
		error = wrong("a bind without PGMAP_ASYNC_INIT came back early");
	unbind(&small);
	return error;
}

struct cycler {
	struct device_memory device;
	struct completion done;
	unsigned int seed;
	int error;
};

static int cycle(void *argument)
{
	struct cycler *own = argument;
	struct rnd_state random;
	unsigned int i;

	prandom_seed_state(&random, own->seed);
	for (i = 0; i < cycles && !own->error; i++) {
		const unsigned int what = prandom_u32_state(&random);
		const unsigned long at = (what >> 8) % (256UL << (20 - PAGE_SHIFT));

		own->error = bind(&own->device, 256 + 2 * (what % 64), nid, PGMAP_ASYNC_INIT);
		if (own->error)
			break;
		if (what & 64)
			memmap_async_wait(own->device.pfn + at, 1);
		if ((what & 64) && !is_written(&own->device, at, 1))
			own->error = wrong("the page that was waited for");
		if ((what & 128) && !is_whole(&own->device))
			own->error = wrong("all pages, after they were waited for");
		unbind(&own->device);
	}
	kthread_complete_and_exit(&own->done, 0);
}

static int in_cycles(void)
{
	static struct cycler cyclers[2];
	unsigned int i;
	int error = 0;

	for (i = 0; i < ARRAY_SIZE(cyclers); i++) {
		struct task_struct *task;

		init_completion(&cyclers[i].done);
		cyclers[i].seed = seed + i;
		task = kthread_run(cycle, cyclers + i, "memmap_cycle/%u", i);
		if (IS_ERR(task)) {
			cyclers[i].error = PTR_ERR(task);
			complete(&cyclers[i].done);
		}
	}
	for (i = 0; i < ARRAY_SIZE(cyclers); i++) {
		wait_for_completion(&cyclers[i].done);
		error = error ?: cyclers[i].error;
	}
	return error;
}

/* A device of two ranges is two events; where the second cannot be added, the first ends before it is written. */
static int ranges(void)
{
	const unsigned long half = (unsigned long)mib << 19;
	int error;

	BUILD_BUG_ON(offsetof(struct device_memory, second) != offsetof(struct device_memory, pgmap.ranges[1]));
	split_at = half;
	error = bind(&big, mib, nid, PGMAP_ASYNC_INIT);
	if (error)
		return error;
	if (big.written >= big.nr_pages)
		error = wrong("the bind of two ranges came back when all was done");
	memmap_async_wait(big.pfn + PHYS_PFN(half) + 4711, 1);
	if (!error && !is_written(&big, PHYS_PFN(half) + 4711, 1))
		error = wrong("a page of the second range");
	memmap_async_wait(big.pfn, PHYS_PFN(half));
	memmap_async_wait(big.pfn + PHYS_PFN(half), PHYS_PFN(half));
	if (!error && !is_written(&big, 0, big.nr_pages))
		error = wrong("the records of two ranges");
	unbind(&big);
	second_is_nowhere = true;
	if (!error && bind(&big, mib, nid, PGMAP_ASYNC_INIT) == 0)
		error = wrong("a second range beyond all memory was bound");
	split_at = 0;
	return error;
}

/* Bound until this module is unloaded, which says whether all of it is written then. */
static int keep(void)
{
	return bind(&big, mib, nid, PGMAP_ASYNC_INIT);
}

/* Each allocation of a bind fails in turn, until one goes through that needs no more of them. Private memory, as it has
 * no linear map: x86's does not survive that an allocation for it fails. */
static int failures(void)
{
#ifdef CONFIG_FAULT_INJECTION
	unsigned int n, refused = 0, through = 0;
	int error;

	type = MEMORY_DEVICE_PRIVATE;
	for (n = 1; n < 20000; n++) {
		bool reached;

		current->fail_nth = n;
		error = bind(&small, 16, nid, PGMAP_ASYNC_INIT);
		reached = current->fail_nth == 0;
		current->fail_nth = 0;
		if (error && !reached)
			return wrong("a bind was refused although nothing failed");
		if (error) {
			refused++;
			continue;
		}
		through++;
		memmap_async_wait(small.pfn, small.nr_pages);
		if (!is_written(&small, 0, small.nr_pages))
			return wrong("the records of a bind where an allocation failed");
		unbind(&small);
		if (!reached)
			break;
	}
	pr_info(LOG "failures: %u allocations failed in turn: %u binds were refused, %u went through\n", n - 1, refused,
		through);
	return refused == 0 || n == 20000 ? wrong("no failure, or no end of them") : 0;
#else
	return wrong("needs CONFIG_FAULT_INJECTION");
#endif
}

static const struct {
	const char *name;
	int (*run)(void);
} scenarios[] = {
	{ "beside", beside }, { "fault", fault }, { "unbind", unbind_early },
	{ "waits", waits },   { "ranges", ranges }, { "cycles", in_cycles }, { "failures", failures },
	{ "keep", keep },
};

static int __init bind_test_start(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (!strcmp(scenario, scenarios[i].name))
			return scenarios[i].run();
	pr_err(LOG "no scenario \"%s\"\n", scenario);
	return -EINVAL;
}

static void __exit bind_test_stop(void)
{
	if (strcmp(scenario, "keep"))
		return;
	if (!is_whole(&big))
		wrong("the records of a device that was kept");
	unbind(&big);
}

module_init(bind_test_start);
module_exit(bind_test_stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Tests of binds of device memory that do not wait for their struct pages");
