/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * layout.h - what a record looks like: a table for each kernel configuration, and what differs between versions.
 *
 * A layout follows from a configuration by the rule of Linux's page-flags-layout.h: from the top of the flags word
 * section, node, zone, last CPU and process; what does not fit is left out (node) or gets a word of its own (the
 * latter, and the record grows). The tables are checked when they are compiled. All of it is immutable: any thread.
 */
#ifndef MEMMAP_LAYOUT_H
#define MEMMAP_LAYOUT_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* How a kernel finds the record of a page. */
enum memmap_model {
	MEMMAP_SPARSEMEM_VMEMMAP, /* one virtual array; no section in the flags; compounds may share records */
	MEMMAP_SPARSEMEM,         /* an array a section, its number in the flags */
	MEMMAP_FLATMEM,           /* one array */
};

/* What the images depend on of a kernel's version; each stands for those up to the next. */
enum memmap_version {
	MEMMAP_LINUX_6_1,
	MEMMAP_LINUX_6_16, /* fewer device pages begin with a count of 1; added RAM is offline instead of reserved */
	MEMMAP_LINUX_6_18, /* a compound's head is prepared after its last tail */
	MEMMAP_LINUX_2026,
};

/* Which ZONE_DEVICE: says how its reference counts begin. As Linux's enum memory_type. */
enum memmap_device {
	MEMMAP_DEVICE_GENERIC, /* device DAX */
	MEMMAP_DEVICE_FS_DAX,
	MEMMAP_DEVICE_PRIVATE,
	MEMMAP_DEVICE_COHERENT,
	MEMMAP_DEVICE_PCI_P2PDMA,
};

/* A field of the flags word. */
struct memmap_bits {
	uint8_t shift; /* of its lowest bit */
	uint8_t width; /* 0: the flags do not have it */
};

/* One configuration of a kernel. */
struct memmap_layout {
	const char *name;           /* for reports */
	enum memmap_model model;    /* where its records lie */
	uint32_t record_bytes;      /* struct page: 56 to 80, a multiple of 8 */
	uint8_t page_shift;         /* log2 of a page's bytes */
	uint8_t section_shift;      /* log2 of a section's pages */
	uint8_t max_order;          /* log2 of the pages of the buddy's largest block */
	struct memmap_bits section; /* of the flags word */
	struct memmap_bits node;    /* likewise */
	struct memmap_bits zone;    /* likewise */
	struct memmap_bits cpupid;  /* last CPU and process; of the flags word too */
	uint8_t cpupid_offset;      /* where it is if not in the flags, in bytes; 0: nowhere */
	uint8_t cpupid_bits;        /* of them, all ones in a new record */
};

/* layout_at: the index-th table, null behind the last. 0 is Debian's 6.1 for x86-64, a request's default. */
const struct memmap_layout *memmap_layout_at(uint32_t index);

/* may_share_records: whether the tails of compounds of 2^order pages can share the records of their second page of
 * memmap. For the stage that backs the memmap and the one that writes it: they must agree. Linux:
 * vmemmap_can_optimize(). `whole_sections`: no part of a section whose memmap boot has made. */
bool memmap_may_share_records(const struct memmap_layout *layout, uint32_t order, bool altmap, bool whole_sections);

#ifdef __cplusplus
}
#endif
#endif
