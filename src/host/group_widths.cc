// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/group_widths.h"

namespace memmap::host {

std::vector<uint32_t> group_sizes(const memmap_topology& table) {
  std::vector<uint32_t> sizes(table.nr_groups, 0);
  for (uint32_t worker = 0; worker < table.nr_workers; ++worker) ++sizes[table.group_of_worker[worker]];
  return sizes;
}

GroupWidths::GroupWidths(memmap_pool* pool, const memmap_topology& table)
    : pool_(pool), table_(table), widenings_(table.nr_groups) {
  const std::vector<uint32_t> nr_members = group_sizes(table);
  for (uint32_t group = 0; group < table.nr_groups; ++group) {
    if (table.width[group] < nr_members[group])
      widenings_[group] = std::make_unique<Widening>(table.width[group], nr_members[group]);
  }
}

void GroupWidths::observe(uint32_t worker, uint64_t now_ns) {
  const uint32_t group = table_.group_of_worker[worker];
  Widening* const widening = widenings_[group].get();
  if (widening == nullptr || !widening->mutex.try_lock()) return;
  const std::lock_guard<std::mutex> lock(widening->mutex, std::adopt_lock);
  uint64_t grains = 0;
  memmap_worker_counts counts{};
  for (uint32_t other = 0; other < table_.nr_workers; ++other) {
    if (table_.group_of_worker[other] == group && memmap_worker_counters(pool_, other, &counts) == MEMMAP_OK)
      grains += counts.grains;
  }
  memmap_pool_set_width(pool_, group, widening->controller.observe(now_ns, grains));
}

}  // namespace memmap::host
