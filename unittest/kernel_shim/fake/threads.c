// SPDX-License-Identifier: GPL-2.0-only
#include "threads.h"

#include <errno.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/nodemask.h>
#include <linux/sched/isolation.h>
#include <linux/wait_bit.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct cpumask fake_cpus_of[8];
struct cpumask fake_housekeeping;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all below */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct fake_wait *waits;
static int nr_kthreads, left_to_create = -1;
static _Thread_local struct task_struct *own_task;
static _Thread_local struct task_struct task_of_thread;

void fake_cpus_set(int nr_nodes, const unsigned long *cpus, unsigned long housekeeping)
{
	fake_nr_nodes = nr_nodes;
	for (int nid = 0; nid < nr_nodes; nid++)
		fake_cpus_of[nid].bits = cpus[nid];
	fake_housekeeping.bits = housekeeping;
}

void fake_kthreads_fail_after(int n)
{
	left_to_create = n;
}

int fake_kthreads(void)
{
	pthread_mutex_lock(&lock);
	const int n = nr_kthreads;

	pthread_mutex_unlock(&lock);
	return n;
}

struct task_struct *fake_current(void)
{
	return own_task ? own_task : &task_of_thread;
}

void fake_task_is_real_time(bool real_time)
{
	fake_current()->real_time = real_time;
}

struct task_struct *kthread_create_on_node(int (*main)(void *), void *argument, int nid, const char *name, ...)
{
	struct task_struct *task;
	va_list list;

	(void)nid;
	if (left_to_create == 0)
		return ERR_PTR(-ENOMEM);
	left_to_create -= left_to_create > 0;
	task = calloc(1, sizeof(*task));
	task->main = main;
	task->argument = argument;
	va_start(list, name);
	vsnprintf(task->comm, sizeof(task->comm), name, list);
	va_end(list);
	return task;
}

static void *run(void *task)
{
	own_task = task;
	own_task->main(own_task->argument);
	return NULL;
}

void wake_up_process(struct task_struct *task)
{
	pthread_t thread;

	pthread_mutex_lock(&lock);
	nr_kthreads++;
	pthread_mutex_unlock(&lock);
	if (pthread_create(&thread, NULL, run, task))
		abort();
	pthread_detach(thread);
}

void kthread_complete_and_exit(struct completion *completion, long code)
{
	(void)code;
	free(own_task);
	own_task = NULL;
	pthread_mutex_lock(&lock);
	nr_kthreads--;
	completion->done = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	pthread_exit(NULL);
}

void wait_for_completion(struct completion *completion)
{
	pthread_mutex_lock(&lock);
	while (!completion->done)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void forget(struct fake_wait *wait)
{
	struct fake_wait **at = &waits;

	while (*at && *at != wait)
		at = &(*at)->next;
	if (*at)
		*at = wait->next;
}

void fake_wait_prepare(struct fake_wait *wait, void *var)
{
	pthread_mutex_lock(&lock);
	forget(wait);
	*wait = (struct fake_wait){ .var = var, .woken = false, .next = waits };
	waits = wait;
	current->waits = wait;
	pthread_mutex_unlock(&lock);
}

void fake_wait_finish(struct fake_wait *wait)
{
	pthread_mutex_lock(&lock);
	forget(wait);
	pthread_mutex_unlock(&lock);
}

void wake_up_var(void *var)
{
	pthread_mutex_lock(&lock);
	for (struct fake_wait *wait = waits; wait; wait = wait->next)
		wait->woken |= wait->var == var;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void schedule(void)
{
	current->nvcsw++;
	pthread_mutex_lock(&lock);
	while (!current->waits->woken)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

long schedule_timeout(long jiffies)
{
	struct timespec end;
	int error = 0;

	current->nvcsw++;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += jiffies * (long)NSEC_PER_JIFFY;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	pthread_mutex_lock(&lock);
	while (!current->waits->woken && !error)
		error = pthread_cond_timedwait(&changed, &lock, &end);
	pthread_mutex_unlock(&lock);
	return error ? 0 : jiffies; /* the time that is left need not be exact */
}
