/* SPDX-License-Identifier: GPL-2.0-only */
/* The record in the layout of Debian's 6.1 configuration: include/memmap/memmap.h says where that is written down. */
#ifndef FAKE_LINUX_MM_H
#define FAKE_LINUX_MM_H

#include <linux/atomic.h>
#include <linux/mmzone.h>
#include <linux/types.h>

struct dev_pagemap;
struct list_head {
	struct list_head *next, *prev;
};

struct page {
	unsigned long flags;
	union {
		struct {
			union {
				struct list_head lru;
				struct {
					struct dev_pagemap *pgmap;
					void *zone_device_data;
				};
			};
			void *mapping;
			unsigned long index;
			unsigned long private_data;
		};
		struct { /* of a tail; from the second word on, of the first one only */
			unsigned long compound_head;
			unsigned char compound_dtor;
			unsigned char compound_order;
			atomic_t compound_mapcount;
			atomic_t compound_pincount;
			unsigned int compound_nr;
			unsigned long unused;
		};
	};
	int _mapcount;
	int _refcount;
	unsigned long memcg_data;
};

/* The records of the fake machine: machine.h. */
extern struct page *fake_memmap;

#define pfn_to_page(pfn) (fake_memmap + (pfn))
#define page_to_pfn(page) ((unsigned long)((page) - fake_memmap))
#define mm_zero_struct_page(page) __builtin_memset((page), 0, sizeof(struct page))
#define page_mapcount_reset(page) ((page)->_mapcount = -1)
#define page_cpupid_reset_last(page) ((page)->flags |= 0x1FFFFFUL << 30)
#define page_kasan_tag_reset(page) ((void)(page))
#define init_page_count(page) set_page_count(page, 1)
#define set_page_count(page, n) ((page)->_refcount = (n))
#define __SetPageReserved(page) ((page)->flags |= 1UL << 12)
#define __SetPageHead(page) ((page)->flags |= 1UL << 16)
#define set_page_private(page, value) ((page)->private_data = (value))
#define INIT_LIST_HEAD(list) ((list)->next = (list)->prev = (list))

static inline void set_page_links(struct page *page, enum zone_type zone, unsigned long nid, unsigned long pfn)
{
	(void)pfn;
	page->flags |= (unsigned long)zone << 51 | nid << 54;
}

#define COMPOUND_PAGE_DTOR 1
#define VMEMMAP_RESERVE_NR 2
#define vmemmap_can_optimize(altmap, pgmap) \
	(!(altmap) && (pgmap_vmemmap_nr(pgmap) * sizeof(struct page) >> PAGE_SHIFT) > VMEMMAP_RESERVE_NR)

static inline void set_compound_head(struct page *page, struct page *head)
{
	page->compound_head = (unsigned long)head + 1;
}

static inline void set_compound_page_dtor(struct page *page, unsigned int dtor)
{
	page[1].compound_dtor = (unsigned char)dtor;
}

static inline void set_compound_order(struct page *page, unsigned int order)
{
	page[1].compound_order = (unsigned char)order;
	page[1].compound_nr = 1u << order;
}

static inline atomic_t *compound_mapcount_ptr(struct page *page)
{
	return &page[1].compound_mapcount;
}

static inline atomic_t *compound_pincount_ptr(struct page *page)
{
	return &page[1].compound_pincount;
}

#endif
