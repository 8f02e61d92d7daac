// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Cutting a span into stripes and leaving units out, over all small shapes.
#include "memmap/units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace memmap::pages {
namespace {

struct TestJob : sched::Job {
  TestJob(uint64_t units, uint32_t grain) : nr_words(units / kWordBits + 1) {
    grain_units = grain;
    claim = (claims = std::make_unique<Atomic<uint64_t>[]>(nr_words)).get();
    done = (dones = std::make_unique<Atomic<uint64_t>[]>(nr_words)).get();
    stripes = (parts = std::make_unique<sched::Stripe[]>(16)).get();
  }
  bool claimed(uint64_t unit) const { return claim[unit / kWordBits].load(relaxed) >> unit % kWordBits & 1; }
  bool is_done(uint64_t unit) const { return done[unit / kWordBits].load(relaxed) >> unit % kWordBits & 1; }

  uint64_t nr_words;
  std::unique_ptr<Atomic<uint64_t>[]> claims, dones;
  std::unique_ptr<sched::Stripe[]> parts;
};

constexpr uint16_t kHomes[] = {7, 3, 5, 1, 0, 2, 4, 6, 8, 9, 10, 11, 12, 13, 14, 15};

TEST(CutStripes, CoverTheSpanOnceWithBordersOnGrains) {
  for (uint64_t units = 1; units <= 300; units += units < 70 ? 1 : 13)
    for (uint32_t homes = 1; homes <= 16; ++homes)
      for (const uint32_t grain : {1u, 2u, 4u, 8u, 32u, 64u}) {
        SCOPED_TRACE(testing::Message() << units << " units, " << homes << " homes, grain " << grain);
        TestJob job(units, grain);
        cut_stripes(job, units, kHomes, homes, false);
        const uint64_t grains = (units + grain - 1) / grain;
        ASSERT_EQ(job.nr_stripes, std::min<uint64_t>(homes, grains)) << "no stripe without a grain";
        uint64_t at = 0, smallest = UINT64_MAX, largest = 0;
        for (uint32_t i = 0; i < job.nr_stripes; ++i) {
          const sched::Stripe& stripe = job.stripes[i];
          ASSERT_EQ(stripe.begin, at);
          ASSERT_GT(stripe.end, stripe.begin);
          ASSERT_EQ(stripe.begin % grain, 0u);
          ASSERT_EQ(stripe.home, kHomes[i]);
          ASSERT_EQ(stripe.cursor.load(relaxed), stripe.begin);
          ASSERT_EQ(stripe.left.load(relaxed), stripe.end - stripe.begin);
          at = stripe.end;
          const uint64_t its_grains = (stripe.end - stripe.begin + grain - 1) / grain;
          smallest = std::min(smallest, its_grains);
          largest = std::max(largest, its_grains);
        }
        ASSERT_EQ(at, units);
        ASSERT_LE(largest - smallest, 1u) << "even shares";
      }
}

TEST(CutStripes, WholeWordsAreOfOneStripe) {
  for (uint64_t units = 1; units <= 900; units += 29)
    for (uint32_t homes = 1; homes <= 16; ++homes) {
      SCOPED_TRACE(testing::Message() << units << " units, " << homes << " homes");
      TestJob job(units, 8);
      cut_stripes(job, units, kHomes, homes, true);
      ASSERT_EQ(job.nr_stripes, std::min<uint64_t>(homes, (units + kWordBits - 1) / kWordBits));
      uint64_t at = 0;
      for (uint32_t i = 0; i < job.nr_stripes; at = job.stripes[i++].end) {
        ASSERT_EQ(job.stripes[i].begin, at);
        ASSERT_EQ(at % kWordBits, 0u);
      }
      ASSERT_EQ(at, units);
    }
}

TEST(LeaveOut, IsClaimedDoneAndNotCounted) {
  constexpr uint64_t kUnits = 150;
  for (const uint32_t grain : {1u, 8u})
    for (uint64_t first = 0; first <= kUnits; first += 5)
      for (uint64_t last = first; last <= kUnits; last += 7) {
        SCOPED_TRACE(testing::Message() << "without [" << first << ", " << last << "), grain " << grain);
        TestJob job(kUnits, grain);
        cut_stripes(job, kUnits, kHomes, 3, false);
        leave_out(job, first, last);
        uint64_t left = 0;
        for (uint32_t i = 0; i < job.nr_stripes; ++i) {
          const sched::Stripe& stripe = job.stripes[i];
          uint64_t present = 0;
          for (uint64_t unit = stripe.begin; unit < stripe.end; ++unit) present += unit < first || unit >= last;
          ASSERT_EQ(stripe.left.load(relaxed), present);
          left += present;
          for (uint64_t unit = stripe.begin; unit < stripe.cursor.load(relaxed); ++unit)
            ASSERT_TRUE(job.claimed(unit)) << "the cursor passed a unit that exists";
        }
        ASSERT_EQ(left, kUnits - (last - first));
        for (uint64_t unit = 0; unit < job.nr_words * kWordBits; ++unit) {
          ASSERT_EQ(job.claimed(unit), unit >= first && unit < last) << unit;
          ASSERT_EQ(job.is_done(unit), unit >= first && unit < last) << unit;
        }
      }
}

TEST(LeaveOut, TheCursorNeedNotWalkOverALeadingHole) {
  TestJob job(1000, 8);
  cut_stripes(job, 1000, kHomes, 1, false);
  leave_out(job, 0, 501);
  EXPECT_EQ(job.stripes[0].cursor.load(relaxed), 496u);
  EXPECT_EQ(sched::take({&job, &job.stripes[0]}, 8).bits, bits_in_word(501 / 64, 501, 504));
}

TEST(LeaveOut, ACursorOverWordsStaysOnThem) {
  TestJob job(1000, 8);
  cut_stripes(job, 1000, kHomes, 1, true);
  leave_out(job, 0, 501);
  EXPECT_EQ(job.stripes[0].cursor.load(relaxed), 448u);
  EXPECT_EQ(sched::take({&job, &job.stripes[0]}, 8).bits, bits_in_word(501 / 64, 501, 509));
}

TEST(LeaveOut, SeveralHolesAddUp) {
  TestJob job(64, 8);
  cut_stripes(job, 64, kHomes, 2, false);
  leave_out(job, 0, 10);
  leave_out(job, 20, 40);
  leave_out(job, 63, 64);
  EXPECT_EQ(job.stripes[0].left.load(relaxed), 10u);
  EXPECT_EQ(job.stripes[1].left.load(relaxed), 23u);
}

TEST(Seal, CountsStripesWithWork) {
  TestJob job(64, 8);
  cut_stripes(job, 64, kHomes, 4, false);
  leave_out(job, 16, 32);
  seal(job);
  EXPECT_EQ(job.open.load(relaxed), 3u);
  EXPECT_EQ(job.stripes[1].unclaimed_hint(), 0u) << "nobody need look there";
  for (const uint32_t i : {0u, 2u, 3u}) EXPECT_NE(job.stripes[i].unclaimed_hint(), 0u);
}

TEST(ForEachRun, VisitsNeighboursTogetherAscendingAndOnce) {
  for (uint64_t pattern = 0; pattern < 1 << 12; ++pattern)
    for (const uint32_t at : {0u, 5u, 52u}) {
      const uint64_t bits = pattern << at;
      uint64_t seen = 0, last_end = 0;
      EXPECT_EQ(for_each_run(3, bits,
                             [&](uint64_t first, uint64_t last) {
                               EXPECT_LT(first, last);
                               EXPECT_TRUE(last_end == 0 || first > last_end) << "a gap between runs";
                               last_end = last;
                               seen |= bits_in_word(3, first, last);
                               return 0;
                             }),
                0);
      ASSERT_EQ(seen, bits);
    }
}

TEST(ForEachRun, AWholeWordIsOneRunAndTheFirstResultEndsIt) {
  int calls = 0;
  EXPECT_EQ(for_each_run(1, ~uint64_t{0},
                         [&](uint64_t first, uint64_t last) { return ++calls, int(first == 64 && last == 128) * 9; }),
            9);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(for_each_run(0, 0b10101, [&](uint64_t first, uint64_t) { return ++calls, first == 2 ? -3 : 0; }), -3);
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace memmap::pages
