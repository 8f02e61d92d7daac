/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks are threads of this process. */
#ifndef FAKE_LINUX_SCHED_H
#define FAKE_LINUX_SCHED_H

#include <linux/bug.h>
#include <linux/types.h>
#include <sched.h>

struct cpumask;
struct fake_wait;

struct task_struct {
	int (*main)(void *);
	void *argument;
	char comm[16];
	bool real_time;
	unsigned long nvcsw;     /* voluntary switches */
	struct fake_wait *waits; /* for what: wait_bit.h */
};

struct task_struct *fake_current(void);
#define current fake_current()

#define TASK_IDLE 0
#define cond_resched() ((void)0)
#define might_sleep() ((void)0)
#define yield() sched_yield()
#define set_cpus_allowed_ptr(task, cpus) ((void)(task), (void)(cpus))
#define set_user_nice(task, nice) ((void)(task), (void)(nice))
#define cpu_relax() ((void)0)
#define task_pid_nr(task) ((void)(task), 1)
#define task_state_to_char(task) ((void)(task), 'R')
#define task_cpu(task) ((void)(task), 0u)
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))

void wake_up_process(struct task_struct *task);
void schedule(void);
long schedule_timeout(long jiffies);

#endif
