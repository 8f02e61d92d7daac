// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Page geometry: of the section table, for all layouts; and of x86-64 with 4 KiB pages, as Linux 6.1 has it.
#pragma once

#include "base/bits.h"

namespace memmap::pages {

constexpr uint64_t kRecordBytes = 64;         // struct page
constexpr uint32_t kSubsectionShift = 9;      // 512 pages, 2 MiB: smallest part that is taken or ready
constexpr uint32_t kSectionShift = 15;        // 32,768 pages, 128 MiB
constexpr uint32_t kMaxOrderBlockShift = 10;  // 1,024 pages, 4 MiB: handed to the buddy as a whole
constexpr uint64_t kSectionPages = uint64_t{1} << kSectionShift;
constexpr uint64_t kPfnLimit = uint64_t{1} << 52;  // so that addresses and byte counts fit 64 bits

static_assert(kSectionShift - kSubsectionShift == 6, "a section's subsections fill one word");

constexpr bool is_power_of_two(uint64_t n) { return n != 0 && (n & (n - 1)) == 0; }
constexpr uint64_t div_up(uint64_t n, uint64_t by) { return (n + by - 1) / by; }
constexpr uint64_t align_down(uint64_t n, uint64_t power) { return n & ~(power - 1); }
constexpr uint64_t align_up(uint64_t n, uint64_t power) { return align_down(n + power - 1, power); }

struct PageRange {
  uint64_t begin;  // pfn
  uint64_t end;
  uint64_t size() const { return end - begin; }
  bool empty() const { return begin >= end; }
};

constexpr PageRange intersect(PageRange a, PageRange b) {
  const uint64_t begin = larger(a.begin, b.begin);
  return {begin, larger(begin, smaller(a.end, b.end))};
}

}  // namespace memmap::pages
