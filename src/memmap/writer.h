// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The writer: stores images. Streaming (x86-64): non-temporal stores, which do not read the line first and leave the
// caches alone. They are weakly ordered: nothing may be published before writer_fence(). Elsewhere, and under
// sanitizers, which do not see such stores, plain ones.
#pragma once

#include "memmap/image.h"

namespace memmap::pages {

enum class Stores : uint8_t {
  kPlain,
  kStreaming,        // 16 bytes at a time, if this was compiled with vector registers and the records are so aligned
  kNarrowStreaming,  // 8 bytes at a time, as in a kernel, where vector registers are the user's
};

// Writes nr records from `records` (8-byte aligned) on.
void write_records(void* records, uint64_t nr, const Image& image, Stores stores);

// Orders streaming stores before all later stores of this thread.
void writer_fence();

// False: this build has plain stores only.
bool writer_can_stream();

}  // namespace memmap::pages
