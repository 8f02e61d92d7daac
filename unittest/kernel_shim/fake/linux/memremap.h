/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_MEMREMAP_H
#define FAKE_LINUX_MEMREMAP_H

#include <linux/types.h>

enum memory_type {
	MEMORY_DEVICE_PRIVATE = 1,
	MEMORY_DEVICE_COHERENT,
	MEMORY_DEVICE_FS_DAX,
	MEMORY_DEVICE_GENERIC,
	MEMORY_DEVICE_PCI_P2PDMA,
};

struct vmem_altmap {
	unsigned long base_pfn;
	unsigned long reserve;
	unsigned long free;
};

#define PGMAP_ALTMAP_VALID 1u

struct dev_pagemap {
	struct vmem_altmap altmap;
	enum memory_type type;
	unsigned int flags;
	unsigned long vmemmap_shift;
};

static inline struct vmem_altmap *pgmap_altmap(struct dev_pagemap *pgmap)
{
	return pgmap->flags & PGMAP_ALTMAP_VALID ? &pgmap->altmap : NULL;
}

static inline unsigned long pgmap_vmemmap_nr(struct dev_pagemap *pgmap)
{
	return 1UL << pgmap->vmemmap_shift;
}

#endif
