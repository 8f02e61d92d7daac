/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_SCHED_ISOLATION_H
#define FAKE_LINUX_SCHED_ISOLATION_H

#include <linux/cpumask.h>

#define HK_TYPE_KTHREAD 0

extern struct cpumask fake_housekeeping;
#define housekeeping_cpumask(type) (&fake_housekeeping)

#endif
