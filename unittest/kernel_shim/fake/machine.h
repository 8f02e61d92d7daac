/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake machine behind the fake headers: records, nodes, memblock's free ranges, a buddy that only takes notes.
 * One at a time in a process.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/nodemask.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fake_range {
	int nid;
	phys_addr_t start, end;
};

/* nr_nodes nodes of pages_per_node pages, one after the other, each one ZONE_NORMAL with a ZONE_DEVICE after it.
 * `ranges` (lent) are memblock's free ones. Records are poisoned with 0xA5. */
void fake_machine_start(int nr_nodes, unsigned long pages_per_node, const struct fake_range *ranges, int nr_ranges);
void fake_machine_stop(void);

/* How often a page was given to the buddy; its pageblock's type: -1 until it is set. */
int fake_times_freed(unsigned long pfn);
int fake_migratetype(unsigned long pfn);
/* Pages that were freed before all records of their max-order block that are free ranges had been written. */
unsigned long fake_freed_too_early(void);
const char *fake_last_message(void);

#ifdef __cplusplus
}
#endif
#endif
