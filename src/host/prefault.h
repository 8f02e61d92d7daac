// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the range jobs of memmap/prefault.h run: hooks whose numbers are addresses of this process.
#ifndef MEMMAP_HOST_PREFAULT_H
#define MEMMAP_HOST_PREFAULT_H

#include <cstdint>

namespace memmap::host {

// Does this kernel know MADV_POPULATE_WRITE?
bool can_populate();

// Both make the pages of [address, address + nr_bytes) present and writable, and return 0 or a negative errno.
// populate: one system call. touch: one a page, for kernels without; an atomic addition of 0 that the kernel makes for
// us (FUTEX_WAKE_OP), so that nobody's store gets lost and a page that cannot be had is an error and not a signal.
int populate(void* context, uint64_t address, uint64_t nr_bytes);
int touch(void* context, uint64_t address, uint64_t nr_bytes);

int zero(void* context, uint64_t address, uint64_t nr_bytes);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_PREFAULT_H
