// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/pageblocks.h"

#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kBits = 4;
constexpr uint64_t kBlocksPerWord = 64 / kBits;
constexpr uint64_t kTypeMask = 7;  // the fourth bit is compaction's
constexpr uint64_t kPagesPerWord = kBlocksPerWord * kPageblockPages;

uint64_t shift_of(uint64_t pfn) { return pfn / kPageblockPages % kBlocksPerWord * kBits; }

}  // namespace

Pageblocks::Pageblocks(uint64_t start_pfn, uint64_t nr_pages)
    : start_pfn_(round_down(start_pfn, kPagesPerWord)),
      words_(std::make_unique<std::atomic<uint64_t>[]>(divide_up(start_pfn + nr_pages - start_pfn_, kPagesPerWord))) {}

void Pageblocks::set(uint64_t pfn, Migratetype type) {
  std::atomic<uint64_t>& word = words_[(pfn - start_pfn_) / kPagesPerWord];
  const uint64_t shift = shift_of(pfn);
  uint64_t old = word.load(std::memory_order_relaxed);
  uint64_t changed;
  do {
    changed = (old & ~(kTypeMask << shift)) | uint64_t(type) << shift;
  } while (!word.compare_exchange_weak(old, changed, std::memory_order_relaxed));
}

Migratetype Pageblocks::get(uint64_t pfn) const {
  const uint64_t word = words_[(pfn - start_pfn_) / kPagesPerWord].load(std::memory_order_relaxed);
  return Migratetype(word >> shift_of(pfn) & kTypeMask);
}

void Pageblocks::set_range(uint64_t pfn, uint64_t nr_pages, Migratetype type) {
  const uint64_t end = pfn + nr_pages;
  for (uint64_t block = round_up(pfn, kPageblockPages); block < end; block += kPageblockPages) set(block, type);
}

}  // namespace memmap::simulator
