// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Bits of a 64-bit word.
#pragma once

#include <bit>
#include <cstdint>

#include "base/atomic.h"

namespace memmap {

constexpr uint32_t kWordBits = 64;

// Set bits of a word. Not std::popcount: without -mpopcnt that is a call into libgcc, which a kernel does not have.
constexpr uint32_t count_bits(uint64_t word) {
  word -= (word >> 1) & 0x5555555555555555;
  word = (word & 0x3333333333333333) + ((word >> 2) & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F;
  return uint32_t((word * 0x0101010101010101) >> 56);
}

// Index of the lowest set bit; the word is not 0.
constexpr uint32_t lowest_bit(uint64_t word) { return uint32_t(std::countr_zero(word)); }

// Bits [0, n); n <= 64.
constexpr uint64_t low_bits(uint64_t n) { return n >= kWordBits ? ~uint64_t{0} : (uint64_t{1} << n) - 1; }

// The bits of [first, last) that fall into word number `word`.
constexpr uint64_t bits_in_word(uint64_t word, uint64_t first, uint64_t last) {
  const uint64_t base = word * kWordBits;
  if (last <= base || first >= base + kWordBits) return 0;
  const uint64_t from = first > base ? first - base : 0, behind = last - base < kWordBits ? last - base : kWordBits;
  return (~uint64_t{0} << from) & (~uint64_t{0} >> (kWordBits - behind));
}

// Of `bits`, which are not 0: those in the n places that begin with the lowest; n <= 64.
constexpr uint64_t keep_from_lowest(uint64_t bits, uint64_t n) { return bits & low_bits(n) << lowest_bit(bits); }

// Sets the lowest clear bit of the first n and returns its index; n where all are set.
template <typename T>
uint32_t take_bit(Atomic<T>& word, uint32_t n) {
  T seen = word.load(relaxed);
  while (const T free = T(~seen & low_bits(n)))
    // S7 with S8, W6: free
    if (word.compare_exchange(seen, T(seen | (free & -free)), acquire)) return lowest_bit(free);
  return n;
}

constexpr auto smaller(auto a, decltype(a) b) { return a < b ? a : b; }
constexpr auto larger(auto a, decltype(a) b) { return a > b ? a : b; }

}  // namespace memmap
