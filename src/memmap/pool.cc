// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The pool's start, in the caller's storage: pool | groups | workers | nested | slots | node counters | section table.
#include "memmap/pool.h"

#include <new>

#include "memmap/sizes.h"

namespace memmap::pages {

static_assert(align_up(sizeof(memmap_pool), 128) <= MEMMAP_POOL_HEADER && sizeof(sched::Group) <= MEMMAP_GROUP_BYTES &&
                  sizeof(sched::Worker) + sizeof(Nested) <= MEMMAP_WORKER_BYTES && sizeof(sched::Slot) <= 16 &&
                  sizeof(NodePages) <= 64 && sizeof(SectionWords) <= 16,
              "sizes.h");

namespace {

struct Layout {
  uint64_t groups, workers, nested, slots, nodes, sections, bytes;  // offsets in the storage
};

Layout layout_of(const memmap_pool_config& config, uint32_t nr_slots) {
  const memmap_topology& topology = *config.topology;
  Layout layout{};
  layout.groups = align_up(sizeof(memmap_pool), 128);
  layout.workers = align_up(layout.groups + topology.nr_groups * sizeof(sched::Group), 128);
  layout.nested = layout.workers + topology.nr_workers * sizeof(sched::Worker);
  layout.slots = layout.nested + topology.nr_workers * sizeof(Nested);
  layout.nodes = align_up(layout.slots + nr_slots * sizeof(sched::Slot), 128);
  layout.sections = layout.nodes + topology.nr_nids * sizeof(NodePages);
  layout.bytes = layout.sections + (config.nr_pages >> kSectionShift) * sizeof(SectionWords);
  return layout;
}

template <typename T>
T* make_array(char* at, uint64_t n) {
  for (uint64_t i = 0; i < n; ++i) new (at + i * sizeof(T)) T;
  return reinterpret_cast<T*>(at);
}

bool complete(const memmap_env& env) {
  return env.park && env.unpark && env.wake_later && env.relax && env.yield && env.clock_ns && env.self && env.fatal;
}

bool consistent(const memmap_topology& topology) {
  if (topology.nr_groups == 0 || topology.nr_nids == 0 || !topology.steal_rank || !topology.home_begin) return false;
  if (topology.nr_workers != 0 && !topology.group_of_worker) return false;
  if (topology.nr_workers > uint32_t{UINT16_MAX} + 1) return false;  // a group numbers them in 16 bits
  for (uint32_t i = 0; i < topology.nr_workers; ++i)
    if (topology.group_of_worker[i] >= topology.nr_groups) return false;
  for (uint32_t g = 0; g < topology.nr_groups; ++g) {
    uint32_t members = 0;
    for (uint32_t i = 0; i < topology.nr_workers; ++i) members += topology.group_of_worker[i] == g;
    if (members > kWordBits) return false;
    if (members != 0 && topology.width && topology.width[g] == 0) return false;  // its workers would sleep for ever
  }
  // All begins first: only then is the last one the length of `home`.
  for (uint32_t nid = 0; nid < topology.nr_nids; ++nid)
    if (topology.home_begin[nid] > topology.home_begin[nid + 1]) return false;
  for (uint32_t i = topology.home_begin[0]; i < topology.home_begin[topology.nr_nids]; ++i)
    if (!topology.home || topology.home[i] >= topology.nr_groups) return false;
  return true;
}

void init_groups(sched::Pool& engine) {
  const memmap_topology& topology = *engine.topology;
  for (uint32_t i = 0; i < topology.nr_workers; ++i) {
    sched::Group& group = engine.groups[topology.group_of_worker[i]];
    engine.workers[i].group = topology.group_of_worker[i];
    engine.workers[i].bit = uint64_t{1} << group.nr_members;
    group.members[group.nr_members++] = uint16_t(i);
  }
  for (uint32_t g = 0; g < topology.nr_groups; ++g)
    engine.groups[g].width.store(topology.width ? topology.width[g] : uint16_t(kWordBits), relaxed);
  engine.awake.store(topology.nr_workers, relaxed);
}

template <typename T>
T or_default(T value, T fallback) {
  return value ? value : fallback;
}

constexpr uint32_t kGrainPages = 4096;  // a kernel's; a hosted pool asks for more: record_cost.h
constexpr uint32_t kWakeNs = 23'000;    // 13 us in the waker, 10 us until the wakee runs
constexpr uint32_t kRecordPs = 2'600;   // streaming, one thread
constexpr uint32_t kInlineFactor = 4;   // work below this many wakes is done by who submits it
constexpr uint32_t kSpinNs = 20'000;
constexpr uint32_t kStallMs = 100;

bool valid(const memmap_pool_config& config) {
  const uint32_t grain = or_default(config.grain_pages, kGrainPages);
  const uint32_t large = or_default(config.large_grain_pages, grain);
  return config.env && config.topology && complete(*config.env) && consistent(*config.topology) &&
         config.nr_pages != 0 && config.start_pfn % kSectionPages == 0 && config.nr_pages % kSectionPages == 0 &&
         config.start_pfn < kPfnLimit && config.nr_pages <= kPfnLimit - config.start_pfn && is_power_of_two(grain) &&
         grain >= uint64_t{1} << kSubsectionShift && is_power_of_two(large) && grain <= large &&
         large <= kSectionPages && config.domain_slots <= kWordBits;
}

void set_up(sched::Pool& engine, const memmap_pool_config& config, char* storage, const Layout& layout) {
  engine.env = config.env;
  engine.topology = config.topology;
  engine.nr_slots = or_default(config.domain_slots, kWordBits);
  engine.groups = make_array<sched::Group>(storage + layout.groups, config.topology->nr_groups);
  engine.workers = make_array<sched::Worker>(storage + layout.workers, config.topology->nr_workers);
  engine.slots = make_array<sched::Slot>(storage + layout.slots, engine.nr_slots);
  engine.inline_ns = uint64_t{kInlineFactor} * or_default(config.wake_ns, kWakeNs);
  engine.spin_ns = config.spin_ns == UINT32_MAX ? 0 : or_default(config.spin_ns, kSpinNs);
  engine.stall_ns = uint64_t{or_default(config.stall_ms, kStallMs)} * 1'000'000;
  init_groups(engine);
}

}  // namespace

}  // namespace memmap::pages

