// SPDX-License-Identifier: GPL-2.0-only OR MIT
#ifndef MEMMAP_HOST_STALL_TEXT_H
#define MEMMAP_HOST_STALL_TEXT_H

#include <cstdint>
#include <functional>
#include <string>

#include "memmap/env.h"

namespace memmap::host {

// The line that a stall is reported by, without its end. `where` says of a worker what one needs to find it.
std::string stall_text(const memmap_stall& stall, uint32_t nr_workers,
                       const std::function<std::string(uint32_t worker)>& where);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_STALL_TEXT_H
