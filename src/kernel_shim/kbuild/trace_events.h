/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracepoint memmap_async:memmap_bind: an event that is done, with the figures of its line in debugfs. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM memmap_async

#if !defined(KERNEL_SHIM_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define KERNEL_SHIM_TRACE_EVENTS_H

#include <linux/tracepoint.h>

struct memmap_logged;

TRACE_EVENT(memmap_bind,
	TP_PROTO(const struct memmap_logged *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u64, number)
		__field(bool, ours)
		__field(unsigned long, start_pfn)
		__field(unsigned long, nr_pages)
		__field(unsigned long, shift)
		__field(u32, nid)
		__field(u32, records_nid)
		__field(u64, init_ns)
		__field(u64, at_home)
		__field(u64, elsewhere)
	),
	TP_fast_assign(
		__entry->number = event->number;
		__entry->ours = event->ours;
		__entry->start_pfn = event->start_pfn;
		__entry->nr_pages = event->nr_pages;
		__entry->shift = event->shift;
		__entry->nid = event->nid;
		__entry->records_nid = event->records_nid;
		__entry->init_ns = event->init_ns;
		__entry->at_home = event->pages_at_home;
		__entry->elsewhere = event->pages_elsewhere;
	),
	TP_printk("event=%llu by=%s pfn=%lu pages=%lu shift=%lu nid=%u records_nid=%u "
		  "init_ns=%llu at_home=%llu elsewhere=%llu",
		  __entry->number, __entry->ours ? "ours" : "stock", __entry->start_pfn, __entry->nr_pages,
		  __entry->shift, __entry->nid, __entry->records_nid, __entry->init_ns, __entry->at_home,
		  __entry->elsewhere)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH kernel_shim/kbuild
#define TRACE_INCLUDE_FILE trace_events
#include <trace/define_trace.h>
