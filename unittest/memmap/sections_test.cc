// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Taken and ready: which bits turn, that overlap turns none, that neighbours are left alone.
#include "memmap/sections.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <set>
#include <vector>

namespace memmap::pages {
namespace {

constexpr uint64_t kSubsectionPages = uint64_t{1} << kSubsectionShift;
constexpr uint64_t kFirstPfn = 5 * kSectionPages;  // the table does not begin at 0

struct SectionsTest : testing::Test {
  static constexpr uint64_t kSections = 6;
  static constexpr PageRange kAll = {kFirstPfn, kFirstPfn + kSections* kSectionPages};

  std::vector<uint64_t> taken() const {
    std::vector<uint64_t> words;
    for (const SectionWords& section : words_) words.push_back(section.taken.load(relaxed));
    return words;
  }
  std::vector<uint64_t> ready() const {
    std::vector<uint64_t> words;
    for (const SectionWords& section : words_) words.push_back(section.ready.load(relaxed));
    return words;
  }

  SectionWords words_[kSections];
  Sections sections{words_, kAll};
};

TEST_F(SectionsTest, HoldsItsRangeOnly) {
  EXPECT_TRUE(sections.holds(kAll));
  EXPECT_FALSE(sections.holds({kAll.begin - 1, kAll.end}));
  EXPECT_FALSE(sections.holds({kAll.begin, kAll.end + 1}));
  EXPECT_FALSE(sections.holds({0, 1}));
}

TEST_F(SectionsTest, TakesWhatARangeTouches) {
  ASSERT_TRUE(sections.take({kFirstPfn + kSubsectionPages - 1, kFirstPfn + 3 * kSubsectionPages + 1}));
  EXPECT_EQ(taken(), (std::vector<uint64_t>{0b1111, 0, 0, 0, 0, 0}));
  ASSERT_TRUE(sections.take({kFirstPfn + 4 * kSubsectionPages, kFirstPfn + 4 * kSubsectionPages + 1}));
  EXPECT_EQ(taken()[0], 0b11111u);
  sections.give_back({kFirstPfn + kSubsectionPages - 1, kFirstPfn + 3 * kSubsectionPages + 1});
  EXPECT_EQ(taken()[0], 0b10000u);
}

TEST_F(SectionsTest, TakesOverSections) {
  ASSERT_TRUE(sections.take({kFirstPfn + kSectionPages - 1, kFirstPfn + 3 * kSectionPages + 1}));
  EXPECT_EQ(taken(), (std::vector<uint64_t>{uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{0}, 1, 0, 0}));
  ASSERT_FALSE(sections.take(kAll));
  EXPECT_EQ(taken(), (std::vector<uint64_t>{uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{0}, 1, 0, 0}));
}

TEST_F(SectionsTest, AnOverlapAnywhereTurnsNothing) {
  for (uint64_t at = 0; at < kSections * 64; at += 7) {
    const uint64_t pfn = kFirstPfn + at * kSubsectionPages + at % kSubsectionPages;
    ASSERT_TRUE(sections.take({pfn, pfn + 1}));
    const std::vector<uint64_t> before = taken();
    ASSERT_FALSE(sections.take(kAll)) << at;
    ASSERT_EQ(taken(), before) << at;
    sections.give_back({pfn, pfn + 1});
  }
  EXPECT_TRUE(sections.take(kAll)) << "all was given back";
}

TEST_F(SectionsTest, ReadyIsBySubsectionAndLeavesNeighboursAlone) {
  sections.set_ready({kFirstPfn + 2 * kSubsectionPages, kFirstPfn + 4 * kSubsectionPages});
  EXPECT_EQ(ready()[0], 0b1100u);
  EXPECT_FALSE(sections.ready(kFirstPfn + 2 * kSubsectionPages - 1));
  EXPECT_TRUE(sections.ready(kFirstPfn + 2 * kSubsectionPages));
  EXPECT_TRUE(sections.ready(kFirstPfn + 4 * kSubsectionPages - 1));
  EXPECT_FALSE(sections.ready(kFirstPfn + 4 * kSubsectionPages));
  sections.clear_ready({kFirstPfn + 3 * kSubsectionPages, kFirstPfn + 3 * kSubsectionPages + 1});
  EXPECT_EQ(ready()[0], 0b100u);
  EXPECT_EQ(taken(), std::vector<uint64_t>(kSections, 0)) << "taken is another matter";
}

TEST_F(SectionsTest, NothingIsReadyOutside) {
  sections.set_ready(kAll);
  EXPECT_TRUE(sections.ready(kAll.begin));
  EXPECT_TRUE(sections.ready(kAll.end - 1));
  EXPECT_FALSE(sections.ready(kAll.begin - 1));
  EXPECT_FALSE(sections.ready(kAll.end));
  EXPECT_FALSE(sections.ready(0));
  EXPECT_FALSE(sections.ready(UINT64_MAX));
  EXPECT_FALSE(Sections().ready(0));
}

TEST_F(SectionsTest, RandomAgainstASetOfSubsections) {
  std::minstd_rand random(11);
  const uint64_t nr_subsections = kSections * 64;
  std::set<uint64_t> taken_model, ready_model;
  std::vector<PageRange> owned;
  for (int round = 0; round < 5'000; ++round) {
    const uint64_t begin = kFirstPfn + random() % (kSections * kSectionPages);
    const uint64_t length = 1 + random() % (random() % 8 ? 3 * kSubsectionPages : 2 * kSectionPages);
    const PageRange range = {begin, std::min(begin + length, kAll.end)};
    std::set<uint64_t> touched;
    for (uint64_t s = (range.begin - kFirstPfn) / kSubsectionPages; s <= (range.end - 1 - kFirstPfn) / kSubsectionPages;
         ++s)
      touched.insert(s);
    switch (random() % 4) {
      case 0: {
        bool free = true;
        for (const uint64_t s : touched) free &= taken_model.count(s) == 0;
        ASSERT_EQ(sections.take(range), free);
        if (!free) break;
        taken_model.insert(touched.begin(), touched.end());
        owned.push_back(range);
        break;
      }
      case 1:
        if (owned.empty()) break;
        std::swap(owned[random() % owned.size()], owned.back());
        for (uint64_t s = (owned.back().begin - kFirstPfn) / kSubsectionPages;
             s <= (owned.back().end - 1 - kFirstPfn) / kSubsectionPages; ++s)
          taken_model.erase(s);
        sections.give_back(owned.back());
        owned.pop_back();
        break;
      case 2:
        sections.set_ready(range);
        ready_model.insert(touched.begin(), touched.end());
        break;
      default:
        sections.clear_ready(range);
        for (const uint64_t s : touched) ready_model.erase(s);
    }
    for (uint64_t s = 0; s < nr_subsections; s += 1 + random() % 5) {
      ASSERT_EQ(words_[s / 64].taken.load(relaxed) >> s % 64 & 1, taken_model.count(s));
      ASSERT_EQ(sections.ready(kFirstPfn + s * kSubsectionPages + random() % kSubsectionPages),
                ready_model.count(s) == 1);
    }
  }
}

TEST(Sections, AtTheEndOfAllPfns) {
  SectionWords word[1];
  Sections sections(word, {kPfnLimit - kSectionPages, kPfnLimit});
  EXPECT_TRUE(sections.take({kPfnLimit - 1, kPfnLimit}));
  EXPECT_EQ(word[0].taken.load(relaxed), uint64_t{1} << 63);
  sections.set_ready({kPfnLimit - 1, kPfnLimit});
  EXPECT_TRUE(sections.ready(kPfnLimit - 1));
  EXPECT_FALSE(sections.ready(kPfnLimit));
}

}  // namespace
}  // namespace memmap::pages
