// SPDX-License-Identifier: GPL-2.0-only
/*
 * memmap_env over the kernel: a parked thread waits on the word it was given (wait_bit.h hashes its address), workers
 * are kthreads bound to the CPUs of a node, created once.
 */
#include <asm/barrier.h>
#include <linux/bug.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/sched/rt.h>
#include <linux/spinlock.h>
#include <linux/topology.h>
#include <linux/wait_bit.h>

#include "kernel_shim/kbuild/module.h"

struct worker {
	struct memmap_self self;
	struct memmap_pool *pool;
	struct task_struct *task;
	struct completion left;
};

/* A thread that is no worker, while it is inside a call of memmap.h. */
struct caller {
	struct list_head others;
	struct task_struct *task;
	struct memmap_self self;
};

struct memmap_tables memmap_kernel_tables;
bool memmap_plant_no_recheck;
int memmap_plant_no_worker = -1;

static struct worker workers[MEMMAP_TABLES_WORKERS];
static uint32_t nr_started;
static LIST_HEAD(callers);
static DEFINE_SPINLOCK(callers_lock);
static atomic64_t stalls;

static int worker_main(void *argument);

static struct worker *current_worker(void)
{
	return kthread_func(current) == (void *)worker_main ? kthread_data(current) : NULL;
}

bool memmap_is_worker(void)
{
	return current_worker();
}

void memmap_caller_enter(struct memmap_caller *opaque)
{
	struct caller *caller = (struct caller *)opaque;
	unsigned long flags;

	BUILD_BUG_ON(sizeof(struct caller) > sizeof(struct memmap_caller));
	caller->task = current;
	caller->self = (struct memmap_self){
		.worker = MEMMAP_NO_WORKER,
		.group = memmap_tables_group(&memmap_kernel_tables, numa_node_id()),
		.beside = MEMMAP_NO_WORKER, /* workers are bound to nodes: none is bound to this CPU */
	};
	spin_lock_irqsave(&callers_lock, flags);
	list_add(&caller->others, &callers);
	spin_unlock_irqrestore(&callers_lock, flags);
}

void memmap_caller_leave(struct memmap_caller *opaque)
{
	struct caller *caller = (struct caller *)opaque;
	unsigned long flags;

	spin_lock_irqsave(&callers_lock, flags);
	list_del(&caller->others);
	spin_unlock_irqrestore(&callers_lock, flags);
}

static struct memmap_self *self_of(void *context)
{
	static struct memmap_self stray;
	struct worker *worker = current_worker();
	struct memmap_self *found = NULL;
	struct caller *caller;
	unsigned long flags;

	if (worker && in_task())
		return &worker->self;
	spin_lock_irqsave(&callers_lock, flags);
	list_for_each_entry(caller, &callers, others) {
		if (caller->task == current) {
			found = &caller->self;
			break;
		}
	}
	spin_unlock_irqrestore(&callers_lock, flags);
	return WARN_ONCE(!found, LOG "a call without memmap_caller_enter()\n") ? &stray : found;
}

/* Idle workers are no load, and no hung tasks. */
static void park(void *context, uint32_t *word, uint32_t value, uint64_t timeout_ns)
{
	bool again = memmap_plant_no_recheck;

	might_sleep();
	if (timeout_ns == 0)
		___wait_var_event(word, !again && READ_ONCE(*word) != value, TASK_IDLE, 0, 0, schedule();
				  again = false);
	else
		___wait_var_event(word, ___wait_cond_timeout(!again && READ_ONCE(*word) != value), TASK_IDLE, 0,
				  (long)nsecs_to_jiffies64(timeout_ns) + 1, __ret = schedule_timeout(__ret);
				  again = false);
}

/* Any context but NMI; takes no lock that an allocation takes, so that growers may wake too. */
static void unpark(void *context, uint32_t *word)
{
	smp_mb(); /* the word was changed before: pairs with the barrier in prepare_to_wait_event() */
	wake_up_var(word);
}

static void relax(void *context)
{
	cpu_relax();
}

static void yield_cpu(void *context)
{
	if (rt_task(current)) /* whom it waits for may want this CPU, and never get it by a yield */
		usleep_range(10, 50);
	else
		yield();
}

static uint64_t clock_ns(void *context)
{
	return ktime_get_mono_fast_ns(); /* also before there is a clock */
}

static void fatal(void *context, const char *what)
{
	pr_emerg(LOG "broken invariant: %s\n", what);
	BUG();
}

