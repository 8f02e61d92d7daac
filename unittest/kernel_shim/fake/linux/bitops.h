/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_BITOPS_H
#define FAKE_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG 64
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

static inline bool test_and_set_bit(long nr, unsigned long *bits)
{
	const unsigned long bit = 1UL << (nr % BITS_PER_LONG);

	return __atomic_fetch_or(bits + nr / BITS_PER_LONG, bit, __ATOMIC_SEQ_CST) & bit;
}

#endif
