// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/reference/write_counter.h"

namespace memmap::simulator {

WriteCounter::WriteCounter(uint64_t start_pfn, uint64_t nr_pages, memmap_hook* inner, void* context)
    : start_pfn_(start_pfn),
      nr_pages_(nr_pages),
      inner_(inner),
      context_(context),
      writes_(std::make_unique<std::atomic<uint8_t>[]>(nr_pages)) {}

void WriteCounter::note(uint64_t pfn) {
  if (pfn - start_pfn_ >= nr_pages_) {
    beyond_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  std::atomic<uint8_t>& writes = writes_[pfn - start_pfn_];
  if (writes.fetch_add(1, std::memory_order_relaxed) == UINT8_MAX) writes.store(UINT8_MAX, std::memory_order_relaxed);
}

int WriteCounter::write(void* counter, uint64_t pfn, uint64_t nr_pages) {
  WriteCounter& self = *static_cast<WriteCounter*>(counter);
  for (uint64_t page = 0; page < nr_pages; ++page) self.note(pfn + page);
  return self.inner_ == nullptr ? 0 : self.inner_(self.context_, pfn, nr_pages);
}

WriteCounts WriteCounter::count(std::span<const memmap_piece> pieces) const {
  WriteCounts counts;
  counts.outside = beyond_.load(std::memory_order_relaxed);
  auto piece = pieces.begin();
  for (uint64_t page = 0; page < nr_pages_; ++page) {
    const uint64_t pfn = start_pfn_ + page;
    const uint8_t writes = writes_[page].load(std::memory_order_relaxed);
    while (piece != pieces.end() && pfn >= piece->pfn + piece->nr_pages) ++piece;
    const bool present = piece != pieces.end() && pfn >= piece->pfn;
    counts.once += present && writes == 1;
    counts.twice += present && writes > 1;
    counts.missed += present && writes == 0;
    counts.outside += !present && writes > 0;
  }
  return counts;
}

}  // namespace memmap::simulator
