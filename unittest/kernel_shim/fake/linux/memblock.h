/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_MEMBLOCK_H
#define FAKE_LINUX_MEMBLOCK_H

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MEMBLOCK_NONE 0
#define NUMA_NO_NODE (-1)

/* The fake machine's next free range of the node (or of any) from number *i on; false: no more. */
bool fake_next_free_range(u64 *i, int nid, phys_addr_t *start, phys_addr_t *end, int *found);

#define for_each_free_mem_range(i, nid, flags, p_start, p_end, p_nid) \
	for ((i) = 0; fake_next_free_range(&(i), (nid), (p_start), (p_end), (p_nid));)

#ifdef __cplusplus
}
#endif
#endif
