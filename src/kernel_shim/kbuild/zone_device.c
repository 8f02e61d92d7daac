// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap_zone_device.ko, a test: makes ZONE_DEVICE memory out of free address space, where there is no memory at all.
 * 64 GiB of it cost their memmap, 1 GiB. Loading does `repeat` times: make `events` devices at the same time, each in
 * its own thread, take them away again; with `keep` the last ones stay until the module is unloaded.
 */
#include <linux/completion.h>
#include <linux/ioport.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/memremap.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "kernel_shim/kbuild/free_region.h"

#define LOG "memmap_zone_device: "
#define EVENTS_MOST 32

static unsigned int mib = 256, shift, events = 1, repeat = 1;
static int nid;
static char *type = "generic";
static bool keep, spread;
module_param(mib, uint, 0444);
MODULE_PARM_DESC(mib, "of each device; a multiple of 2, default 256");
module_param(shift, uint, 0444);
MODULE_PARM_DESC(shift, "order of its compound pages: 0 (default), 9 or 18");
module_param(nid, int, 0444);
MODULE_PARM_DESC(nid, "node it belongs to; default 0");
module_param(type, charp, 0444);
MODULE_PARM_DESC(type, "generic (default), coherent, fsdax or p2pdma");
module_param(events, uint, 0444);
MODULE_PARM_DESC(events, "devices at the same time, at most 32; default 1");
module_param(repeat, uint, 0444);
MODULE_PARM_DESC(repeat, "times; default 1");
module_param(spread, bool, 0444);
MODULE_PARM_DESC(spread, "one device after the other on the next node, from nid on");
module_param(keep, bool, 0444);
MODULE_PARM_DESC(keep, "leave the last devices there until unload");

struct device_memory {
	struct dev_pagemap pgmap;
	struct resource *region;
	struct completion done;
	u64 bind_ns;
	int error;
};
static struct device_memory devices[EVENTS_MOST];

static void never_freed(struct page *page)
{
}

static const struct dev_pagemap_ops operations = { .page_free = never_freed };

static int type_of(const char *name, enum memory_type *found)
{
	if (sysfs_streq(name, "generic"))
		*found = MEMORY_DEVICE_GENERIC;
	else if (sysfs_streq(name, "coherent"))
		*found = MEMORY_DEVICE_COHERENT;
	else if (sysfs_streq(name, "fsdax"))
		*found = MEMORY_DEVICE_FS_DAX;
	else if (sysfs_streq(name, "p2pdma"))
		*found = MEMORY_DEVICE_PCI_P2PDMA;
	else
		return -EINVAL;
	return 0;
}

/* With `spread` one device on each node that has CPUs, and again. */
static int nid_of(unsigned int i)
{
	int node = nid;

	for (; spread && i > 0; i--)
		node = next_node_in(node, node_states[N_CPU]);
	return node;
}

/* Where a kernel probes a device: on its node, or the nearest with CPUs. */
static int nid_to_run_on(int device_nid)
{
	int node, nearest = first_node(node_states[N_CPU]);

	for_each_node_state(node, N_CPU)
		if (node_distance(device_nid, node) < node_distance(device_nid, nearest))
			nearest = node;
	return nearest;
}

static int make(struct device_memory *device)
{
	enum memory_type kind;
	u64 began;
	void *mapped;

	type_of(type, &kind);
	device->region = memmap_free_region((unsigned long)mib << 20, "memmap_zone_device");
	if (IS_ERR(device->region))
		return PTR_ERR(device->region);
	memset(&device->pgmap, 0, sizeof(device->pgmap));
	device->pgmap.type = kind;
	device->pgmap.range.start = device->region->start;
	device->pgmap.range.end = device->region->end;
	device->pgmap.nr_range = 1;
	device->pgmap.vmemmap_shift = shift;
	device->pgmap.ops = &operations;
	device->pgmap.owner = THIS_MODULE;
	began = ktime_get_ns();
	mapped = memremap_pages(&device->pgmap, nid_of(device - devices));
	device->bind_ns = ktime_get_ns() - began;
	if (!IS_ERR(mapped))
		return 0;
	release_mem_region(device->region->start, resource_size(device->region));
	device->region = NULL;
	return PTR_ERR(mapped);
}

static void take_away(struct device_memory *device)
{
	if (IS_ERR_OR_NULL(device->region))
		return;
	memunmap_pages(&device->pgmap);
	release_mem_region(device->region->start, resource_size(device->region));
	device->region = NULL;
}

static int make_in_thread(void *argument)
{
	struct device_memory *device = argument;

	device->error = make(device);
	kthread_complete_and_exit(&device->done, 0);
}

static int make_all(void)
{
	struct task_struct *task;
	unsigned int i;
	int error = 0;

	for (i = 0; i < events; i++) {
		init_completion(&devices[i].done);
		task = kthread_create_on_node(make_in_thread, devices + i, nid_of(i), "memmap_device/%u", i);
		if (IS_ERR(task)) {
			devices[i].error = PTR_ERR(task);
			complete(&devices[i].done);
			continue;
		}
		set_cpus_allowed_ptr(task, cpumask_of_node(nid_to_run_on(nid_of(i))));
		wake_up_process(task);
	}
	for (i = 0; i < events; i++) {
		wait_for_completion(&devices[i].done);
		error = error ? error : devices[i].error;
		pr_info(LOG "device %u: %u MiB %s shift %u nid %d bind_ns %llu error %d\n", i, mib, type, shift,
			nid_of(i), devices[i].bind_ns, devices[i].error);
	}
	return error;
}

static void take_all_away(void)
{
	unsigned int i;

	for (i = 0; i < EVENTS_MOST; i++)
		take_away(devices + i);
}

static int __init zone_device_start(void)
{
	enum memory_type kind;
	unsigned int i;
	int error = 0;

	if (type_of(type, &kind) || mib == 0 || mib % 2 || events == 0 || events > EVENTS_MOST || nid < 0 ||
	    nid >= nr_node_ids || !node_online(nid) || (shift != 0 && shift != 9 && shift != 18)) {
		pr_err(LOG "bad parameter: type %s, mib %u, events %u, nid %d, shift %u\n", type, mib, events, nid,
		       shift);
		return -EINVAL;
	}
	for (i = 0; i < repeat && !error; i++) {
		error = make_all();
		if (error || !keep || i + 1 < repeat)
			take_all_away();
	}
	return error;
}

static void __exit zone_device_stop(void)
{
	take_all_away();
}

module_init(zone_device_start);
module_exit(zone_device_stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ZONE_DEVICE memory out of free address space, to test how its memory map is initialised");
