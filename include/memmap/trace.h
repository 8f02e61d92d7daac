/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * trace.h - what threads have done, as it is told to memmap_env.trace (memmap/env.h), for people who record it.
 *
 * An event is told once, when it is over, by who did it, in that one's context (that of memmap_grow() too): the
 * callback neither blocks nor allocates, and calls no API. Events of one thread come in the order of their ends; what
 * a call or a hook does inside comes before it. No callback costs one branch a grain and two a call; one costs three
 * looks at the clock a grain and two a call. In a kernel these are tracepoints; hosted see trace_path in
 * memmap/runtime.h.
 */
#ifndef MEMMAP_TRACE_H
#define MEMMAP_TRACE_H

#include "memmap/memmap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What was done. */
enum memmap_trace_kind {
	MEMMAP_TRACE_GRAIN,       /* units were written (begin .. ready) and handed over (ready .. end) */
	MEMMAP_TRACE_SUBMIT,      /* one for each span, and each range job */
	MEMMAP_TRACE_FLUSH,
	MEMMAP_TRACE_FLUSH_RANGE, /* a first fault; also of a range job */
	MEMMAP_TRACE_CANCEL,
	MEMMAP_TRACE_OPEN,
	MEMMAP_TRACE_CLOSE,
	MEMMAP_TRACE_GROW,   /* no domain; nr_pages as asked for */
	MEMMAP_TRACE_PARK,   /* this and the next are for environments: the engine does not say them */
	MEMMAP_TRACE_UNPARK,
};

/* What is not said of a kind is 0. */
struct memmap_trace {
	enum memmap_trace_kind kind; /* what was done */
	int status;          /* what the call returns; of a grain its hooks' first error */
	uint64_t begin_ns, ready_ns, end_ns; /* of env.clock_ns; ready only of a grain */
	const char *domain;  /* its name, lent for the call; null: none */
	uint64_t domain_id;  /* no other domain of the pool has it */
	uint64_t pfn;        /* pages, or numbers of a range job; of a grain from its first unit to its last */
	uint64_t nr_pages;   /* of them */
	uint64_t units;      /* of a grain: bit n: the n-th unit from that of pfn on is part of it */
	uint32_t unit_shift; /* units lie on multiples of 1 << unit_shift */
	uint32_t home;       /* of a grain: group it was meant for */
	uint32_t rank;       /* its steal_rank for the thread's group: 0 is the own */
};

#ifdef __cplusplus
}
#endif
#endif
