// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The writer: stores images. Streaming (x86-64): 8-byte non-temporal stores, which do not read the line first and
// leave the caches alone; as fast as 64-byte vector stores, and allowed in a kernel. They are weakly ordered: nothing
// may be published before writer_fence(). Elsewhere, and under sanitizers, which do not see such stores, plain ones.
#pragma once

#include "memmap/image.h"

namespace memmap::pages {

// Writes nr records from `records` (8-byte aligned) on.
void write_records(void* records, uint64_t nr, const Image& image, bool streaming);

// Orders streaming stores before all later stores of this thread.
void writer_fence();

// False: `streaming` is ignored in this build.
bool writer_can_stream();

}  // namespace memmap::pages
