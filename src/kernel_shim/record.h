/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record that a page gets, made by the kernel's own inlines on one scratch record, so that neither the engine nor
 * this shim knows the layout of struct page; and the writer that copies it.
 */
#ifndef KERNEL_SHIM_RECORD_H
#define KERNEL_SHIM_RECORD_H

#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MEMMAP_RECORD_WORDS = sizeof(struct page) / sizeof(uint64_t) };

struct memmap_record {
	uint64_t word[MEMMAP_RECORD_WORDS];
	bool linked; /* holds its own empty list: the only content that depends on where the record is */
};

/* RAM at boot, as __init_single_page() leaves it: reference count 1, not reserved. */
void memmap_record_boot(struct memmap_record *record, unsigned long zone_idx, int nid);

/* The same page after it was freed: count 0. What the buddy adds is in the head of each block. */
void memmap_record_boot_freed(struct memmap_record *record, unsigned long zone_idx, int nid);

/* RAM that is added, as memmap_init_range() leaves it until it is online: reserved. */
void memmap_record_added(struct memmap_record *record, unsigned long zone_idx, int nid);

/* ZONE_DEVICE, order 0, as __init_zone_device_page() leaves it: reserved, pgmap, count by the type of the device. */
void memmap_record_device(struct memmap_record *record, unsigned long zone_idx, int nid, struct dev_pagemap *pgmap);

/* Writes nr records from `first` on. movnti: past the caches and weakly ordered; a fence is included. */
void memmap_record_write(struct page *first, unsigned long nr, const struct memmap_record *record, bool movnti);

/* The same for RAM, from a pfn on: where a record names its section, and each section has an array of its own, too. */
void memmap_record_write_pfns(unsigned long pfn, unsigned long nr, const struct memmap_record *record);

/* Pages of ZONE_DEVICE that come as compounds, as memmap_init_compound() leaves them. */
struct memmap_compound {
	struct memmap_record head, first_tail, tail; /* the tails' without the address of their head */
	unsigned long nr_pages;   /* of each; 1: no compounds */
	unsigned long nr_records; /* of each, from its head on, that are written: where tails share records, fewer */
};

void memmap_record_compound(struct memmap_compound *compound, unsigned long zone_idx, int nid,
			    struct dev_pagemap *pgmap);

/* Writes the records of one compound. */
void memmap_record_write_compound(struct page *head, const struct memmap_compound *compound, bool movnti);

#ifdef __cplusplus
}
#endif
#endif
