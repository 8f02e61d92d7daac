// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "sched/pool.h"

namespace memmap::sched {

void announce_work(Pool& pool, uint64_t slot_bit) {
  pool.busy.fetch_or(slot_bit, seq_cst);  // B0 with P4, L3, L6: or the second look finds the jobs
  pool.news.fetch_add(1, seq_cst);        // B1 with P2, P3, P7: the jobs, and busy
}

namespace {

// Turns one parked bit of the group off and wakes that worker.
bool wake_member(Pool& pool, uint32_t index_of_group, const Worker* beside) {
  Group& group = pool.groups[index_of_group];
  const uint64_t last_choice = beside && beside->group == index_of_group ? beside->bit : 0;
  for (uint64_t parked = group.all_parked(); group.may_wake(parked);) {
    const uint64_t better = parked & ~last_choice;
    const uint32_t index = lowest_bit(better ? better : parked);
    const uint64_t bit = uint64_t{1} << index;
    parked = group.parked.fetch_and(~bit, seq_cst);  // B3 with P5: a wake is owed
    if (parked & bit) {
      Worker& worker = pool.workers[group.members[index]];
      worker.event.fetch_add(1, release);  // B4 with P6: it will not park on the old value
      pool.env->unpark(pool.env->context, worker.event.address());
      return true;
    }
  }
  return false;
}

}  // namespace

bool wake_near(Pool& pool, uint32_t home, uint32_t beside) {
  const uint32_t n = pool.topology->nr_groups;
  uint64_t nearest = 0;  // rank * n + group: groups in the order of their distance to home
  for (uint64_t after = 0;; after = nearest + 1) {
    nearest = UINT64_MAX;
    for (uint32_t g = 0; g < n; ++g) {
      const uint64_t key = uint64_t{pool.rank(g, home)} * n + g;
      if (key >= after && key < nearest && pool.groups[g].may_wake(pool.groups[g].all_parked())) nearest = key;
    }
    if (nearest == UINT64_MAX) return false;
    const Worker* const at = beside < pool.topology->nr_workers ? &pool.workers[beside] : nullptr;
    if (wake_member(pool, uint32_t(nearest % n), at)) return true;
  }
}

}  // namespace memmap::sched
