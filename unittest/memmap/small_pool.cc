// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/small_pool.h"

#include <numeric>

namespace memmap::pages {

using explore::expect;
using explore::plain_read;
using explore::plain_write;

SmallSpan::SmallSpan(explore::Scenario& scenario, memmap_kind kind, uint64_t first_unit, uint64_t nr_units)
    : unit_pages(kind == MEMMAP_DEVICE ? kUnit / 2 : kUnit) {
  request.start_pfn = first_unit * unit_pages;
  request.nr_pages = nr_units * unit_pages;
  request.kind = kind;
  request.hooks = {write, ready, undo, this};
  request.storage_bytes = memmap_request_bytes(&request);
  request.storage = scenario.bytes(request.storage_bytes);
}

int SmallSpan::write(void* span, uint64_t pfn, uint64_t) {
  SmallSpan& own = *static_cast<SmallSpan*>(span);
  const uint64_t unit = (pfn - own.request.start_pfn) / own.unit_pages;
  plain_write(&own.written[unit], "a record");
  expect(own.written[unit]++ == 0, "a record is written once");
  return 0;
}

int SmallSpan::ready(void* span, uint64_t pfn, uint64_t) {
  SmallSpan& own = *static_cast<SmallSpan*>(span);
  const uint64_t unit = (pfn - own.request.start_pfn) / own.unit_pages;
  plain_write(&own.handed_over[unit], "a hand-over");
  expect(own.written[unit] == 1, "what is handed over was written");
  expect(own.handed_over[unit]++ == 0, "handed over once");
  if (own.tell == nullptr) return 0;
  own.told.fetch_add(1, seq_cst);
  own.tell->unpark(own.tell->context, own.told.address());
  return 0;
}

int SmallSpan::undo(void* span, uint64_t pfn, uint64_t) {
  SmallSpan& own = *static_cast<SmallSpan*>(span);
  const uint64_t unit = (pfn - own.request.start_pfn) / own.unit_pages;
  plain_read(&own.handed_over[unit], "a hand-over");
  plain_write(&own.undone[unit], "an undo");
  expect(own.handed_over[unit] == 1, "what is undone was done");
  expect(own.undone[unit]++ == 0, "undone once");
  return 0;
}

void SmallSpan::expect_usable(uint64_t unit) const {
  plain_read(&written[unit], "a record");
  plain_read(&handed_over[unit], "a hand-over");
  expect(written[unit] == 1 && handed_over[unit] == 1, "what is ready was written and handed over");
}

void SmallSpan::wait_without_help() {
  while (told.load(seq_cst) == 0) tell->park(tell->context, told.address(), 0, 0);
  expect_usable(0);
}

uint64_t SmallSpan::nr_written() const { return std::accumulate(written, written + kUnitsMax, uint64_t{0}); }
uint64_t SmallSpan::nr_undone() const { return std::accumulate(undone, undone + kUnitsMax, uint64_t{0}); }

SmallPool::SmallPool(explore::Scenario& s, Workers workers, uint32_t nr_slots) : scenario(s) {
  static constexpr uint16_t kGroupOfWorker[] = {0, 0};
  static constexpr uint16_t kRank[] = {0};
  static constexpr uint16_t kHomeBegin[] = {0, 1};
  static constexpr uint16_t kHome[] = {0};
  topology.nr_workers = workers == kNone ? 0 : workers == kOneLeaves ? 2 : 1;
  topology.nr_groups = topology.nr_nids = 1;
  topology.group_of_worker = kGroupOfWorker;
  topology.steal_rank = kRank;
  topology.home_begin = kHomeBegin;
  topology.home = kHome;
  memmap_pool_config config{};
  config.env = scenario.env();
  config.topology = &topology;
  config.nr_pages = 32768;
  config.grain_pages = 512;  // one unit
  config.wake_ns = 1;        // so that nothing is too small to be left to a worker
  config.spin_ns = UINT32_MAX;
  config.domain_slots = nr_slots;
  const size_t bytes = memmap_pool_bytes(&config);
  EXPECT_EQ(memmap_pool_init(&pool, &config, scenario.bytes(bytes), bytes), MEMMAP_OK);
  if (workers == kRunning) host::spawn_workers(scenario.world(), pool, kGroupOfWorker, 1);
  if (workers == kNotStopped) {
    scenario.world().spawn_worker("worker0", 0, 0, [this] {
      do
        while (memmap_worker_step(pool, 0)) {
        }
      while (memmap_worker_idle(pool, 0));
      plain_read(&stopped, "what the stopper did");
    });
  }
  if (workers != kOneLeaves) return;
  host::spawn_workers(scenario.world(), pool, kGroupOfWorker, 1);
  EXPECT_EQ(memmap_pool_set_width(pool, 0, 1), MEMMAP_OK);
  scenario.world().spawn_worker("leaver", 0, 1, [this] { memmap_worker_leave(pool, 1); });
}

void SmallPool::stop() {
  plain_write(&stopped, "what the stopper did");
  stopped = 1;
  memmap_pool_stop(pool);
}

memmap_domain* SmallPool::open() {
  auto* const domain = scenario.make<memmap_domain>();
  EXPECT_EQ(memmap_domain_open(domain, pool, nullptr), MEMMAP_OK);
  return domain;
}

}  // namespace memmap::pages
