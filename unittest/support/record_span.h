// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A span with records: poisoned, guards on both sides, compared field by field with what a serial writer that knows
// nothing of units, stripes and runs would have left.
#ifndef MEMMAP_UNITTEST_SUPPORT_RECORD_SPAN_H
#define MEMMAP_UNITTEST_SUPPORT_RECORD_SPAN_H

#include <cstdint>
#include <utility>
#include <vector>

#include "simulator/poisoned_memmap.h"
#include "support/test_pool.h"

namespace memmap::support {

class RecordSpan : public Span {
 public:
  RecordSpan(memmap_kind kind, uint64_t start_pfn, uint64_t nr_pages, std::vector<memmap_piece> present = {})
      : Span(kind, start_pfn, nr_pages, std::move(present)), memory(start_pfn, nr_pages) {
    request.hooks.write = nullptr;
    request.records = memory.memmap().first;
    request.pgmap = 0xFFFF'8880'1234'5678;
  }

  // What the record of the page must hold when everything is done.
  simulator::ExpectedPage expected(uint64_t pfn) const {
    using simulator::Content;
    if (!present(pfn)) return {};
    const uint64_t data_begin = request.start_pfn + request.altmap.reserve + request.altmap.free;
    const Content content = request.kind == MEMMAP_BOOT         ? Content::ram
                            : request.kind == MEMMAP_BOOT_FREED ? Content::freed
                            : pfn < data_begin                  ? Content::reserved
                                                                : Content::device;
    return {content, request.nid, request.zone, request.pgmap};
  }

  // Records of [begin, end) that are not as expected, where nobody has written yet if `untouched`.
  uint64_t nr_wrong(uint64_t begin, uint64_t end, bool untouched = false) {
    uint64_t wrong = 0;
    for (uint64_t pfn = begin; pfn < end; ++pfn)
      wrong += memory.nr_wrong(pfn, 1, untouched ? simulator::ExpectedPage{} : expected(pfn));
    return wrong;
  }
  // Of all, and of the guards.
  uint64_t nr_wrong() {
    return memory.nr_guards_written() + nr_wrong(request.start_pfn, request.start_pfn + request.nr_pages);
  }

  bool present(uint64_t pfn) const {
    if (pieces.empty()) return pfn >= request.start_pfn + request.altmap.reserve;
    for (const memmap_piece& piece : pieces)
      if (pfn - piece.pfn < piece.nr_pages) return true;
    return false;
  }

  simulator::PoisonedMemmap memory;
};

}  // namespace memmap::support
#endif  // MEMMAP_UNITTEST_SUPPORT_RECORD_SPAN_H
