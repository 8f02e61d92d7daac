// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/wrong_calls.h"

namespace memmap::swarm {
namespace {

constexpr uint32_t kTooMany = 65537;
constexpr uint16_t kGroupOfWorker[kTooMany] = {};
constexpr uint16_t kFirst[] = {0}, kFar[] = {999}, kNarrow[] = {0}, kBegins[] = {0, 1}, kDescending[] = {1, 0};

// One group on one node.
memmap_topology& small(Tried& t, uint32_t nr_workers) {
  t.topology = {nr_workers, 1, 1, kGroupOfWorker, kFirst, kBegins, kFirst, nullptr};
  return t.topology;
}

constexpr WrongCall kPoolCalls[] = {
    {"no pool", MEMMAP_INVALID, [](Tried& t) { return memmap_pool_init(nullptr, &t.config, t.spare, t.kSpareBytes); }},
    {"no config", MEMMAP_INVALID,
     [](Tried& t) {
       memmap_pool* made = nullptr;
       return memmap_pool_init(&made, nullptr, t.spare, t.kSpareBytes);
     }},
    {"bytes of no pool", MEMMAP_INVALID, [](Tried&) { return answered(memmap_pool_bytes(nullptr) != 0); }},
    {"no environment", MEMMAP_INVALID, [](Tried& t) { return t.config.env = nullptr, t.start_pool(); }},
    {"no topology", MEMMAP_INVALID, [](Tried& t) { return t.config.topology = nullptr, t.start_pool(); }},
    {"no park", MEMMAP_INVALID, [](Tried& t) { return t.env.park = nullptr, t.start_pool(); }},
    {"no unpark", MEMMAP_INVALID, [](Tried& t) { return t.env.unpark = nullptr, t.start_pool(); }},
    {"no wake_later", MEMMAP_INVALID, [](Tried& t) { return t.env.wake_later = nullptr, t.start_pool(); }},
    {"no relax", MEMMAP_INVALID, [](Tried& t) { return t.env.relax = nullptr, t.start_pool(); }},
    {"no yield", MEMMAP_INVALID, [](Tried& t) { return t.env.yield = nullptr, t.start_pool(); }},
    {"no clock", MEMMAP_INVALID, [](Tried& t) { return t.env.clock_ns = nullptr, t.start_pool(); }},
    {"no self", MEMMAP_INVALID, [](Tried& t) { return t.env.self = nullptr, t.start_pool(); }},
    {"no fatal", MEMMAP_INVALID, [](Tried& t) { return t.env.fatal = nullptr, t.start_pool(); }},
    {"no group", MEMMAP_INVALID, [](Tried& t) { return t.topology.nr_groups = 0, t.start_pool(); }},
    {"no node", MEMMAP_INVALID, [](Tried& t) { return t.topology.nr_nids = 0, t.start_pool(); }},
    {"no ranks", MEMMAP_INVALID, [](Tried& t) { return t.topology.steal_rank = nullptr, t.start_pool(); }},
    {"no homes' begins", MEMMAP_INVALID, [](Tried& t) { return t.topology.home_begin = nullptr, t.start_pool(); }},
    {"no homes", MEMMAP_INVALID, [](Tried& t) { return t.topology.home = nullptr, t.start_pool(); }},
    {"workers of no group", MEMMAP_INVALID,
     [](Tried& t) { return small(t, 1).group_of_worker = nullptr, t.start_pool(); }},
    {"of an unknown group", MEMMAP_INVALID,
     [](Tried& t) { return small(t, 1).group_of_worker = kFar, t.start_pool(); }},
    {"of no awake one", MEMMAP_INVALID, [](Tried& t) { return small(t, 1).width = kNarrow, t.start_pool(); }},
    {"more than a word of a group", MEMMAP_INVALID, [](Tried& t) { return small(t, 65), t.start_pool(); }},
    {"more than 65,536", MEMMAP_INVALID, [](Tried& t) { return small(t, kTooMany), t.start_pool(); }},
    {"homes that descend", MEMMAP_INVALID,
     [](Tried& t) { return small(t, 1).home_begin = kDescending, t.start_pool(); }},
    {"an unknown home", MEMMAP_INVALID, [](Tried& t) { return small(t, 1).home = kFar, t.start_pool(); }},
    {"no pages", MEMMAP_INVALID, [](Tried& t) { return t.config.nr_pages = 0, t.start_pool(); }},
    {"pages that are no sections", MEMMAP_INVALID, [](Tried& t) { return ++t.config.nr_pages, t.start_pool(); }},
    {"pages off sections", MEMMAP_INVALID, [](Tried& t) { return ++t.config.start_pfn, t.start_pool(); }},
    {"pages beyond all", MEMMAP_INVALID, [](Tried& t) { return t.config.start_pfn = kPfnLimit, t.start_pool(); }},
    {"more than all", MEMMAP_INVALID, [](Tried& t) { return t.config.nr_pages = 2 * kPfnLimit, t.start_pool(); }},
    {"grains of 513", MEMMAP_INVALID, [](Tried& t) { return t.config.grain_pages = 513, t.start_pool(); }},
    {"of 256", MEMMAP_INVALID, [](Tried& t) { return t.config.grain_pages = 256, t.start_pool(); }},
    {"of two sections", MEMMAP_INVALID, [](Tried& t) { return t.config.grain_pages = 65536, t.start_pool(); }},
    {"large ones of 4097", MEMMAP_INVALID, [](Tried& t) { return t.config.large_grain_pages = 4097, t.start_pool(); }},
    {"of 256", MEMMAP_INVALID, [](Tried& t) { return t.config.large_grain_pages = 256, t.start_pool(); }},
    {"of two sections", MEMMAP_INVALID, [](Tried& t) { return t.config.large_grain_pages = 65536, t.start_pool(); }},
    {"65 slots", MEMMAP_INVALID, [](Tried& t) { return t.config.domain_slots = 65, t.start_pool(); }},
    {"no storage of a pool", MEMMAP_STORAGE,
     [](Tried& t) {
       memmap_pool* made = nullptr;
       return memmap_pool_init(&made, &t.config, nullptr, t.kSpareBytes);
     }},
    {"storage at odd places", MEMMAP_STORAGE,
     [](Tried& t) {
       memmap_pool* made = nullptr;
       return memmap_pool_init(&made, &t.config, t.spare + 64, t.kSpareBytes - 64);
     }},
    {"storage that is too small", MEMMAP_STORAGE, [](Tried& t) { return t.bytes_missing = 1, t.start_pool(); }},
    {"another pool's parent", MEMMAP_INVALID,
     [](Tried& t) {
       small(t, 0);
       memmap_pool* other = nullptr;
       memmap_domain parent{}, child{};
       if (memmap_pool_init(&other, &t.config, t.spare, t.kSpareBytes) != MEMMAP_OK) return int{MEMMAP_OK};
       if (memmap_domain_open(&parent, other, nullptr) != MEMMAP_OK) return int{MEMMAP_OK};
       const memmap_domain_options options{"child", 0, false, &parent};
       const int found = memmap_domain_open(&child, t.pool, &options);
       const bool closed = memmap_domain_close(&parent) == MEMMAP_OK && memmap_pool_fini(other) == MEMMAP_OK;
       __builtin_memset(t.spare, 0, t.kSpareBytes);
       return closed ? found : int{MEMMAP_OK};
     }},
    {"no pool to end", MEMMAP_INVALID, [](Tried&) { return memmap_pool_fini(nullptr); }},
    {"a pool with open domains", MEMMAP_BUSY, [](Tried& t) { return memmap_pool_fini(t.pool); }},
    {"no pool to make wide", MEMMAP_INVALID, [](Tried&) { return memmap_pool_set_width(nullptr, 0, 1); }},
    {"counters of no pool", MEMMAP_INVALID,
     [](Tried&) {
       memmap_worker_counts counts;
       return memmap_worker_counters(nullptr, 0, &counts);
     }},
    {"of no worker", MEMMAP_INVALID,
     [](Tried& t) {
       memmap_worker_counts counts;
       return memmap_worker_counters(t.pool, t.topology.nr_workers, &counts);
     }},
    {"to nowhere", MEMMAP_INVALID, [](Tried& t) { return memmap_worker_counters(t.pool, 0, nullptr); }},
};

}  // namespace

int Tried::start_pool() {
  memmap_pool* made = nullptr;
  const size_t bytes = memmap_pool_bytes(&config);
  const int status = memmap_pool_init(&made, &config, spare, bytes - bytes_missing);
  return made == nullptr && (status == MEMMAP_INVALID) == (bytes == 0) ? status : MEMMAP_OK;
}

std::span<const WrongCall> wrong_pools() { return kPoolCalls; }

}  // namespace memmap::swarm
