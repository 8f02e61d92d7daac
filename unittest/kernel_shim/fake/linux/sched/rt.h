/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_SCHED_RT_H
#define FAKE_LINUX_SCHED_RT_H

#include <linux/sched.h>

#define rt_task(task) ((task)->real_time)

#endif
