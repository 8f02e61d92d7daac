/* SPDX-License-Identifier: GPL-2.0-only */
/* For test modules: physical addresses that nobody has. */
#ifndef KERNEL_SHIM_KBUILD_FREE_REGION_H
#define KERNEL_SHIM_KBUILD_FREE_REGION_H

#include <linux/ioport.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>

/* Of those that the linear map can hold: on arm64 more are free. As request_free_mem_region(). */
static inline struct resource *memmap_free_region(unsigned long bytes, const char *name)
{
	struct resource below = iomem_resource;

	below.end = min_t(resource_size_t, below.end, mhp_get_pluggable_range(true).end);
	return request_free_mem_region(&below, bytes, name);
}

#endif
