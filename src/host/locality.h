// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Locality: what follows from a topology's facts: where each CPU is at home, which CPUs form a locality group, which
// groups shall work on a node's memory. Pure functions; no hwloc.
#ifndef MEMMAP_HOST_LOCALITY_H
#define MEMMAP_HOST_LOCALITY_H

#include <cstdint>
#include <vector>

#include "host/topology.h"

namespace memmap::host {

inline constexpr uint32_t kGroupCpusMax = 64;        // a group's workers fit in one word
inline constexpr uint32_t kInitiatorGroupsMax = 16;  // for one node without CPUs: its link is the limit anyway

// Fills everything marked "derived" in `topology`.
void derive_locality(Topology& topology);

// Why a group works on a node's memory.
enum class Initiator { own, attached, attribute, nearest };

// The groups that work on memory of `nid`, best first, chosen among those that are `eligible` (one flag a group):
// the node's own; else those of the CPUs it is attached to; else those with the best memory attribute; else the nearest
// by distance. At most kInitiatorGroupsMax where not its own. Empty only if no group is eligible. `why` may be null.
std::vector<uint32_t> initiator_groups(const Topology& topology, uint32_t nid, const std::vector<bool>& eligible,
                                       Initiator* why = nullptr);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_LOCALITY_H
