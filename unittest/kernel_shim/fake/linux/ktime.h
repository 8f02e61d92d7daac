/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_KTIME_H
#define FAKE_LINUX_KTIME_H

#include <linux/types.h>
#include <time.h>

#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_JIFFY 4000000ull
#define nsecs_to_jiffies64(ns) ((ns) / NSEC_PER_JIFFY)

static inline u64 ktime_get_mono_fast_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

#endif
