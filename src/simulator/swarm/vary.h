// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What a drawn case gets besides its events: images of other kernels, names, an environment with what it must have and
// no more, families that are too deep, calls that are wrong.
#ifndef MEMMAP_SIMULATOR_SWARM_VARY_H
#define MEMMAP_SIMULATOR_SWARM_VARY_H

#include "simulator/swarm/case.h"
#include "simulator/swarm/dice.h"

namespace memmap::swarm {

void vary(Case& c, Dice& dice);

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_VARY_H
