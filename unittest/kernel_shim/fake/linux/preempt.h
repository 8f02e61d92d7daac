/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_PREEMPT_H
#define FAKE_LINUX_PREEMPT_H

#define in_task() 1

#endif
