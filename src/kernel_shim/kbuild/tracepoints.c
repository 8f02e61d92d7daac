// SPDX-License-Identifier: GPL-2.0-only
/* memmap_async_trace.ko: the tracepoint. A module of its own, as Linux 6.1 makes none for a module that livepatches. */
#include <linux/module.h>

#include "kernel_shim/kbuild/module.h"

#define CREATE_TRACE_POINTS
#include "kernel_shim/kbuild/trace_events.h"

static void trace(const struct memmap_logged *event)
{
	trace_memmap_bind(event);
}

static int __init memmap_trace_start(void)
{
	return memmap_async_observe(trace);
}

static void __exit memmap_trace_stop(void)
{
	memmap_async_observe(NULL);
}

module_init(memmap_trace_start);
module_exit(memmap_trace_stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Tracepoint memmap_async:memmap_bind for memmap_async.ko");
