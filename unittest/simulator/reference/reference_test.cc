// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The reference against the words that Debian's kernel 6.1 writes, given here as plain numbers.
#include "simulator/reference/reference.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace memmap::simulator {
namespace {

using Words = std::array<uint64_t, 8>;
constexpr uint64_t kAddress = 0xFFFFEA0004000040;

Words words_of(const ExpectedPage& page) {
  const Record record = expected_record(page, kAddress);
  Words words;
  std::memcpy(words.data(), &record, sizeof(record));
  return words;
}

TEST(Reference, RamIsTheGoldenImage) {
  const uint64_t flags = (uint64_t{3} << 54) | (uint64_t{2} << 51) | (uint64_t{0x1FFFFF} << 30);
  const Words expected{flags, kAddress + 8, kAddress + 8, 0, 0, 0, 0x00000001FFFFFFFF, 0};
  EXPECT_EQ(words_of({Content::ram, 3, 2}), expected);
}

TEST(Reference, FreedRamDiffersInTheCountOnly) {
  Words expected = words_of({Content::ram, 3, 2});
  expected[6] = 0x00000000FFFFFFFF;
  EXPECT_EQ(words_of({Content::freed, 3, 2}), expected);
}

TEST(Reference, ReservedRamHasBit12) {
  Words expected = words_of({Content::ram, 1, 1});
  expected[0] |= 0x1000;
  EXPECT_EQ(words_of({Content::reserved, 1, 1}), expected);
}

TEST(Reference, DevicePointsAtItsPagemap) {
  // Node 5, zone 4, nobody's CPU, reserved.
  const Words expected{0x0167FFFFC0001000, 0xFFFF888012345600, 0, 0, 0, 0, 0x00000001FFFFFFFF, 0};
  EXPECT_EQ(words_of({Content::device, 5, 4, 0xFFFF888012345600}), expected);
}

TEST(Reference, HighestNodeAndZoneFillTheWord) {
  EXPECT_EQ(words_of({Content::ram, 1023, 7})[0], 0xFFFFFFFFC0000000);
  EXPECT_EQ(words_of({Content::ram, 0, 0})[0], 0x0007FFFFC0000000u);
}

TEST(Reference, UntouchedIsPoison) {
  for (const uint64_t word : words_of({})) EXPECT_EQ(word, kPoisonWord);
}

TEST(Reference, EveryBitOfARecordCounts) {
  const Record expected = expected_record({Content::device, 5, 4, 0xFFFF888012345600}, kAddress);
  EXPECT_FALSE(difference(expected, expected, Phase::written));
  for (size_t bit = 0; bit < 512; ++bit) {
    unsigned char bytes[64];
    std::memcpy(bytes, &expected, 64);
    bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] ^ 1u << bit % 8);
    Record found;
    std::memcpy(&found, bytes, 64);
    EXPECT_TRUE(difference(found, expected, Phase::written)) << "bit " << bit;
  }
}

TEST(Reference, NamesTheFirstFieldThatDiffers) {
  const Record expected = expected_record({Content::ram, 0, 2}, kAddress);
  Record found = expected;
  found.refcount = 2;
  found.memcg_data = 7;
  const auto wrong = difference(found, expected, Phase::written);
  ASSERT_TRUE(wrong);
  EXPECT_STREQ(wrong->field, "_refcount");
  EXPECT_EQ(wrong->found, 2u);
  EXPECT_EQ(wrong->expected, 1u);
}

// Once handed over, the free list's own fields may differ, in the ways in which a free list changes them.
class HandedOver : public testing::Test {
 protected:
  std::optional<Difference> wrong(Phase phase = Phase::handed_over) { return difference(found, expected, phase); }

  const Record expected = expected_record({Content::freed, 0, 2}, kAddress);
  Record found = expected;
};

TEST_F(HandedOver, AcceptsTheHeadOfAFreeBlock) {
  found.page_type = 0xFFFFFF7F;
  found.private_ = 10;
  found.lru = {0xFFFFEA0000000008, 0xFFFFEA0000010008};
  EXPECT_FALSE(wrong());
  EXPECT_TRUE(wrong(Phase::written));
}

TEST_F(HandedOver, AcceptsWhatAListHasDropped) {
  found.lru = {0xDEAD000000000100, 0xDEAD000000000122};
  EXPECT_FALSE(wrong());
  EXPECT_TRUE(wrong(Phase::written));
}

TEST_F(HandedOver, RefusesListFieldsWithoutAList) {
  found.private_ = 10;
  ASSERT_TRUE(wrong());
  EXPECT_STREQ(wrong()->field, "private");
}

TEST_F(HandedOver, RefusesAnOrderThatDoesNotExist) {
  found.page_type = 0xFFFFFF7F;
  found.private_ = 11;
  EXPECT_TRUE(wrong());
}

TEST_F(HandedOver, RefusesAHeadThatIsInUse) {
  found.page_type = 0xFFFFFF7F;
  found.refcount = 1;
  ASSERT_TRUE(wrong());
  EXPECT_STREQ(wrong()->field, "_refcount");
}

}  // namespace
}  // namespace memmap::simulator
