/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_PAGEBLOCK_FLAGS_H
#define FAKE_LINUX_PAGEBLOCK_FLAGS_H

#define pageblock_order 9u
#define pageblock_nr_pages (1UL << pageblock_order)
#define pageblock_align(pfn) ALIGN((pfn), pageblock_nr_pages)
#define pageblock_aligned(pfn) IS_ALIGNED((pfn), pageblock_nr_pages)

#endif
