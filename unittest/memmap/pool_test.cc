// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A pool's start and end: every field of its configuration, its storage, what its calls refuse.
#include "memmap/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "memmap/geometry.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;
using support::kSection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

// Everything that a configuration points at, to be spoilt.
struct Parts {
  TestEnv env;
  memmap_env table = env.env;
  TestTopology tables{2, 2, 2};
  memmap_topology topology = *tables.view();
  memmap_pool_config config{};

  Parts() {
    config.env = &table;
    config.topology = &topology;
    config.start_pfn = 4 * kSection;
    config.nr_pages = 8 * kSection;
  }
};

struct PoolPart {
  const char* what;
  std::function<void(Parts&)> spoil;
};

const PoolPart kBadPools[] = {
    {"no env", [](Parts& p) { p.config.env = nullptr; }},
    {"no topology", [](Parts& p) { p.config.topology = nullptr; }},
    {"no park", [](Parts& p) { p.table.park = nullptr; }},
    {"no unpark", [](Parts& p) { p.table.unpark = nullptr; }},
    {"no wake_later", [](Parts& p) { p.table.wake_later = nullptr; }},
    {"no relax", [](Parts& p) { p.table.relax = nullptr; }},
    {"no yield", [](Parts& p) { p.table.yield = nullptr; }},
    {"no clock", [](Parts& p) { p.table.clock_ns = nullptr; }},
    {"no self", [](Parts& p) { p.table.self = nullptr; }},
    {"no fatal", [](Parts& p) { p.table.fatal = nullptr; }},
    {"no groups", [](Parts& p) { p.topology.nr_groups = 0; }},
    {"no nodes", [](Parts& p) { p.topology.nr_nids = 0; }},
    {"no ranks", [](Parts& p) { p.topology.steal_rank = nullptr; }},
    {"no homes' begins", [](Parts& p) { p.topology.home_begin = nullptr; }},
    {"no homes", [](Parts& p) { p.topology.home = nullptr; }},
    {"workers without groups", [](Parts& p) { p.topology.group_of_worker = nullptr; }},
    {"a worker of no group", [](Parts& p) { p.tables.group_of_worker[3] = 4; }},
    {"a home that is no group", [](Parts& p) { p.tables.home[3] = 4; }},
    {"homes that descend", [](Parts& p) { p.tables.home_begin[1] = 5; }},
    {"no width for a group with workers",
     [](Parts& p) {
       p.tables.width = {1, 0, 1, 1}, p.topology = *p.tables.view();
     }},
    {"more workers than 16 bits number",
     [](Parts& p) {
       p.tables = TestTopology(1, 1025, 64);
       p.topology = *p.tables.view();
     }},
    {"65 workers in a group", [](Parts& p) { p.tables = TestTopology(1, 1, 65), p.topology = *p.tables.view(); }},
    {"no pages", [](Parts& p) { p.config.nr_pages = 0; }},
    {"begins inside a section", [](Parts& p) { p.config.start_pfn += 512; }},
    {"ends inside a section", [](Parts& p) { p.config.nr_pages -= 512; }},
    {"begins behind the last pfn", [](Parts& p) { p.config.start_pfn = kPfnLimit; }},
    {"ends behind the last pfn", [](Parts& p) { p.config.nr_pages = kPfnLimit; }},
    {"wraps around", [](Parts& p) { p.config.start_pfn = UINT64_MAX - kSection + 1; }},
    {"a grain that is no power of two", [](Parts& p) { p.config.grain_pages = 4095; }},
    {"a grain below a unit", [](Parts& p) { p.config.grain_pages = 256; }},
    {"a grain above a word", [](Parts& p) { p.config.grain_pages = 65'536; }},
    {"a large grain that is no power of two", [](Parts& p) { p.config.large_grain_pages = 8193; }},
    {"a large grain below the others", [](Parts& p) { p.config.large_grain_pages = 2048; }},
    {"a large grain above a word", [](Parts& p) { p.config.large_grain_pages = 65'536; }},
    {"more slots than a word has bits", [](Parts& p) { p.config.domain_slots = 65; }},
};

TEST(PoolConfig, EachFieldIsLookedAt) {
  for (const PoolPart& bad : kBadPools) {
    Parts parts;
    const size_t nr_bytes = memmap_pool_bytes(&parts.config);
    ASSERT_GT(nr_bytes, 0u);
    Bytes storage(nr_bytes);
    bad.spoil(parts);
    memmap_pool* pool = nullptr;
    EXPECT_EQ(memmap_pool_bytes(&parts.config), 0u) << bad.what;
    EXPECT_EQ(memmap_pool_init(&pool, &parts.config, storage.at(), nr_bytes), MEMMAP_INVALID) << bad.what;
    EXPECT_EQ(pool, nullptr);
    EXPECT_TRUE(storage.all(0)) << bad.what;
  }
  memmap_pool* pool = nullptr;
  EXPECT_EQ(memmap_pool_bytes(nullptr), 0u);
  EXPECT_EQ(memmap_pool_init(&pool, nullptr, nullptr, 0), MEMMAP_INVALID);
  Parts parts;
  EXPECT_EQ(memmap_pool_init(nullptr, &parts.config, nullptr, 0), MEMMAP_INVALID);
  memmap_pool_stop(nullptr);
}

TEST(PoolConfig, WhatIsAllowed) {
  const PoolPart good[] = {
      {"no workers", [](Parts& p) { p.tables = TestTopology(1, 1, 0), p.topology = *p.tables.view(); }},
      {"64 in a group", [](Parts& p) { p.tables = TestTopology(1, 1, 64), p.topology = *p.tables.view(); }},
      {"no width where nobody works",
       [](Parts& p) {
         p.tables = TestTopology(1, 2, 1);
         p.tables.group_of_worker = {0};
         p.tables.width = {1, 0};
         p.topology = *p.tables.view();
       }},
      {"a node id without memory", [](Parts& p) { p.tables.home_begin[1] = 0; }},
      {"the last pfns", [](Parts& p) { p.config.start_pfn = kPfnLimit - p.config.nr_pages; }},
      {"one slot", [](Parts& p) { p.config.domain_slots = 1; }},
      {"no optional callbacks", [](Parts& p) { p.table.spend = nullptr, p.table.stalled = nullptr; }},
  };
  for (const PoolPart& part : good) {
    Parts parts;
    part.spoil(parts);
    Bytes storage(memmap_pool_bytes(&parts.config));
    memmap_pool* pool = nullptr;
    EXPECT_EQ(memmap_pool_init(&pool, &parts.config, storage.at(), storage.size()), MEMMAP_OK) << part.what;
    EXPECT_EQ(memmap_pool_fini(pool), MEMMAP_OK) << part.what;
  }
}

TEST(PoolStorage, MustBeThereAlignedAndLargeEnough) {
  Parts parts;
  const size_t nr_bytes = memmap_pool_bytes(&parts.config);
  Bytes storage(nr_bytes + 64);
  memmap_pool* pool = nullptr;
  EXPECT_EQ(memmap_pool_init(&pool, &parts.config, nullptr, nr_bytes), MEMMAP_STORAGE);
  EXPECT_EQ(memmap_pool_init(&pool, &parts.config, storage.at() + 64, nr_bytes), MEMMAP_STORAGE);
  EXPECT_EQ(memmap_pool_init(&pool, &parts.config, storage.at(), nr_bytes - 1), MEMMAP_STORAGE);
  EXPECT_EQ(pool, nullptr);
  EXPECT_TRUE(storage.all(0));
  EXPECT_EQ(memmap_pool_init(&pool, &parts.config, storage.at(), nr_bytes), MEMMAP_OK);
}

TEST(PoolStorage, ASectionCostsSixteenBytes) {
  Parts parts;
  const size_t before = memmap_pool_bytes(&parts.config);
  parts.config.nr_pages += 1000 * kSection;
  EXPECT_EQ(memmap_pool_bytes(&parts.config) - before, 16'000u);
}

TEST(PoolStorage, TheSectionTableIsNotTouchedAtTheStart) {
  Parts parts;
  parts.config.nr_pages = uint64_t{1} << 34;
  Bytes storage(memmap_pool_bytes(&parts.config));
  const size_t table_bytes = (parts.config.nr_pages >> kSectionShift) * 16;
  char* const table = storage.at() + storage.size() - table_bytes;
  std::fill_n(table, table_bytes, char(0x5A));
  memmap_pool* pool = nullptr;
  ASSERT_EQ(memmap_pool_init(&pool, &parts.config, storage.at(), storage.size()), MEMMAP_OK);
  EXPECT_TRUE(std::all_of(table, table + table_bytes, [](char byte) { return byte == 0x5A; }));
}

TEST(Pool, IsBusyWhileADomainIsOpen) {
  Parts parts;
  Bytes storage(memmap_pool_bytes(&parts.config));
  memmap_pool* pool = nullptr;
  ASSERT_EQ(memmap_pool_init(&pool, &parts.config, storage.at(), storage.size()), MEMMAP_OK);
  memmap_domain first, second;
  ASSERT_EQ(memmap_domain_open(&first, pool, nullptr), MEMMAP_OK);
  ASSERT_EQ(memmap_domain_open(&second, pool, nullptr), MEMMAP_OK);
  EXPECT_EQ(memmap_pool_fini(pool), MEMMAP_BUSY);
  EXPECT_EQ(memmap_domain_close(&first), MEMMAP_OK);
  EXPECT_EQ(memmap_pool_fini(pool), MEMMAP_BUSY);
  EXPECT_EQ(memmap_domain_close(&first), MEMMAP_CLOSED) << "and does not count twice";
  EXPECT_EQ(memmap_pool_fini(pool), MEMMAP_BUSY);
  EXPECT_EQ(memmap_domain_close(&second), MEMMAP_OK);
  EXPECT_EQ(memmap_pool_fini(pool), MEMMAP_OK);
  EXPECT_EQ(memmap_pool_fini(nullptr), MEMMAP_INVALID);
}

TEST(Pool, CountersOfAWorkerThatThereIsNot) {
  TestEnv env;
  TestTopology topology(1, 1, 2);
  TestPool pool(env, topology, 0, kSection);
  memmap_worker_counts counts;
  EXPECT_EQ(memmap_worker_counters(pool.get(), 1, &counts), MEMMAP_OK);
  EXPECT_EQ(counts.grains + counts.stolen_grains + counts.parks + counts.wakes_sent, 0u);
  EXPECT_EQ(memmap_worker_counters(pool.get(), 2, &counts), MEMMAP_INVALID);
  EXPECT_EQ(memmap_worker_counters(pool.get(), 0, nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_worker_counters(nullptr, 0, &counts), MEMMAP_INVALID);
}

TEST(Pool, KnowsTheNodesThatHaveHomes) {
  TestEnv env;
  TestTopology topology(3, 1, 1);
  topology.home_begin = {0, 1, 1, 3};  // node 1 is none; node 2 has two groups
  TestPool pool(env, topology, 0, kSection);
  EXPECT_TRUE(pool.get()->knows(0));
  EXPECT_FALSE(pool.get()->knows(1));
  EXPECT_TRUE(pool.get()->knows(2));
  EXPECT_FALSE(pool.get()->knows(3));
  EXPECT_FALSE(pool.get()->knows(UINT32_MAX));
}

TEST(Pool, AtTheEndOfAllPfns) {
  TestEnv env;
  TestTopology topology(1, 1, 1);
  Span span(MEMMAP_BOOT, kPfnLimit - kSection - 7, kSection + 7);
  TestPool pool(env, topology, kPfnLimit - 4 * kSection, 4 * kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush_range(&domain.d, kPfnLimit - 1, 1), MEMMAP_OK);
  EXPECT_TRUE(memmap_ready(pool.get(), kPfnLimit - 1));
  EXPECT_FALSE(memmap_ready(pool.get(), kPfnLimit));
  pool.run_all();
  EXPECT_EQ(span.pages(support::Call::ready), kSection + 7);
}

}  // namespace
}  // namespace memmap::pages
