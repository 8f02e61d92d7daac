// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/memmap.h"

extern "C" const char* memmap_status_text(int status) {
  switch (status) {
    case MEMMAP_OK:
      return "ok";
    case MEMMAP_INVALID:
      return "an argument is invalid";
    case MEMMAP_NO_NODE:
      return "the node is not in the pool's topology";
    case MEMMAP_STORAGE:
      return "the storage is missing, unaligned, too small, or used and not zeroed";
    case MEMMAP_OVERLAP:
      return "the span overlaps a request whose domain is not closed";
    case MEMMAP_OUTSIDE:
      return "the pages are outside the pool or the domain";
    case MEMMAP_FAILED:
      return "a hook of this domain has failed before";
    case MEMMAP_CANCELLED:
      return "the domain was cancelled";
    case MEMMAP_CLOSED:
      return "the domain is closed";
    case MEMMAP_WOULD_DEADLOCK:
      return "a blocking call from inside a hook";
    case MEMMAP_UNSUPPORTED:
      return "this version does not support that";
    case MEMMAP_BUSY:
      return "domains are still open, or this one is, or no slot for another is left";
    default:
      return "a hook's own error";
  }
}
