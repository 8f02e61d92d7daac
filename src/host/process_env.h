// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What environments of a Linux process have in common: futexes, the monotonic clock, a pause, a message and the end.
#ifndef MEMMAP_HOST_PROCESS_ENV_H
#define MEMMAP_HOST_PROCESS_ENV_H

#include "memmap/env.h"

namespace memmap::host {

// Complete but for `self`; `stalled` is left to the caller too. park blocks the calling thread.
memmap_env process_env(void* context);

// The same for an environment that parks in more than one way.
void park_thread(uint32_t* word, uint32_t value, uint64_t timeout_ns);
void unpark_threads(uint32_t* word);
uint64_t monotonic_ns();

}  // namespace memmap::host
#endif  // MEMMAP_HOST_PROCESS_ENV_H
