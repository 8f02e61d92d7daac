/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_CPUMASK_H
#define FAKE_LINUX_CPUMASK_H

#include <linux/types.h>

struct cpumask {
	unsigned long bits;
};

#define cpumask_copy(to, from) ((to)->bits = (from)->bits)
#define cpumask_and(to, a, b) ((to)->bits = (a)->bits & (b)->bits)
#define cpumask_weight(mask) ((unsigned int)__builtin_popcountl((mask)->bits))

extern struct cpumask fake_cpus_of[]; /* by node */
#define cpumask_of_node(nid) (fake_cpus_of + (nid))

#endif
