// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A worker rests though there is work, as more of its group are awake than its width says. The engine wakes nobody
// beyond the width, but lets go on who is awake: without this a narrower width would be none until all is done.
//
// No work is overlooked by that:
//   - who rests has left its domain, so that one which was full is news to others (sched::worker_leave);
//   - another member was awake behind all that this one has seen published: the look at who is parked is sequentially
//     consistent (B2 with P1), so one that it misses parks behind that, and if it has looked before what was published,
//     or while a busy bit was off (P4), it finds other news (P2);
//   - what is published later is seen by who rests, or wakes it (P1 with B2, P2 with B1), as always;
//   - that other member does not leave between the look and the announcement: both happen under a lock of the group,
//     and so does a leave, which wakes somebody where there is work.
//
// Freestanding, so that the explorer runs it.
#pragma once

#include "sched/pool.h"

namespace memmap::host {

// Members without those who are parked or have left. Under the lock.
inline uint32_t nr_awake(const sched::Group& group) {
  const uint32_t asleep = count_bits(group.all_parked()) + group.away.load(relaxed);
  return asleep < group.nr_members ? group.nr_members - asleep : 0;
}

// Under the lock, by the worker between two steps. True: it is announced as sleeping, as by sched::worker_rest().
inline bool rest_beyond_width(sched::Pool& pool, uint32_t worker, uint32_t width, uint32_t* seen) {
  sched::Worker& own = pool.workers[worker];
  const sched::Group& group = pool.groups[own.group];
  if (nr_awake(group) <= width) return false;
  sched::worker_leave(pool, worker);
  // That may have been news, and is none for who leaves. Who has parked before it does not count as awake.
  own.news_seen = pool.news.load(acquire);  // P7 with B1: before the look (B2)
  return nr_awake(group) > width && sched::worker_rest(pool, worker, seen);
}

}  // namespace memmap::host