/* What is needed to find the holder, and what it waits for: /proc/PID/stack. */
static void stalled(void *context, const struct memmap_stall *stall)
{
	struct task_struct *const task = stall->worker < nr_started ? workers[stall->worker].task : NULL;
	const unsigned long pfn = (unsigned long)stall->pfn, nr_pages = (unsigned long)stall->nr_pages;
	const char *const other = nr_pages ? "a caller" :
				  stall->stage[0] == 'i' ? "a call inside of it" : "nobody any more";
	char holder[96];

	if (task)
		snprintf(holder, sizeof(holder), "%s (pid %d, state %c, CPU %u) in %s", task->comm, task_pid_nr(task),
			 task_state_to_char(task), task_cpu(task), stall->stage);
	atomic64_inc(&stalls);
	pr_warn_ratelimited(LOG "%s (pid %d) has waited %lu ms for %s: pfn [%lu, %lu) held by %s\n",
			    current->comm, task_pid_nr(current), (unsigned long)(stall->waited_ns / NSEC_PER_MSEC),
			    stall->domain, pfn, pfn + nr_pages, task ? holder : other);
}

uint64_t memmap_stalls(void)
{
	return (uint64_t)atomic64_read(&stalls);
}

const struct memmap_env memmap_kernel_env = {
	.park = park,
	.unpark = unpark,
	.wake_later = unpark,
	.relax = relax,
	.yield = yield_cpu,
	.clock_ns = clock_ns,
	.self = self_of,
	.fatal = fatal,
	.stalled = stalled,
};

/* The count of voluntary switches says whether a thread has slept; how long it took does not. */
const char *memmap_env_test(void)
{
	uint32_t word = 1;
	const unsigned long before = current->nvcsw;

	park(NULL, &word, 0, 10 * NSEC_PER_MSEC);
	if (current->nvcsw != before)
		return "park slept although the word had changed";
	park(NULL, &word, 1, NSEC_PER_MSEC);
	if (current->nvcsw == before)
		return "park did not sleep although the word had not changed";
	return NULL;
}

static int worker_main(void *argument)
{
	struct worker *worker = argument;

	do {
		while (memmap_worker_step(worker->pool, worker->self.worker))
			cond_resched();
	} while (memmap_worker_idle(worker->pool, worker->self.worker));
	kthread_complete_and_exit(&worker->left, 0);
}

static unsigned int housekeeping_cpus(int nid, struct cpumask *cpus)
{
	if (!cpumask_and(cpus, cpumask_of_node(nid), housekeeping_cpumask(HK_TYPE_KTHREAD)))
		cpumask_copy(cpus, cpumask_of_node(nid));
	return cpumask_weight(cpus);
}

static int distance_of(int from, int to)
{
	return node_distance(from, to);
}

void memmap_workers_count(int per_node, bool misplace)
{
	uint32_t workers_of[MEMMAP_SHIM_NODES];
	static struct cpumask cpus;
	int nid;

	for (nid = 0; nid < MEMMAP_SHIM_NODES; nid++) {
		workers_of[nid] = MEMMAP_TABLES_NO_NODE;
		if (nid < nr_node_ids && node_possible(nid)) {
			const unsigned int most = housekeeping_cpus(nid, &cpus);

			workers_of[nid] = min_t(uint32_t, most, per_node < 0 ? max(2u, most / 4) : (uint32_t)per_node);
		}
	}
	memmap_tables_fill(&memmap_kernel_tables, workers_of, distance_of);
	if (misplace)
		memmap_tables_misplace(&memmap_kernel_tables);
}

static int start_worker(uint32_t index, struct memmap_pool *pool, int nice)
{
	const uint32_t group = memmap_kernel_tables.group_of_worker[index];
	const int nid = memmap_kernel_tables.nid_of_group[group];
	struct worker *worker = workers + index;
	static struct cpumask cpus;

	worker->self = (struct memmap_self){ .worker = index, .group = group, .beside = MEMMAP_NO_WORKER };
	worker->pool = pool;
	init_completion(&worker->left);
	worker->task = (int)index == memmap_plant_no_worker ? ERR_PTR(-ENOMEM) :
		kthread_create_on_node(worker_main, worker, nid, "memmap/%d:%u", nid, index);
	if (IS_ERR(worker->task))
		return PTR_ERR(worker->task);
	if (housekeeping_cpus(nid, &cpus))
		set_cpus_allowed_ptr(worker->task, &cpus);
	set_user_nice(worker->task, nice);
	wake_up_process(worker->task);
	return 0;
}

int memmap_workers_start(struct memmap_pool *pool, int nice)
{
	int error = 0;

	for (nr_started = 0; nr_started < memmap_kernel_tables.topology.nr_workers && !error; nr_started++)
		error = start_worker(nr_started, pool, nice);
	if (!error)
		return 0;
	nr_started--; /* the one that failed */
	pr_err(LOG "worker %u of %u not created: error %d\n", nr_started + 1, memmap_kernel_tables.topology.nr_workers,
	       error);
	memmap_workers_stop(pool);
	return error;
}

void memmap_workers_stop(struct memmap_pool *pool)
{
	memmap_pool_stop(pool);
	while (nr_started > 0)
		wait_for_completion(&workers[--nr_started].left);
}
