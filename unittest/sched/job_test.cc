// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Jobs: each unit is had exactly once, whoever asks in whatever way; hints never hide work.
#include "sched/job.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace memmap::sched {
namespace {

// A job of `nr_units` units in at most `stripes_wanted` stripes with borders on grains; units [out_first, out_last) are
// left out.
struct TestJob : Job {
  TestJob(uint64_t nr_units, uint32_t stripes_wanted, uint32_t grain, uint64_t out_first = 0, uint64_t out_last = 0,
          bool by_words = false)
      : units(nr_units), claims(new Atomic<uint64_t>[nr_units / kWordBits + 1]), parts(new Stripe[stripes_wanted]) {
    claim = claims.get();
    stripes = parts.get();
    grain_units = grain;
    const uint64_t lot = by_words ? kWordBits : grain, lots = (units + lot - 1) / lot;
    nr_stripes = smaller(stripes_wanted, uint32_t(lots));  // none is empty
    for (uint32_t i = 0; i < nr_stripes; ++i) {
      stripes[i].begin = smaller(units, lots * i / nr_stripes * lot);
      stripes[i].end = smaller(units, lots * (i + 1) / nr_stripes * lot);
      stripes[i].whole_words = by_words;
      stripes[i].cursor.store(stripes[i].begin, relaxed);
    }
    for (uint64_t unit = out_first; unit < out_last; ++unit)
      claim[unit / kWordBits].fetch_or(uint64_t{1} << unit % kWordBits, relaxed);
    had.assign(units, 0);
    for (uint64_t unit = out_first; unit < out_last; ++unit) had[unit] = 1;
  }

  // Notes that somebody has the grain's units now; false: some were had before, or are not the stripe's.
  bool note(const Grain& grain) {
    for (uint64_t rest = grain.bits; rest != 0; rest &= rest - 1) {
      const uint64_t unit = grain.word * kWordBits + lowest_bit(rest);
      if (grain.job != this || unit < grain.stripe->begin || unit >= grain.stripe->end || had[unit]++ != 0)
        return false;
    }
    return true;
  }
  bool spent() const {
    for (uint32_t i = 0; i < nr_stripes; ++i)
      if (stripes[i].unclaimed_hint() != 0) return false;
    return true;
  }
  bool all_had() const {
    for (const uint8_t times : had)
      if (times != 1) return false;
    return true;
  }

