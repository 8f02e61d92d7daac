// SPDX-License-Identifier: GPL-2.0-only
/* The C ABI as figures, in C11 alone: whoever changes one changes what modules and libraries were built against. */
#include <stddef.h>

#include "memmap/env.h"
#include "memmap/memmap.h"
#include "memmap/range.h"

#define SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), "size of " #type)
#define AT(type, field, bytes) _Static_assert(offsetof(struct type, field) == (bytes), #type "." #field)

SIZE(memmap_domain, 512);
_Static_assert(_Alignof(struct memmap_domain) == 64, "alignment of memmap_domain");
SIZE(memmap_domain_options, 24);
SIZE(memmap_piece, 16);
SIZE(memmap_hooks, 32);
SIZE(memmap_altmap, 16);
SIZE(memmap_layout, 32);
SIZE(memmap_request, 160);
AT(memmap_request, kind, 28);
AT(memmap_request, layout, 40);
AT(memmap_request, altmap, 56);
AT(memmap_request, pieces, 80);
AT(memmap_request, records, 96);
AT(memmap_request, hooks, 104);
AT(memmap_request, storage, 136);
AT(memmap_request, next, 152);
SIZE(memmap_progress_counts, 40);
SIZE(memmap_range, 72);
SIZE(memmap_task, 448);
SIZE(memmap_self, 16);
SIZE(memmap_stall, 48);
SIZE(memmap_env, 104);
SIZE(memmap_trace, 88);
SIZE(memmap_topology, 56);
SIZE(memmap_pool_config, 64);
SIZE(memmap_worker_counts, 72);
_Static_assert(MEMMAP_INVALID == -10001 && MEMMAP_BUSY == -10011, "statuses");

int main(void)
{
	return 0;
}
