// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Bits of a word, against loops that look at one bit at a time: all small cases, and all places in a word.
#include "base/bits.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace memmap {
namespace {

constexpr bool has(uint64_t word, uint32_t bit) { return (word >> bit & 1) != 0; }

// Words with every pattern of 10 neighbouring bits at every place, and their complements.
std::vector<uint64_t> patterns() {
  std::vector<uint64_t> all = {0, ~uint64_t{0}};
  for (uint32_t at = 0; at + 10 <= kWordBits; at += 3)
    for (uint64_t pattern = 1; pattern < 1 << 10; ++pattern) {
      all.push_back(pattern << at);
      all.push_back(~(pattern << at));
    }
  return all;
}

TEST(Bits, CountBitsIsTheNumberOfSetBits) {
  for (const uint64_t word : patterns()) {
    uint32_t set = 0;
    for (uint32_t bit = 0; bit < kWordBits; ++bit) set += has(word, bit);
    ASSERT_EQ(count_bits(word), set) << std::hex << word;
  }
}

TEST(Bits, LowBitsIsThatManyAndAtMostAWord) {
  for (uint32_t n = 0; n <= 70; ++n)
    for (uint32_t bit = 0; bit < kWordBits; ++bit) ASSERT_EQ(has(low_bits(n), bit), bit < n) << n;
  EXPECT_EQ(low_bits(UINT64_MAX), ~uint64_t{0});
}

TEST(Bits, BitsInWordIsTheCutOfARangeWithAWord) {
  for (uint64_t first = 0; first <= 200; ++first)
    for (uint64_t last = 0; last <= 200; ++last)
      for (uint64_t word = 0; word < 4; ++word) {
        uint64_t expected = 0;
        for (uint32_t bit = 0; bit < kWordBits; ++bit) {
          const uint64_t at = word * kWordBits + bit;
          if (at >= first && at < last) expected |= uint64_t{1} << bit;
        }
        ASSERT_EQ(bits_in_word(word, first, last), expected) << first << " " << last << " " << word;
      }
}

TEST(Bits, BitsInWordsFarOut) {
  constexpr uint64_t word = (uint64_t{1} << 52) / kWordBits;  // as many units as there are pfns, and more
  EXPECT_EQ(bits_in_word(word, 0, UINT64_MAX), ~uint64_t{0});
  EXPECT_EQ(bits_in_word(word, word * kWordBits + 63, UINT64_MAX), uint64_t{1} << 63);
  EXPECT_EQ(bits_in_word(word, 0, word * kWordBits + 1), 1u);
  EXPECT_EQ(bits_in_word(word, 0, word * kWordBits), 0u);
}

TEST(Bits, KeepFromLowestKeepsWhatIsNear) {
  for (const uint64_t word : patterns())
    for (uint32_t n : {0u, 1u, 2u, 3u, 5u, 8u, 9u, 10u, 11u, 32u, 53u, 54u, 63u, 64u}) {
      if (word == 0) continue;
      uint64_t expected = 0;
      uint32_t places = 0;
      for (uint32_t bit = 0; bit < kWordBits && places < n; ++bit) {
        if (has(word, bit)) expected |= uint64_t{1} << bit;
        places += expected != 0;
      }
      ASSERT_EQ(keep_from_lowest(word, n), expected) << std::hex << word << " " << n;
    }
}

TEST(Bits, LowestBitIsTheFirstThatIsSet) {
  for (const uint64_t word : patterns()) {
    uint32_t first = 0;
    while (first < kWordBits && !has(word, first)) ++first;
    if (word == 0) continue;
    ASSERT_EQ(lowest_bit(word), first) << std::hex << word;
  }
}

TEST(Bits, SmallerAndLarger) {
  EXPECT_EQ(smaller(2, 3), 2);
  EXPECT_EQ(smaller(3, 2), 2);
  EXPECT_EQ(larger<uint64_t>(2, UINT64_MAX), UINT64_MAX);
  EXPECT_EQ(larger(-1, 1), 1);
}

// They are used to lay out storage and masks at compile time too.
static_assert(count_bits(0xF0F0) == 8 && low_bits(64) == ~uint64_t{0} && keep_from_lowest(0b11010, 3) == 0b1010);

}  // namespace
}  // namespace memmap
