// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Who walks pfns in atomic context while records are written: /proc/kpageflags, compaction, memory failure, a crash
// dump. Such a walker tests READY and skips: it sees whole images only, and neither waits, nor helps, nor wakes
// anybody. Who must have a page waits for it: a fault by a flush of its range; a teardown by a cancel, after which
// nothing is ready.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>

#include "support/record_span.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::kBlock;
using support::kSection;
using support::kSubsection;
using support::RecordSpan;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr uint64_t kWalkedPages = 4 * kSection;

struct Walk {
  uint64_t ready = 0;    // pages that could be looked at
  uint64_t skipped = 0;  // pages that were not ready
  uint64_t wrong = 0;    // ready, but not the whole image
};

struct WalkerTest : testing::Test {
  // Every step-th page of the pool, as a crash dump would, whatever it belongs to.
  Walk walk(RecordSpan& span, uint64_t step) {
    const uint64_t entered = env.parks + env.unparks + env.wakes_later + env.yields + env.spent_pages;
    Walk found;
    for (uint64_t pfn = 0; pfn < kWalkedPages; pfn += step) {
      if (!memmap_ready(pool.get(), pfn)) {
        ++found.skipped;
        continue;
      }
      ++found.ready;
      const bool ours = pfn - span.request.start_pfn < span.request.nr_pages;
      found.wrong += !ours || span.memory.nr_wrong(pfn, 1, span.expected(pfn)) != 0;
    }
    EXPECT_EQ(env.parks + env.unparks + env.wakes_later + env.yields + env.spent_pages, entered) << "a walk only reads";
    return found;
  }

  TestEnv env;
  TestTopology topology{2, 1, 2};
  TestPool pool{env, topology, 0, kWalkedPages};
};

TEST_F(WalkerTest, SeesWholeImagesAtEveryStepOfAHotAdd) {
  RecordSpan span(MEMMAP_DEVICE, kSubsection, 3 * kSection);
  TestDomain domain(pool);
  EXPECT_EQ(walk(span, 1).ready, 0u) << "nothing was added";
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  std::mt19937_64 random(7);
  uint64_t before = 0, steps = 0;
  while (pool.step(uint32_t(random() % 4))) {
    const Walk found = walk(span, 61);
    EXPECT_EQ(found.wrong, 0u);
    EXPECT_GT(found.ready, before) << "each step makes more of it ready";
    before = found.ready;
    ++steps;
  }
  pool.run_all();  // the others leave
  EXPECT_GT(steps, 3u);
  const Walk found = walk(span, 1);
  EXPECT_EQ(found.ready, 3 * kSection);
  EXPECT_EQ(found.skipped, kWalkedPages - 3 * kSection);
  EXPECT_EQ(found.wrong, 0u);
}

// Two blocks are reserved as a whole: they have a request of their own, which is over, and stay ready.
TEST_F(WalkerTest, SeesWholeImagesBetweenReservedPagesAtBoot) {
  RecordSpan span(MEMMAP_BOOT, 0, 2 * kSection, {{0, 700}, {701, kSection - 701}, {kSection + 3000, kSection - 3000}});
  support::Span reserved(MEMMAP_RESERVED, kSection, 2 * kBlock);
  TestDomain before(pool), domain(pool);
  ASSERT_EQ(before.submit(reserved.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_domain_close(&before.d), MEMMAP_OK);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_TRUE(memmap_ready(pool.get(), kSection + kBlock));
  uint64_t seen = 0;
  while (memmap_grow(pool.get(), 0, 2 * kBlock, &seen)) {
    EXPECT_EQ(walk(span, 1).wrong, 0u);
    pool.step(1);
    EXPECT_EQ(walk(span, 13).wrong, 0u);
  }
  EXPECT_EQ(walk(span, 1).ready, 2 * kSection);
  pool.run_all();  // and the worker leaves
}

// The page's unit, and no other: a walker behind it still skips.
TEST_F(WalkerTest, AFaultMakesItsPageReadyWhereTheWalkerSkips) {
  RecordSpan span(MEMMAP_DEVICE, 0, 2 * kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  const uint64_t pfn = kSection + 37 * kSubsection + 5;
  ASSERT_FALSE(memmap_ready(pool.get(), pfn));
  ASSERT_EQ(memmap_flush_range(&domain.d, pfn, 1), MEMMAP_OK);
  EXPECT_TRUE(memmap_ready(pool.get(), pfn));
  EXPECT_EQ(walk(span, 1).ready, kSubsection);
  pool.run_all();
}

// What an earlier life has left in a hole of the next one says nothing about that.
TEST_F(WalkerTest, AHoleInAddedMemoryIsNotReadyFromBefore) {
  support::Span before(MEMMAP_ADDED, 0, 2 * kBlock), after(MEMMAP_ADDED, 0, 2 * kBlock, {{0, 700}});
  TestDomain first(pool), second(pool);
  ASSERT_EQ(first.submit(before.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_domain_close(&first.d), MEMMAP_OK);
  ASSERT_TRUE(memmap_ready(pool.get(), kBlock + 5));
  ASSERT_EQ(second.submit(after.prepare()), MEMMAP_OK);
  EXPECT_FALSE(memmap_ready(pool.get(), kBlock + 5));
  ASSERT_EQ(memmap_flush(&second.d), MEMMAP_OK);
  EXPECT_FALSE(memmap_ready(pool.get(), kBlock + 5));
  EXPECT_TRUE(memmap_ready(pool.get(), 5));
}

// Its memory may be given back: nothing of it is ready, so no walker touches it, and a second life starts from nothing.
TEST_F(WalkerTest, AfterATeardownThereIsNothingToSee) {
  for (int life = 0; life < 2; ++life) {
    RecordSpan span(MEMMAP_DEVICE, kSection, 2 * kSection);
    TestDomain domain(pool);
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    pool.step(0);
    ASSERT_GT(walk(span, 1).ready, 0u);
    ASSERT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
    EXPECT_EQ(walk(span, 1).ready, 0u);
    pool.run_all();
    ASSERT_EQ(memmap_domain_close(&domain.d), MEMMAP_CANCELLED);
  }
}

}  // namespace
}  // namespace memmap::pages
