// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/group_widths.h"

#include <algorithm>

#include "host/beyond_width.h"
#include "memmap/pool.h"

namespace memmap::host {

std::vector<uint32_t> group_sizes(const memmap_topology& table) {
  std::vector<uint32_t> sizes(table.nr_groups, 0);
  for (uint32_t worker = 0; worker < table.nr_workers; ++worker) ++sizes[table.group_of_worker[worker]];
  return sizes;
}

GroupWidths::GroupWidths(memmap_pool* pool, const memmap_topology& table)
    : pool_(pool), table_(table), searches_(table.nr_groups), tallies_(new Tally[table.nr_workers]) {
  const std::vector<uint32_t> nr_members = group_sizes(table);
  for (uint32_t group = 0; group < table.nr_groups; ++group) {
    if (nr_members[group] > WidthController::kLeast)
      searches_[group] = std::make_unique<Search>(table.width[group], nr_members[group]);
  }
  for (uint32_t worker = 0; worker < table.nr_workers; ++worker) {
    if (Search* const search = search_of(worker)) search->members.push_back(worker);
  }
}

bool GroupWidths::worked(uint32_t worker, uint64_t now_ns, uint32_t steps) {
  Search* const search = search_of(worker);
  if (search == nullptr) return false;
  Tally& own = tallies_[worker];
  add_own(own.grains, steps);
  add_own(own.awake_ns, now_ns - own.since_ns);
  own.since_ns = now_ns;
  if (now_ns - own.looked_ns < kLookNs) return false;
  own.looked_ns = now_ns;
  if (!search->mutex.try_lock()) return false;
  const std::lock_guard<std::mutex> lock(search->mutex, std::adopt_lock);
  GroupWork so_far;
  for (const uint32_t member : search->members) {
    so_far.grains += tallies_[member].grains.load(relaxed);
    so_far.awake_ns += tallies_[member].awake_ns.load(relaxed);
  }
  const uint32_t group = table_.group_of_worker[worker];
  const sched::Group& members = pool_->engine.groups[group];
  const uint32_t awake = nr_awake(members), before = search->controller.width();
  const uint32_t present = members.nr_members - std::min<uint32_t>(members.nr_members, members.away.load(relaxed));
  const uint32_t width = search->controller.observe(now_ns, so_far, awake, present);
  // It may wake somebody, so not for nothing.
  if (width != before) memmap_pool_set_width(pool_, group, width);
  return awake > width;
}

bool GroupWidths::rest(uint32_t worker, uint32_t* seen) {
  Search& search = *search_of(worker);
  const std::lock_guard<std::mutex> lock(search.mutex);
  return rest_beyond_width(pool_->engine, worker, search.controller.width(), seen);
}

void GroupWidths::leave(uint32_t worker) {
  Search* const search = search_of(worker);
  if (search == nullptr) return memmap_worker_leave(pool_, worker);
  const std::lock_guard<std::mutex> lock(search->mutex);
  memmap_worker_leave(pool_, worker);
}

}  // namespace memmap::host