using namespace memmap;
using namespace memmap::pages;

extern "C" size_t memmap_pool_bytes(const memmap_pool_config* config) {
  return config && valid(*config) ? layout_of(*config, or_default(config->domain_slots, kWordBits)).bytes : 0;
}

extern "C" int memmap_pool_init(memmap_pool** pool, const memmap_pool_config* config, void* storage, size_t bytes) {
  if (!pool || !config || !valid(*config)) return MEMMAP_INVALID;
  if (!storage || reinterpret_cast<uintptr_t>(storage) % 128 != 0 || bytes < memmap_pool_bytes(config))
    return MEMMAP_STORAGE;
  const Layout layout = layout_of(*config, or_default(config->domain_slots, kWordBits));
  char* const at = static_cast<char*>(storage);
  memmap_pool& own = *new (at) memmap_pool;
  set_up(own.engine, *config, at, layout);
  own.nested = make_array<Nested>(at + layout.nested, config->topology->nr_workers);
  own.nodes = make_array<NodePages>(at + layout.nodes, config->topology->nr_nids);
  // The section table is left as it is: zeroed storage, of which only the used part need ever be touched.
  own.sections = Sections(reinterpret_cast<SectionWords*>(at + layout.sections),
                          {config->start_pfn, config->start_pfn + config->nr_pages});
  own.grain_pages = or_default(config->grain_pages, kGrainPages);
  own.large_grain_pages = or_default(config->large_grain_pages, own.grain_pages);
  own.record_ps = or_default(config->record_ps, kRecordPs);
  *pool = &own;
  return MEMMAP_OK;
}

extern "C" int memmap_pool_fini(memmap_pool* pool) {
  if (!pool) return MEMMAP_INVALID;
  return pool->engine.open_domains.load(acquire) == 0 ? MEMMAP_OK : MEMMAP_BUSY;  // X5 with X6: nobody uses the storage
}

extern "C" void memmap_pool_stop(memmap_pool* pool) {
  if (!pool) return;
  pool->engine.stopping.store(1, seq_cst);  // X1 with X2, X3: what the stopper did
  for (uint32_t i = 0; i < pool->engine.topology->nr_workers; ++i) {
    sched::Worker& worker = pool->engine.workers[i];
    worker.event.fetch_add(1, release);  // B5 with P6: as B4
    pool->engine.env->unpark(pool->engine.env->context, worker.event.address());
  }
}

extern "C" bool memmap_worker_step(memmap_pool* pool, uint32_t worker) {
  sched::Worker& own = pool->engine.workers[worker];
  if (own.away != 0) own.away = 0, pool->engine.groups[own.group].away.fetch_sub(1, relaxed);
  return worker_step(pool->engine, worker);
}
extern "C" bool memmap_worker_idle(memmap_pool* pool, uint32_t worker) { return worker_idle(pool->engine, worker); }

extern "C" void memmap_worker_leave(memmap_pool* pool, uint32_t worker) {
  sched::Pool& engine = pool->engine;
  sched::Worker& own = engine.workers[worker];
  sched::worker_leave(engine, worker);
  // L1 with L2: or we see the work
  if (own.away == 0) own.away = 1, engine.groups[own.group].away.fetch_add(1, seq_cst);
  // L3 with B0: or who submits it sees that we take no place
  if (engine.busy.load(seq_cst) != 0) sched::wake_near(engine, own.group, MEMMAP_NO_WORKER);
}

extern "C" int memmap_pool_set_width(memmap_pool* pool, uint32_t group, uint32_t width) {
  if (!pool || group >= pool->engine.topology->nr_groups) return MEMMAP_INVALID;
  sched::Pool& engine = pool->engine;
  // L4 with L5: or we see the work
  engine.groups[group].width.store(uint16_t(smaller(width, kWordBits)), seq_cst);
  // L6 with B0: or who submits it sees the width
  if (engine.busy.load(seq_cst) != 0) sched::wake_near(engine, group, MEMMAP_NO_WORKER);
  return MEMMAP_OK;
}

extern "C" uint32_t* memmap_worker_rest(memmap_pool* pool, uint32_t worker) {
  uint32_t seen;
  return worker_rest(pool->engine, worker, &seen) ? pool->engine.workers[worker].event.address() : nullptr;
}
extern "C" void memmap_worker_return(memmap_pool* pool, uint32_t worker) { worker_return(pool->engine, worker); }

extern "C" int memmap_worker_counters(const memmap_pool* pool, uint32_t worker, memmap_worker_counts* counts) {
  if (!pool || !counts || worker >= pool->engine.topology->nr_workers) return MEMMAP_INVALID;
  const sched::Worker& own = pool->engine.workers[worker];
  *counts = {own.grains.load(relaxed),     own.stolen_grains.load(relaxed), own.parks.load(relaxed),
             own.wakes_sent.load(relaxed), own.yields.load(relaxed),        {}};
  for (uint32_t i = 0; i < MEMMAP_STEAL_DISTANCES; ++i) counts->stolen_at[i] = own.stolen_at[i].load(relaxed);
  return MEMMAP_OK;
}
