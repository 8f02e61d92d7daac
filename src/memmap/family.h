// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Domains below domains: a child's parent stays open as long as it. Who flushes or cancels a domain visits it first and
// then its children, found in the slot table. A child that opens meanwhile counts itself in its parent's state after it
// has a slot (U1): either it sees the flag that the visitor has set before it looked into the table, and is refused; or
// the visitor finds it. A child that the visitor does not find any more has closed: what it did comes before (S9, S11;
// where none is counted any more, C3).
#pragma once

#include "sched/domain.h"

namespace memmap::pages {

constexpr uint32_t kDepthMax = 4;  // of a domain below others

// Visits every domain that has a slot and is not closing its slot, pinned.
template <typename Visit>
void for_each_domain(sched::Pool& engine, bool atomic_context, Visit visit) {
  uint64_t used = engine.used.load(acquire);  // S11 with S8: what those did who are not in the table any more
  for (; used != 0; used &= used - 1) {
    sched::Slot& slot = engine.slots[lowest_bit(used)];
    sched::Domain* const domain = slot.pin(sched::Slot::kAny);
    if (!domain) continue;
    visit(*domain);
    slot.unpin(*engine.env, engine.drained, atomic_context);
  }
}

// Visits the children of a domain, which is pinned, and so are they. Most have none: to find that in the table would
// take two locked accesses for each open domain, in lines that the workers change.
template <typename Visit>
void for_each_child(sched::Domain& domain, Visit visit) {
  if (domain.childless()) return;
  for_each_domain(*domain.pool, false, [&](sched::Domain& child) {
    if (child.parent == &domain) visit(child);
  });
}

// Calls visit(domain) for the domain, which is pinned, and then for those below it. The first nonzero result; the
// others are visited all the same.
template <typename Visit>
int for_family(sched::Domain& domain, Visit visit) {
  int status = visit(domain);
  for_each_child(domain, [&](sched::Domain& child) {
    const int result = for_family(child, visit);
    if (status == 0) status = result;
  });
  return status;
}

}  // namespace memmap::pages
