// SPDX-License-Identifier: GPL-2.0-only
/* Faults for tests, with CONFIG_MEMMAP_ASYNC_DEBUG: what is planted, each checker of the kernel has to find. */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "kernel_shim/builtin/builtin.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "memmap_async."

#define ROUNDS 20000

static int __init parse_plant(char *word)
{
	static const char *const plants[] = { "none", "skip", "twice", "flip", "stale", "beyond", "unmarked",
					      "atomic" };
	const int i = match_string(plants, ARRAY_SIZE(plants), word);

	if (i < 0)
		pr_err(LOG "found plant=%s, expected none, skip, twice, flip, stale, beyond, unmarked or atomic\n",
		       word);
	else
		memmap_shim.plant = (enum memmap_plant)i;
	return 0;
}
early_param("memmap_async_plant", parse_plant);

/* For KASAN: the engine reads it. Not at boot, where KASAN takes no note of what is freed until all pages are there. */
void memmap_plant_stale(struct memmap_domain *given_back)
{
	struct memmap_progress_counts counts;

	if (memmap_shim.plant == MEMMAP_PLANT_STALE)
		memmap_progress(given_back, &counts);
}

/* For KCSAN: what workers change by atomic operations, read as if nobody changed it, until they are done. */
static noinline void read_plainly(struct memmap_event *event)
{
	struct memmap_progress_counts counts = {};
	struct memmap_caller caller;
	unsigned int round, i;

	memmap_caller_enter(&caller);
	for (round = 0; round < ROUNDS && (round == 0 || counts.done_pages < counts.total_pages); round++) {
		for (i = 0; i < ARRAY_SIZE(event->domain.opaque); i++)
			asm volatile("" : : "r"(event->domain.opaque[i]), "r"(event->pages_on[i % 4].counter));
		memmap_progress(&event->domain, &counts);
	}
	memmap_caller_leave(&caller);
}

/* For PREEMPT_RT, where a spinlock sleeps: asked for where nobody may. */
static void call_without_preemption(void)
{
	struct memmap_caller caller;

	preempt_disable();
	memmap_caller_enter(&caller);
	memmap_caller_leave(&caller);
	preempt_enable();
}

void memmap_plant_bind(struct memmap_event *event)
{
	if (memmap_shim.plant == MEMMAP_PLANT_ATOMIC)
		call_without_preemption();
	if (memmap_shim.plant == MEMMAP_PLANT_BEYOND) /* for KASAN: the last of what vmalloc() was asked for */
		READ_ONCE(*((const char *)event->written + event->written_bytes));
	if (memmap_shim.plant == MEMMAP_PLANT_UNMARKED)
		read_plainly(event);
}

/* 1: the next worker that comes to a unit of a device stops before it writes, and makes 2 of it; 0: it goes on. */
static int stall;
module_param(stall, int, 0644);

static void stop_here(void)
{
	if (READ_ONCE(stall) != 1 || !memmap_is_worker() || cmpxchg(&stall, 1, 2) != 1)
		return;
	while (READ_ONCE(stall) == 2)
		msleep(10);
}

static int __init plant_start(void)
{
	memmap_shim.before_unit = stop_here;
	return 0;
}
late_initcall(plant_start);
