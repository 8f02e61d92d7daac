// SPDX-License-Identifier: GPL-2.0-only
/* Parameters, the pool, the workers: what is there before the first request, and stays. */
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/pageblock-flags.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#ifdef CONFIG_GENERIC_ARCH_NUMA
#include <asm/numa.h>
#endif

#include "kernel_shim/boot_calls.h"
#include "kernel_shim/builtin/builtin.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "memmap_async."

#define PHYS_BITS_MOST 46u /* 8 MiB of section words; more where boot knows of memory above */

static const char *const bind_modes[] = { "async", "sync", "stock" };

static unsigned int bind_mode = BIND_ASYNC;
static bool off __meminitdata, no_workers __initdata;
static int workers_started = -1;
bool memmap_verifies, memmap_fuses = true;
enum memmap_fail memmap_fail;

static int set_bind_mode(const char *value, const struct kernel_param *parameter)
{
	const int i = __sysfs_match_string(bind_modes, ARRAY_SIZE(bind_modes), value);

	if (i < 0) {
		pr_err(LOG "parameter bind: found \"%.*s\", expected async, sync or stock\n",
		       (int)strcspn(value, "\n"), value);
		return i;
	}
	WRITE_ONCE(bind_mode, (unsigned int)i);
	return 0;
}

static int get_bind_mode(char *buffer, const struct kernel_param *parameter)
{
	return sysfs_emit(buffer, "%s\n", bind_modes[READ_ONCE(bind_mode)]);
}

static const struct kernel_param_ops bind_operations = { .set = set_bind_mode, .get = get_bind_mode };
module_param_cb(bind, &bind_operations, NULL, 0644);
#ifdef CONFIG_MEMMAP_ASYNC_DEBUG
module_param_named(verify, memmap_verifies, bool, 0644);
#endif
module_param_named(movnti, memmap_shim.movnti, bool, 0644);

enum memmap_bind_mode memmap_bind_mode(void)
{
	return READ_ONCE(bind_mode);
}

/* memmap_async=off[,...]: words that are known, separated by commas. */
static int __init parse(char *words)
{
	char *word;

	while ((word = strsep(&words, ","))) {
		if (!strcmp(word, "off")) {
			off = true;
			bind_mode = BIND_STOCK;
		} else if (!strcmp(word, "noworkers")) {
			no_workers = true;
		} else if (!strcmp(word, "nofuse")) {
			memmap_fuses = false;
		} else if (!strcmp(word, "verify") && IS_ENABLED(CONFIG_MEMMAP_ASYNC_DEBUG)) {
			memmap_verifies = true;
		} else {
			pr_err(LOG "found \"%s\", expected off, noworkers, nofuse%s\n", word,
			       IS_ENABLED(CONFIG_MEMMAP_ASYNC_DEBUG) ? ", verify" : "");
		}
	}
	return 0;
}
early_param("memmap_async", parse);

static int __init parse_fail(char *word)
{
	static const char *const fails[] = { "none", "pool", "storage", "worker" };
	const int i = match_string(fails, ARRAY_SIZE(fails), word);

	if (i < 0)
		pr_err(LOG "memmap_async_fail: found \"%s\", expected none, pool, storage or worker\n", word);
	else if (IS_ENABLED(CONFIG_MEMMAP_ASYNC_DEBUG))
		memmap_fail = (enum memmap_fail)i;
	return 0;
}
early_param("memmap_async_fail", parse_fail);

bool __meminit memmap_async_defers(void)
{
	return !off;
}

bool memmap_has_workers(void)
{
	return workers_started == 0 && memmap_kernel_tables.topology.nr_workers != 0;
}

static int __init distance_of(int from, int to)
{
	return node_distance(from, to);
}

/* Before the CPU is up. */
static int __init node_of_cpu(int cpu)
{
#ifdef CONFIG_GENERIC_ARCH_NUMA /* cpu_to_node() is 0 until then; elsewhere it is not */
	return early_cpu_to_node(cpu);
#else
	return cpu_to_node(cpu);
#endif
}

/* Before the other CPUs are up: those that may come. A quarter of them on each node, at least two. */
static void __init count_workers(void)
{
	uint32_t workers_of[MEMMAP_SHIM_NODES], cpus_of[MEMMAP_SHIM_NODES] = {};
	int cpu, nid;

	for_each_possible_cpu(cpu) {
		nid = node_of_cpu(cpu);
		if (!no_workers && nid >= 0 && nid < MEMMAP_SHIM_NODES)
			cpus_of[nid]++;
	}
	for (nid = 0; nid < MEMMAP_SHIM_NODES; nid++)
		workers_of[nid] = nid < nr_node_ids && node_possible(nid) ?
			min(cpus_of[nid], max(2u, cpus_of[nid] / 4)) : MEMMAP_TABLES_NO_NODE;
	memmap_tables_fill(&memmap_kernel_tables, workers_of, distance_of);
}

