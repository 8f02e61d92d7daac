// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What a test of the engine sees of a domain that the API made.
#ifndef MEMMAP_UNITTEST_SCHED_INSIDE_H
#define MEMMAP_UNITTEST_SCHED_INSIDE_H

#include "sched/domain.h"
#include "support/test_pool.h"

namespace memmap::sched {

inline Domain& inside(support::TestDomain& domain) { return *reinterpret_cast<Domain*>(domain.d.opaque); }

}  // namespace memmap::sched
#endif  // MEMMAP_UNITTEST_SCHED_INSIDE_H
