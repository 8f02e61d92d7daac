// SPDX-License-Identifier: GPL-2.0-only
/* memmap_async.ko: parameters, start, stop. What may fail is done before anything of the kernel is replaced. */
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/pageblock-flags.h>
#include <linux/pgtable.h>
#include <linux/utsname.h>
#include <asm/set_memory.h>

#include "kernel_shim/kbuild/module.h"

#define PHYS_BITS_MOST 46u /* 8 MiB of section words; for more address space say so */

static const char *const modes[] = { "run", "stock", "verify" };
static const char *const plants[] = { "none", "skip", "twice", "flip", "misplace", "recheck" };
#define PLANT_MISPLACE 4
#define PLANT_RECHECK 5

static unsigned int mode = MODE_RUN, plant;
static int workers = -1, nice;
static unsigned int threshold_mib = 128, max_gib = 4096, phys_bits;
static bool thieves;
static void *pool_storage;

enum memmap_mode memmap_mode(void)
{
	return READ_ONCE(mode);
}

const char *memmap_mode_name(enum memmap_mode of)
{
	return modes[of];
}

unsigned int memmap_phys_bits(void)
{
	return phys_bits ?: min_t(unsigned int, fls64(iomem_resource.end), PHYS_BITS_MOST);
}

static int set_word(const char *value, const struct kernel_param *parameter, const char *const *words, int nr)
{
	int i = __sysfs_match_string(words, nr, value);

	if (i < 0) {
		pr_err(LOG "parameter %s: found \"%.*s\", expected one of %s, %s, %s%s\n", parameter->name,
		       (int)strcspn(value, "\n"), value, words[0], words[1], words[2], nr > 3 ? ", ..." : "");
		return i;
	}
	WRITE_ONCE(*(unsigned int *)parameter->arg, i);
	return 0;
}

static int set_mode(const char *value, const struct kernel_param *parameter)
{
	return set_word(value, parameter, modes, ARRAY_SIZE(modes));
}

static int get_mode(char *buffer, const struct kernel_param *parameter)
{
	return sysfs_emit(buffer, "%s\n", modes[mode]);
}

static int set_plant(const char *value, const struct kernel_param *parameter)
{
	const int error = set_word(value, parameter, plants, ARRAY_SIZE(plants));

	if (!error) {
		memmap_plant_no_recheck = plant == PLANT_RECHECK;
		memmap_shim.plant = plant < PLANT_MISPLACE ? (enum memmap_plant)plant : MEMMAP_PLANT_NONE;
	}
	return error;
}

static int get_plant(char *buffer, const struct kernel_param *parameter)
{
	return sysfs_emit(buffer, "%s\n", plants[plant]);
}

static const struct kernel_param_ops mode_operations = { .set = set_mode, .get = get_mode };
static const struct kernel_param_ops plant_operations = { .set = set_plant, .get = get_plant };
module_param_cb(mode, &mode_operations, &mode, 0644);
MODULE_PARM_DESC(mode, "run: ours (default); stock: the kernel's own; verify: both in one call, every byte compared");
module_param_cb(plant, &plant_operations, &plant, 0644);
MODULE_PARM_DESC(plant, "for tests: do one thing wrong: skip, twice, flip; at load also misplace, recheck");
module_param(workers, int, 0444);
MODULE_PARM_DESC(workers, "on each node; -1 (default): a quarter of its CPUs, at least 2; 0: the caller works alone");
module_param(thieves, bool, 0644);
MODULE_PARM_DESC(thieves, "let more workers help than the node has at home; default off");
module_param(nice, int, 0444);
MODULE_PARM_DESC(nice, "of the workers, -20 to 19; default 0");
module_param(threshold_mib, uint, 0444);
MODULE_PARM_DESC(threshold_mib, "device memory up to which the caller works alone and wakes nobody; default 128");
module_param(max_gib, uint, 0444);
MODULE_PARM_DESC(max_gib, "largest device that storage is kept for; default 4096");
module_param(phys_bits, uint, 0444);
MODULE_PARM_DESC(phys_bits, "address space covered; default: this machine's, at most 46");
module_param_named(movnti, memmap_shim.movnti, bool, 0644);
MODULE_PARM_DESC(movnti, "store records past the caches; default on");

/* The node of the memory that holds the record; where that cannot be told, the pages' own node. */
static uint32_t node_of_records(const struct page *first)
{
	const unsigned long pfn = PHYS_PFN(slow_virt_to_phys((void *)first));

	return pfn_valid(pfn) ? (uint32_t)page_to_nid(pfn_to_page(pfn)) : MEMMAP_SHIM_NODES;
}

static uint32_t workers_at(uint32_t records_nid)
{
	if (thieves || records_nid >= MEMMAP_SHIM_NODES)
		return 0;
	return memmap_tables_workers_at(&memmap_kernel_tables, records_nid);
}