/* All that can ever have struct pages, as far as this machine says; 16 bytes for each 32,768 pages of it. But no more
 * than a 1,024th of the memory, for a crash kernel's sake: what lies above is written as without us. */
static unsigned long __init pages_covered(void)
{
	unsigned int bits = min_t(unsigned int, fls64(iomem_resource.end), PHYS_BITS_MOST);

#ifdef CONFIG_MEMORY_HOTPLUG /* what the linear map can hold: on some architectures less than there are addresses */
	bits = min_t(unsigned int, bits, fls64(mhp_get_pluggable_range(true).end));
#endif
	bits = min_t(unsigned int, bits, ilog2(memblock_phys_mem_size()) + PAGE_SHIFT + 1);
	bits = max_t(unsigned int, bits, PAGE_SHIFT + fls64(max_possible_pfn));
	return 1UL << (min_t(unsigned int, bits, MAX_PHYSMEM_BITS) - PAGE_SHIFT);
}

static int __init make_pool(void)
{
	const struct memmap_pool_config config = {
		.env = &memmap_kernel_env,
		.topology = &memmap_kernel_tables.topology,
		.nr_pages = pages_covered(),
		.stall_ms = 1000,
	};
	const size_t bytes = memmap_pool_bytes(&config);
	void *storage = memmap_fail == FAIL_POOL ? NULL : memblock_alloc(bytes, PAGE_SIZE);

	if (storage)
		pr_info(LOG "pool: %zu KiB, for %llu GiB of addresses\n", bytes >> 10,
			config.nr_pages >> (30 - PAGE_SHIFT));
	return storage ? memmap_pool_init(&memmap_shim.pool, &config, storage, bytes) : MEMMAP_STORAGE;
}

/* A virtual memmap is mapped as vmalloc's memory is; but with DEBUG_VIRTUAL vmalloc_to_page() asks for nothing else. */
struct page *memmap_page_below(const void *records)
{
	if (is_vmalloc_addr(records))
		return vmalloc_to_page(records);
	if (IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP))
		return IS_ENABLED(CONFIG_DEBUG_VIRTUAL) ? NULL : vmalloc_to_page(records);
	return virt_to_page(records);
}

static uint32_t node_of_records(const struct page *first)
{
	const struct page *below = memmap_page_below(first);

	return below && pfn_valid(page_to_pfn(below)) ? (uint32_t)page_to_nid(below) : MEMMAP_SHIM_NODES;
}

/* Blocks and sections of this kernel. How its records look does not matter: the hooks write them. */
static const struct memmap_layout layout = {
	.name = "this kernel",
	.model = IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) ? MEMMAP_SPARSEMEM_VMEMMAP : MEMMAP_SPARSEMEM,
	.record_bytes = sizeof(struct page),
	.page_shift = PAGE_SHIFT,
	.section_shift = PFN_SECTION_SHIFT,
	.max_order = MAX_ORDER - 1,
	.node = { .width = 10 },
	.zone = { .width = 3 },
};

static uint32_t workers_at(uint32_t records_nid)
{
	return records_nid < MEMMAP_SHIM_NODES ? memmap_tables_workers_at(&memmap_kernel_tables, records_nid) : 0;
}

/* Also with memmap_async=off, so that it changes nothing of how much memory there is. */
void __init memmap_async_prepare(void)
{
	int status;

	count_workers();
	memmap_shim.layout = &layout;
	memmap_shim.set_pageblock_migratetype = set_pageblock_migratetype;
	memmap_shim.node_of_records = node_of_records;
	memmap_shim.workers_at = workers_at;
	status = make_pool();
	if (status != MEMMAP_OK)
		pr_err(LOG "no pool: %s; one thread does all\n", memmap_status_text(status));
	else
		memmap_boot_prepare();
}

void __init memmap_async_init_late(void)
{
	if (IS_ENABLED(CONFIG_DEFERRED_STRUCT_PAGE_INIT))
		memmap_boot_count();
	if (memmap_fail == FAIL_WORKER) /* one of several: the others are there already */
		memmap_plant_no_worker = (int)memmap_kernel_tables.topology.nr_workers / 2;
	if (memmap_shim.pool)
		workers_started = memmap_workers_start(memmap_shim.pool, 0);
	if (workers_started != 0)
		pr_err(LOG "no workers; who asks for struct pages writes them\n");
	memmap_async_finish_boot();
}
