/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel keeps in mm/internal.h and boot.c calls. */
#ifndef KERNEL_SHIM_BOOT_CALLS_H
#define KERNEL_SHIM_BOOT_CALLS_H

#include <linux/mm.h>

#ifdef __cplusplus
extern "C" {
#endif

void __free_pages_core(struct page *page, unsigned int order);
void set_pageblock_migratetype(struct page *page, int migratetype);

/* As __free_pages_core(), for pages whose records say already that they are free. */
void memmap_free_fresh(struct page *page, unsigned int order);

#ifdef __cplusplus
}
#endif
#endif
