// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Page geometry: the sizes that Linux has, rounding, and cutting ranges.
#include "memmap/geometry.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace memmap::pages {
namespace {

TEST(Geometry, SizesAreThoseOfX86) {
  constexpr uint64_t kPageBytes = 4096;
  EXPECT_EQ(kSectionPages * kPageBytes, uint64_t{128} << 20);
  EXPECT_EQ((uint64_t{1} << kSubsectionShift) * kPageBytes, uint64_t{2} << 20);
  EXPECT_EQ((uint64_t{1} << kMaxOrderBlockShift) * kPageBytes, uint64_t{4} << 20);
  EXPECT_EQ(kSectionPages * kRecordBytes, uint64_t{2} << 20) << "a section's memmap is a huge page";
  EXPECT_EQ((kPfnLimit - 1) * kPageBytes / kPageBytes, kPfnLimit - 1) << "addresses fit 64 bits";
  EXPECT_EQ(kPfnLimit * kRecordBytes / kRecordBytes, kPfnLimit) << "and sizes of memmaps";
}

TEST(Geometry, PowersOfTwo) {
  uint32_t powers = 0;
  for (uint64_t n = 0; n <= 1 << 12; ++n) powers += is_power_of_two(n);
  EXPECT_EQ(powers, 13u);
  EXPECT_FALSE(is_power_of_two(0));
  EXPECT_TRUE(is_power_of_two(uint64_t{1} << 63));
}

TEST(Geometry, Rounding) {
  for (uint64_t n = 0; n < 200; ++n)
    for (uint64_t power = 1; power <= 64; power *= 2) {
      EXPECT_EQ(align_down(n, power), n / power * power);
      EXPECT_EQ(align_up(n, power), (n + power - 1) / power * power);
      EXPECT_EQ(div_up(n, power), n / power + (n % power != 0));
    }
  EXPECT_EQ(align_down(kPfnLimit - 1, kSectionPages), kPfnLimit - kSectionPages);
  EXPECT_EQ(div_up(kPfnLimit, 3), kPfnLimit / 3 + 1);
}

TEST(Geometry, IntersectionAgainstPageByPage) {
  for (uint64_t a = 0; a < 7; ++a)
    for (uint64_t b = a; b < 8; ++b)
      for (uint64_t c = 0; c < 7; ++c)
        for (uint64_t d = c; d < 8; ++d) {
          const PageRange common = intersect({a, b}, {c, d});
          uint64_t pages = 0;
          for (uint64_t pfn = 0; pfn < 8; ++pfn) {
            const bool in_both = pfn >= a && pfn < b && pfn >= c && pfn < d;
            pages += in_both;
            EXPECT_EQ(in_both, pfn >= common.begin && pfn < common.end);
          }
          EXPECT_EQ(common.size(), pages);
          EXPECT_EQ(common.empty(), pages == 0);
        }
}

}  // namespace
}  // namespace memmap::pages
