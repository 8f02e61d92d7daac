// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/debug/memmap_async: `events`, one line for each of the last ones; `state`, the sums and the workers. */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include "kernel_shim/kbuild/module.h"

#define KEPT 128

static struct memmap_logged kept[KEPT];
static uint64_t nr_events, nr_ours, nr_stock, nr_identical, nr_different;
static DEFINE_SPINLOCK(lock);
static struct dentry *folder;
static memmap_observer __rcu *observer;

int memmap_async_observe(memmap_observer *by)
{
	if (by && rcu_access_pointer(observer))
		return -EBUSY;
	rcu_assign_pointer(observer, by);
	synchronize_rcu(); /* nobody calls the one before any more */
	return 0;
}
EXPORT_SYMBOL_GPL(memmap_async_observe);

static void show_observer(const struct memmap_logged *event)
{
	memmap_observer *see;

	rcu_read_lock();
	see = rcu_dereference(observer);
	if (see)
		see(event);
	rcu_read_unlock();
}

void memmap_log_event(struct memmap_logged *event)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	event->number = ++nr_events;
	kept[event->number % KEPT] = *event;
	nr_ours += event->ours;
	nr_stock += !event->ours;
	nr_identical += event->comparison.verdict == IDENTICAL;
	nr_different += event->comparison.verdict == DIFFERENT;
	spin_unlock_irqrestore(&lock, flags);
	show_observer(event);
	if (event->comparison.verdict == DIFFERENT)
		pr_err(LOG "event %llu: DIFFERENT: %s, pfn %lu, byte %u; stock's is kept\n", event->number,
		       event->comparison.what, event->comparison.pfn, event->comparison.byte);
	else if (!event->ours && event->why)
		pr_info_ratelimited(LOG "event %llu: left to stock: %s\n", event->number, event->why);
}

static void show_event(struct seq_file *out, const struct memmap_logged *event)
{
	static const char *const verdicts[] = { "not_compared", "identical", "different" };

	seq_printf(out, "event=%llu mode=%s by=%s pfn=%lu pages=%lu nid=%u records_nid=%u type=%d shift=%lu",
		   event->number, memmap_mode_name(event->mode), event->ours ? "ours" : "stock", event->start_pfn,
		   event->nr_pages, event->nid, event->records_nid, event->type, event->shift);
	seq_printf(out, " init_ns=%llu at_home=%llu elsewhere=%llu twice=%llu compared=%s bytes=%llu why=%s\n",
		   event->init_ns, event->pages_at_home, event->pages_elsewhere, event->twice,
		   verdicts[event->comparison.verdict], event->comparison.nr_compared, event->why ? event->why : "-");
}

static int events_show(struct seq_file *out, void *unused)
{
	uint64_t number, last;
	struct memmap_logged event;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	last = nr_events;
	spin_unlock_irqrestore(&lock, flags);
	for (number = last > KEPT ? last - KEPT + 1 : 1; number <= last; number++) {
		spin_lock_irqsave(&lock, flags);
		event = kept[number % KEPT];
		spin_unlock_irqrestore(&lock, flags);
		if (event.number == number)
			show_event(out, &event);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(events);

static int state_show(struct seq_file *out, void *unused)
{
	const struct memmap_topology *topology = &memmap_kernel_tables.topology;
	struct memmap_worker_counts counts, sum = {};
	uint32_t i;

	seq_printf(out, "mode %s\nevents %llu\nours %llu\nstock %llu\nidentical %llu\ndifferent %llu\nstalls %llu\n",
		   memmap_mode_name(memmap_mode()), nr_events, nr_ours, nr_stock, nr_identical, nr_different,
		   memmap_stalls());
	for (i = 0; i < topology->nr_workers; i++) {
		memmap_worker_counters(memmap_shim.pool, i, &counts);
		seq_printf(out, "worker %u node %u grains %llu stolen %llu parks %llu wakes %llu\n", i,
			   memmap_kernel_tables.nid_of_group[topology->group_of_worker[i]], counts.grains,
			   counts.stolen_grains, counts.parks, counts.wakes_sent);
		sum.grains += counts.grains;
		sum.parks += counts.parks;
	}
	seq_printf(out, "workers %u\ngrains %llu\nparks %llu\n", topology->nr_workers, sum.grains, sum.parks);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

int memmap_log_start(void)
{
	folder = debugfs_create_dir("memmap_async", NULL);
	debugfs_create_file("events", 0400, folder, NULL, &events_fops);
	debugfs_create_file("state", 0400, folder, NULL, &state_fops);
	return 0; /* without debugfs there is only the kernel's log */
}

void memmap_log_stop(void)
{
	debugfs_remove(folder);
}