static int bad_parameter(void)
{
	if (nice < MIN_NICE || nice > MAX_NICE)
		pr_err(LOG "parameter nice: found %d, expected %d to %d\n", nice, MIN_NICE, MAX_NICE);
	else if (workers > MEMMAP_TABLES_PER_NODE)
		pr_err(LOG "parameter workers: found %d, expected -1 to %d\n", workers, MEMMAP_TABLES_PER_NODE);
	else if (phys_bits && (phys_bits < 32 || phys_bits > 52))
		pr_err(LOG "parameter phys_bits: found %u, expected 32 to 52\n", phys_bits);
	else if (max_gib == 0 || max_gib > 1u << 20)
		pr_err(LOG "parameter max_gib: found %u, expected 1 to %u\n", max_gib, 1u << 20);
	else if (threshold_mib > 1u << 16)
		pr_err(LOG "parameter threshold_mib: found %u, expected 0 to %u\n", threshold_mib, 1u << 16);
	else
		return 0;
	return -EINVAL;
}

static void drop_storage(void)
{
	unsigned int i;

	for (i = 0; memmap_shim.events && i < MEMMAP_SHIM_EVENTS; i++) {
		vfree(memmap_shim.events[i].storage);
		vfree(memmap_shim.events[i].written);
	}
	vfree(memmap_shim.events);
	vfree(pool_storage);
}

static int make_events(void)
{
	const unsigned long pages = (unsigned long)max_gib << (30 - PAGE_SHIFT);
	const struct memmap_request largest = {
		.nr_pages = pages,
		.kind = MEMMAP_DEVICE,
		.records = (void *)PAGE_SIZE, /* any */
	};
	unsigned int i;

	memmap_shim.events = memmap_vmalloc(MEMMAP_SHIM_EVENTS * sizeof(struct memmap_event), __GFP_ZERO);
	for (i = 0; memmap_shim.events && i < MEMMAP_SHIM_EVENTS; i++) {
		struct memmap_event *event = memmap_shim.events + i;

		event->storage_bytes = memmap_request_bytes(&largest) + PAGE_SIZE; /* a span may begin inside a word */
		event->storage = memmap_vmalloc(event->storage_bytes, 0);
		event->written_bytes = pages / 512 / BITS_PER_BYTE + PAGE_SIZE;
		event->written = memmap_vmalloc(event->written_bytes, 0);
		if (!event->storage || !event->written)
			return -ENOMEM;
	}
	return memmap_shim.events ? 0 : -ENOMEM;
}

/* The engine leaves work to its submitter that takes less than 4 wakes; at its default cost of a record. */
static uint32_t wake_ns_for(unsigned int mib)
{
	const uint64_t ns = ((uint64_t)mib << (20 - PAGE_SHIFT)) * 2600 / 1000;

	return (uint32_t)min_t(uint64_t, ns / 4 + 1, U32_MAX);
}

static int make_pool(void)
{
	const struct memmap_pool_config config = {
		.env = &memmap_kernel_env,
		.topology = &memmap_kernel_tables.topology,
		.nr_pages = 1ull << (memmap_phys_bits() - PAGE_SHIFT),
		.wake_ns = wake_ns_for(threshold_mib),
		.stall_ms = 1000,
	};
	const size_t bytes = memmap_pool_bytes(&config);
	int status;

	pool_storage = memmap_vmalloc(bytes, __GFP_ZERO);
	if (!pool_storage)
		return -ENOMEM;
	status = memmap_pool_init(&memmap_shim.pool, &config, pool_storage, bytes);
	if (status == MEMMAP_OK)
		return 0;
	pr_err(LOG "the engine's pool: %s\n", memmap_status_text(status));
	return -EINVAL;
}

static int make(void)
{
	int error;

	memmap_workers_count(workers, plant == PLANT_MISPLACE);
	error = make_pool();
	if (!error)
		error = make_events();
	if (!error)
		error = memmap_workers_start(memmap_shim.pool, nice);
	if (error == -ENOMEM)
		pr_err(LOG "no memory for threads or storage; the kernel's own function goes on\n");
	return error;
}

static int __init memmap_async_start(void)
{
	const char *why;
	int error = bad_parameter();

	if (error)
		return error;
	why = memmap_livepatch_find();
	if (!why)
		why = memmap_env_test();
	if (why) {
		pr_err(LOG "refused on kernel %s: %s\n", init_utsname()->release, why);
		return -ENODEV;
	}
	memmap_shim.node_of_records = node_of_records;
	memmap_shim.workers_at = workers_at;
	error = make();
	if (error)
		goto drop;
	why = memmap_trial();
	if (why) {
		pr_err(LOG "refused on kernel %s: %s\n", init_utsname()->release, why);
		error = -ENODEV;
		goto stop;
	}
	memmap_log_start();
	error = memmap_livepatch_enable();
	if (!error)
		return 0;
	pr_err(LOG "the livepatch was not accepted: error %d\n", error);
	memmap_log_stop();
stop:
	memmap_workers_stop(memmap_shim.pool);
drop:
	drop_storage();
	return error;
}

/* Livepatch lets this be called only when no task is inside the replacement any more. */
static void __exit memmap_async_stop(void)
{
	memmap_log_stop();
	memmap_workers_stop(memmap_shim.pool);
	drop_storage();
}

module_init(memmap_async_start);
module_exit(memmap_async_stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Memory map initialisation by the memmap-async engine, in place of memmap_init_zone_device()");
