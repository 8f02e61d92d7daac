// SPDX-License-Identifier: GPL-2.0-only
/* A test: allocations while boot's workers run, from threads and interrupts. Nothing is there without debugging. */
#include <linux/completion.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/nodemask.h>
#include <linux/timer.h>

#include "kernel_shim/builtin/builtin.h"

#ifdef CONFIG_MEMMAP_ASYNC_DEBUG

#define BLOCK_ORDER 9
#define PART (IS_ENABLED(CONFIG_KASAN) ? 4 : 2) /* of a node that is taken; half of one may be KASAN's shadow */

static LIST_HEAD(taken);
static DEFINE_SPINLOCK(taken_lock);
static atomic_t refused, by_threads, by_timer, threads;
static DECLARE_COMPLETION(threads_gone);
static struct timer_list timer;

static bool __init take(int nid, gfp_t gfp, atomic_t *count)
{
	struct page *page = alloc_pages_node(nid, gfp | __GFP_THISNODE | __GFP_NOWARN | __GFP_NORETRY, BLOCK_ORDER);
	unsigned long flags;

	if (!page) {
		atomic_inc(&refused);
		return false;
	}
	atomic_inc(count);
	spin_lock_irqsave(&taken_lock, flags);
	list_add(&page->lru, &taken);
	spin_unlock_irqrestore(&taken_lock, flags);
	return true;
}

static int __init hungry(void *argument)
{
	const int nid = (int)(long)argument;
	unsigned long blocks = NODE_DATA(nid)->node_present_pages / PART >> BLOCK_ORDER;

	while (blocks-- > 0 && take(nid, GFP_KERNEL, &by_threads))
		cond_resched();
	if (atomic_dec_and_test(&threads))
		complete(&threads_gone);
	return 0;
}

static void __init interrupt(struct timer_list *unused)
{
	take(first_memory_node, GFP_ATOMIC, &by_timer);
	mod_timer(&timer, jiffies + 1);
}

void __init memmap_hunger_begin(void)
{
	struct task_struct *task;
	int nid;

	atomic_set(&threads, (int)num_node_state(N_MEMORY));
	for_each_node_state(nid, N_MEMORY) {
		task = kthread_run(hungry, (void *)(long)nid, "memmap_hungry/%d", nid);
		if (IS_ERR(task) && atomic_dec_and_test(&threads))
			complete(&threads_gone);
	}
	timer_setup(&timer, interrupt, 0);
	mod_timer(&timer, jiffies + 1);
}

void __init memmap_hunger_end(void)
{
	struct page *page, *next;

	wait_for_completion(&threads_gone);
	del_timer_sync(&timer);
	pr_info(LOG "hunger: %d blocks by threads, %d in interrupts, %d refused\n", atomic_read(&by_threads),
		atomic_read(&by_timer), atomic_read(&refused));
	list_for_each_entry_safe(page, next, &taken, lru)
		__free_pages(page, BLOCK_ORDER);
}

#else
void __init memmap_hunger_begin(void) {}
void __init memmap_hunger_end(void) {}
#endif
