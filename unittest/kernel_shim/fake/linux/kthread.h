/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_KTHREAD_H
#define FAKE_LINUX_KTHREAD_H

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/sched.h>

struct task_struct *kthread_create_on_node(int (*main)(void *), void *argument, int nid, const char *name, ...)
	__attribute__((format(printf, 4, 5)));
void kthread_complete_and_exit(struct completion *completion, long code) __attribute__((noreturn));

#define kthread_func(task) ((void *)(task)->main)
#define kthread_data(task) ((task)->argument)

#endif