  uint64_t units;
  std::unique_ptr<Atomic<uint64_t>[]> claims;
  std::unique_ptr<Stripe[]> parts;
  std::vector<uint8_t> had;
};

Grain take(Job& job, Stripe& stripe, uint32_t units) { return sched::take({&job, &stripe}, units); }

// Takes everything, with grains of 1 to grain_units units; ends when all stripes are spent.
void take_all(TestJob& job, std::minstd_rand& random, bool with_sweeps) {
  Grain last;
  while (!job.spent()) {
    Stripe& stripe = job.stripes[random() % job.nr_stripes];
    const uint32_t units = random() % 2 ? job.grain_units : 1;
    const bool hint_before = stripe.unclaimed_hint() != 0;
    if (last.stripe != &stripe || random() % 4 == 0) last = {&job, &stripe};
    const Grain grain = with_sweeps && random() % 3 == 0 ? sweep(job, stripe, units) : last = sched::take(last, units);
    ASSERT_LE(count_bits(grain.bits), units);
    ASSERT_TRUE(job.note(grain));
    ASSERT_TRUE(grain.bits == 0 || hint_before) << "the hint said that nothing was left";
  }
}

TEST(Job, EachUnitOnceOverAllSmallShapes) {
  std::minstd_rand random(1);
  for (const uint64_t units : {1u, 2u, 3u, 7u, 8u, 9u, 16u, 31u, 63u, 64u, 65u, 127u, 128u, 130u})
    for (uint32_t stripes = 1; stripes <= 5; ++stripes)
      for (const uint32_t grain : {1u, 2u, 8u, 64u})
        for (const bool by_words : {false, true}) {
          SCOPED_TRACE(testing::Message() << units << " units, " << stripes << " stripes, grain " << grain << by_words);
          TestJob job(units, stripes, grain, 0, 0, by_words);
          ASSERT_NO_FATAL_FAILURE(take_all(job, random, true));
          ASSERT_TRUE(job.all_had());
        }
}

TEST(Job, EachUnitOnceWhateverIsLeftOut) {
  std::minstd_rand random(2);
  for (uint64_t units = 1; units <= 18; ++units)
    for (uint64_t first = 0; first < units; ++first)
      for (uint64_t last = first; last <= units; ++last)
        for (const uint32_t grain : {1u, 4u}) {
          SCOPED_TRACE(testing::Message() << units << " without [" << first << ", " << last << "), grain " << grain);
          TestJob job(units, 2, grain, first, last);
          ASSERT_NO_FATAL_FAILURE(take_all(job, random, true));
          ASSERT_TRUE(job.all_had());
        }
}

TEST(Job, HolesAnywhereInManyWords) {
  std::minstd_rand random(3);
  for (int round = 0; round < 100; ++round) {
    TestJob job(1000, 1 + uint32_t(random() % 6), 1u << random() % 7, 0, 0, round % 2 != 0);
    for (int holes = 0; holes < 300; ++holes) {
      const uint64_t unit = random() % job.units;
      if (job.had[unit]) continue;
      job.had[unit] = 1;
      job.claim[unit / kWordBits].fetch_or(uint64_t{1} << unit % kWordBits, relaxed);
    }
    ASSERT_NO_FATAL_FAILURE(take_all(job, random, false));
    ASSERT_TRUE(job.all_had());
  }
}

TEST(Job, ClaimGivesOnlyWhatNobodyHad) {
  TestJob job(64, 1, 8);
  EXPECT_EQ(claim(job, job.stripes[0], 0, 0b0110).bits, 0b0110u);
  EXPECT_EQ(claim(job, job.stripes[0], 0, 0b1111).bits, 0b1001u);
  EXPECT_EQ(claim(job, job.stripes[0], 0, 0b1111).bits, 0u);
  EXPECT_EQ(job.claim[0].load(relaxed), 0b1111u);
}

TEST(Job, TakeFollowsTheCursorInGrains) {
  TestJob job(128, 1, 8);
  for (uint64_t i = 0; i < 16; ++i) {
    const Grain grain = take(job, job.stripes[0], 8);
    ASSERT_EQ(grain.word, i / 8);
    ASSERT_EQ(grain.bits, low_bits(8) << i % 8 * 8);
  }
  EXPECT_EQ(take(job, job.stripes[0], 8).bits, 0u);
  EXPECT_TRUE(job.spent());
}

TEST(Job, AWordIsOfOneWhoGoesOnInIt) {
  TestJob job(128, 1, 8, 0, 0, true);
  Stripe& stripe = job.stripes[0];
  Grain ours = take(job, stripe, 8), theirs = take(job, stripe, 8);
  ASSERT_EQ(claim(job, stripe, 0, low_bits(4) << 12).bits, low_bits(4) << 12);  // a fault
  for (const uint64_t bits : {low_bits(4) << 8, low_bits(8) << 16, low_bits(8) << 24}) {
    ours = sched::take(ours, 8), theirs = sched::take(theirs, 1);
    EXPECT_EQ(ours.word, 0u);
    EXPECT_EQ(ours.bits, bits);
    EXPECT_EQ(theirs.word, 1u);
  }
  EXPECT_EQ(theirs.bits, uint64_t{1} << 10);
  EXPECT_EQ(stripe.cursor.load(relaxed), 128u);
  EXPECT_NE(stripe.unclaimed_hint(), 0u);
  EXPECT_EQ(take(job, stripe, 8).bits, low_bits(8) << 32) << "what is left of it is anybody's";
}

TEST(Job, AGrainNeverCrossesAWordAndTheRestIsNotLost) {
  TestJob job(128, 1, 8);
  ASSERT_TRUE(job.note(take(job, job.stripes[0], 1)));  // from now on grains lie across the grid
  bool crossed = false;
  for (;;) {
    const Grain grain = take(job, job.stripes[0], 8);
    if (grain.bits == 0) break;
    crossed |= count_bits(grain.bits) == 7 && grain.word == 0;
    ASSERT_TRUE(job.note(grain));
  }
  EXPECT_TRUE(crossed) << "the case was not met";
  EXPECT_TRUE(job.all_had());
}

TEST(Job, SweepTakesTheLowestAndLeavesTheCursorAlone) {
  TestJob job(70, 1, 8);
  ASSERT_EQ(claim(job, job.stripes[0], 0, 0b1011).bits, 0b1011u);
  EXPECT_EQ(sweep(job, job.stripes[0], 3).bits, 0b10100u) << "the three places from the lowest";
  EXPECT_EQ(job.stripes[0].cursor.load(relaxed), 0u);
  while (sweep(job, job.stripes[0], kWordBits).bits != 0) {
  }
  EXPECT_EQ(job.claim[0].load(relaxed), ~uint64_t{0});
  EXPECT_EQ(job.claim[1].load(relaxed), low_bits(6)) << "units that do not exist";
  EXPECT_TRUE(job.spent());
}

TEST(Job, ASweepBeginsWhereTheLastOneEnded) {
  TestJob job(64 * 100, 1, 8);
  Stripe& stripe = job.stripes[0];
  ASSERT_EQ(sweep(job, stripe, kWordBits).word, 0u);
  ASSERT_EQ(claim(job, stripe, 1, ~uint64_t{0}).bits, ~uint64_t{0});
  EXPECT_EQ(sweep(job, stripe, 1).word, 2u);
  EXPECT_EQ(stripe.full.load(relaxed), 2u) << "the words before have nothing left";
  stripe.full.store(1, relaxed);  // by one who was slow
  EXPECT_EQ(sweep(job, stripe, 1).bits, 2u);
  EXPECT_EQ(stripe.full.load(relaxed), 2u);
}

TEST(Job, ASlowSweepNeitherHidesNorRepeatsAnything) {
  TestJob job(128, 1, 8);
  while (job.note(take(job, job.stripes[0], 8)) && !job.spent()) {
  }
  job.stripes[0].full.store(1, relaxed);
  EXPECT_NE(job.stripes[0].unclaimed_hint(), 0u) << "a hint to look";
  EXPECT_EQ(take(job, job.stripes[0], 8).bits, 0u);
  EXPECT_TRUE(job.spent());
  EXPECT_TRUE(job.all_had());
}

TEST(Job, TheCursorRunsAwayByAtMostALotOfEach) {
  for (const bool by_words : {false, true}) {
    TestJob job(100, 2, 8, 0, 0, by_words);
    for (int i = 0; i < 1000; ++i) {
      job.note(take(job, job.stripes[0], 8));
      job.note(take(job, job.stripes[1], 8));
    }
    EXPECT_LE(job.stripes[0].cursor.load(relaxed), job.stripes[0].end + (by_words ? 64 : 8));
    EXPECT_LE(job.stripes[1].cursor.load(relaxed), job.stripes[1].end + (by_words ? 64 : 8));
  }
}

TEST(Job, StripesThatShareAWordKeepToTheirOwn) {
  TestJob job(64, 4, 8);
  const Grain grain = sweep(job, job.stripes[2], kWordBits);
  EXPECT_EQ(grain.bits, low_bits(16) << 32);
  EXPECT_FALSE(job.spent());
  EXPECT_EQ(sweep(job, job.stripes[2], 1).bits, 0u);
  EXPECT_EQ(job.stripes[2].unclaimed_hint(), 0u);
  EXPECT_NE(job.stripes[1].unclaimed_hint(), 0u);
}

TEST(Job, TheHintIsOneWhileOnlyASweepCanTell) {
  TestJob job(16, 1, 8);
  job.stripes[0].cursor.store(16, relaxed);
  EXPECT_EQ(job.stripes[0].unclaimed_hint(), 1u);
  EXPECT_FALSE(job.spent());
}

TEST(Job, OverWhenNoStripeIsOpen) {
  TestJob job(16, 2, 8);
  job.open.store(2, relaxed);
  EXPECT_FALSE(job.over());
  job.open.store(0, relaxed);
  EXPECT_TRUE(job.over());
}

TEST(JobInTwoThreads, EachUnitOnce) {
  for (int round = 0; round < 50; ++round) {
    TestJob job(5000, 3, 8, 0, 0, round % 2 != 0);
    std::vector<Grain> grains[2];
    const auto work = [&](unsigned thread) {
      Grain last[3];
      for (unsigned i = thread; !job.spent(); ++i) {
        Grain& at = last[i % 3];
        if (!at.job) at = {&job, &job.stripes[i % 3]};
        at = sched::take(at, thread == 0 ? 8 : 1 + i % 8);
        if (at.bits != 0) grains[thread].push_back(at);
      }
    };
    std::thread other(work, 1u);
    work(0);
    other.join();
    for (const std::vector<Grain>& had : grains)
      for (const Grain& grain : had) ASSERT_TRUE(job.note(grain));
    ASSERT_TRUE(job.all_had());
    for (uint32_t i = 0; i < 3; ++i)
      ASSERT_LE(job.stripes[i].cursor.load(relaxed), job.stripes[i].end + (round % 2 != 0 ? 128 : 16));
  }
}

}  // namespace
}  // namespace memmap::sched
