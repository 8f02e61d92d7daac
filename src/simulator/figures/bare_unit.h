// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What no first fault can be faster than: writing a unit's records, now and then, with nothing to find out before.
#ifndef MEMMAP_SIMULATOR_FIGURES_BARE_UNIT_H
#define MEMMAP_SIMULATOR_FIGURES_BARE_UNIT_H

#include <optional>

#include "host/splitmix.h"
#include "memmap/memmap.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

// Writes a ready unit of the device once more, as it is, with a kernel's stores: nanoseconds. Drawn from `random`;
// nothing where some tries found none. The device may be in the middle of its initialisation.
std::optional<double> write_bare_unit(const memmap_pool* pool, const DeviceSpan& span, host::Splitmix& random);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_FIGURES_BARE_UNIT_H
