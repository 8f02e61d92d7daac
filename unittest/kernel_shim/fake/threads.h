/* SPDX-License-Identifier: GPL-2.0-only */
/* The tasks behind the fake headers. */
#ifndef FAKE_THREADS_H
#define FAKE_THREADS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Node nid has CPUs cpus[nid] (bits); those of `housekeeping` may run kernel threads. At most 8 nodes. */
void fake_cpus_set(int nr_nodes, const unsigned long *cpus, unsigned long housekeeping);

/* The creation of kernel threads after so many fails; below 0: none fails. */
void fake_kthreads_fail_after(int n);
/* Whether the calling thread has a real-time priority. */
void fake_task_is_real_time(bool real_time);
/* Kernel threads that have not ended. */
int fake_kthreads(void);

#ifdef __cplusplus
}
#endif
#endif
