// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Domains: what is accepted when, what flush, cancel and close wait for, what becomes of errors. One thread; what other
// threads would do is done by hand, with claims that somebody else holds.
#include "sched/domain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "memmap/pool.h"
#include "sched/inside.h"
#include "support/test_pool.h"

namespace memmap::sched {
namespace {

using support::Call;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr uint64_t kUnits = kSection / kSubsection;  // of a section of a device

struct DomainTest : testing::Test {
  // A grain of the first job that somebody holds, and what becomes of it.
  Grain hold(TestDomain& domain, uint32_t units) {
    return take({inside(domain).newest(), &first_stripe(domain)}, units);
  }
  Stripe& first_stripe(TestDomain& domain) { return inside(domain).newest()->stripes[0]; }
  void release(TestDomain& domain, const Grain& grain) {
    Holding holding;
    Seat seat = {pool.get()->engine, env.self, holding, false};
    work_on(seat, inside(domain), grain);
  }

  TestEnv env;
  TestTopology topology{2, 1, 2};
  TestPool pool{env, topology, 0, 64 * kSection};
};

TEST_F(DomainTest, AnEmptyOneHasNothingToWaitFor) {
  TestDomain domain(pool);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  EXPECT_EQ(env.parks + env.unparks + env.yields, 0u);
}

TEST_F(DomainTest, FlushDoesAllOfItsOwnAndNothingOfOthers) {
  Span a(MEMMAP_DEVICE, 0, kSection), b(MEMMAP_DEVICE, kSection, kSection), c(MEMMAP_DEVICE, 2 * kSection, kSection);
  TestDomain mine(pool), other(pool);
  ASSERT_EQ(mine.submit(a.prepare()), MEMMAP_OK);
  ASSERT_EQ(other.submit(b.prepare()), MEMMAP_OK);
  ASSERT_EQ(mine.submit(c.prepare()), MEMMAP_OK);
  EXPECT_TRUE(a.calls.empty()) << "workers are there: nothing is done at submit";
  ASSERT_EQ(memmap_flush(&mine.d), MEMMAP_OK);
  EXPECT_EQ(a.pages(Call::write), kSection);
  EXPECT_EQ(c.pages(Call::write), kSection);
  EXPECT_TRUE(b.calls.empty());
  EXPECT_EQ(memmap_flush(&mine.d), MEMMAP_OK) << "again: nothing more to do";
  EXPECT_EQ(a.pages(Call::write), kSection);
  EXPECT_EQ(memmap_domain_close(&other.d), MEMMAP_OK);
  EXPECT_EQ(b.pages(Call::write), kSection) << "close flushes";
}

TEST_F(DomainTest, FlushParksForWhatOthersHoldAndIsWokenByIt) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  const Grain held = hold(domain, 8);
  uint32_t* parked_on = nullptr;
  env.on_park = [&](uint32_t* word) {
    parked_on = word;
    EXPECT_EQ(span.pages(Call::write), kSection - 8 * kSubsection) << "first it helps, then it waits";
    release(domain, held);
  };
  env.on_wake = [&](uint32_t* word) { EXPECT_EQ(word, parked_on); };
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_EQ(env.parks, 1u);
  EXPECT_EQ(env.unparks, 1u) << "nobody else was parked";
}

TEST_F(DomainTest, ARangeWaitsOnlyForItsUnits) {
  Span span(MEMMAP_DEVICE, 0, 4 * kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  const Grain held = hold(domain, 8);
  ASSERT_EQ(memmap_flush_range(&domain.d, 8 * kSubsection, 1), MEMMAP_OK);
  EXPECT_EQ(span.pages(Call::write), kSubsection) << "exactly the unit of that page";
  EXPECT_TRUE(span.called(Call::write, 8 * kSubsection));
  EXPECT_EQ(env.parks, 0u);
  env.on_park = [&](uint32_t*) { release(domain, held); };
  ASSERT_EQ(memmap_flush_range(&domain.d, 8 * kSubsection - 1, 2), MEMMAP_OK);
  EXPECT_EQ(env.parks, 1u);
  EXPECT_EQ(span.pages(Call::write), 9 * kSubsection);
}

TEST_F(DomainTest, ARangeOverStripesAndRequests) {
  topology = TestTopology(1, 4, 1);
  TestPool wide(env, topology, 0, 64 * kSection);
  Span a(MEMMAP_DEVICE, 0, 4 * kSection), b(MEMMAP_BOOT, 4 * kSection, 4 * kSection);
  TestDomain domain(wide);
  b.prepare();
  ASSERT_EQ(domain.submit(a.then(b).prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush_range(&domain.d, kSection / 2 + 1, 7 * kSection - 2), MEMMAP_OK);
  EXPECT_EQ(a.pages(Call::write), 4 * kSection - kSection / 2);
  EXPECT_EQ(b.pages(Call::write), 4 * kSection - kSection / 2);
  EXPECT_EQ(memmap_flush_range(&domain.d, 8 * kSection, 1), MEMMAP_OUTSIDE);
  memmap_cancel(&domain.d);
}

TEST_F(DomainTest, CancelDropsWhatNobodyHasAndWaitsForWhatSomebodyHolds) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush_range(&domain.d, 0, 1), MEMMAP_OK);
  const Grain held = sweep(*inside(domain).newest(), first_stripe(domain), 3);
  env.on_park = [&](uint32_t*) {
    EXPECT_FALSE(pool.step(0)) << "dropped: no work for anybody";
    release(domain, held);
  };
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_EQ(env.parks, 1u);
  EXPECT_EQ(span.pages(Call::write), 4 * kSubsection) << "what was held was still written, then nothing more";
  EXPECT_EQ(span.pages(Call::undo), 4 * kSubsection);
  const memmap_progress_counts counts = domain.progress();
  EXPECT_EQ(counts.total_pages, kSection);
  EXPECT_EQ(counts.done_pages, 4 * kSubsection);
  EXPECT_EQ(counts.dropped_pages, kSection - 4 * kSubsection);
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK) << "again";
  EXPECT_EQ(span.pages(Call::undo), 4 * kSubsection) << "but undo only once";
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_CANCELLED);
  EXPECT_EQ(memmap_flush_range(&domain.d, 0, 1), MEMMAP_CANCELLED);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_CANCELLED);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_CLOSED);
}

TEST_F(DomainTest, CancelWaitsForSubmitsThatAreCountedButNotYetPublished) {
  TestDomain domain(pool);
  inside(domain).state.fetch_add(Domain::kOneJob, seq_cst);
  env.on_yield = [&] {
    if (env.yields == 3) inside(domain).published.fetch_add(1, seq_cst);
  };
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_EQ(env.yields, 3u);
}

TEST_F(DomainTest, ARangeWaiterLeavesAtACancel) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  const Grain held = hold(domain, 1);
  env.on_park = [&](uint32_t*) {
    env.on_park = [&](uint32_t*) { release(domain, held); };  // of the cancel
    EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  };
  EXPECT_EQ(memmap_flush_range(&domain.d, 0, 1), MEMMAP_CANCELLED);
}

TEST_F(DomainTest, TheFirstErrorWinsAndEndsTheDomain) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  span.on_call = [](const Call& call) { return call.hook == Call::write && call.pfn >= 16 * kSubsection ? -5 : 0; };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  const Grain held = sweep(*inside(domain).newest(), first_stripe(domain), 1);
  span.on_call = [&, failing = span.on_call](const Call& call) { return call.pfn == 0 ? -6 : failing(call); };
  env.on_park = [&](uint32_t*) { release(domain, held); };
  EXPECT_EQ(memmap_flush(&domain.d), -5) << "not -6, which came later";
  EXPECT_EQ(domain.progress().done_pages, 15 * kSubsection);
  EXPECT_EQ(domain.progress().dropped_pages, kSection - 15 * kSubsection);
  EXPECT_EQ(memmap_flush_range(&domain.d, kSubsection, 1), MEMMAP_OK) << "these pages are done";
  EXPECT_EQ(memmap_flush_range(&domain.d, 0, 1), -5);
  Span late(MEMMAP_DEVICE, kSection, kSection);
  EXPECT_EQ(domain.submit(late.prepare()), MEMMAP_FAILED);
  EXPECT_EQ(memmap_domain_close(&domain.d), -5);
}

TEST_F(DomainTest, FailedAndCancelledAreBothRemembered) {
  Span span(MEMMAP_DEVICE, 0, kSection), late(MEMMAP_DEVICE, kSection, kSection);
  TestDomain domain(pool);
  span.on_call = [](const Call& call) { return call.hook == Call::undo ? 0 : 7; };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), 7);
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), 7) << "the cancel did not erase the failure";
  EXPECT_EQ(domain.submit(late.prepare()), MEMMAP_CANCELLED);
  EXPECT_EQ(memmap_domain_close(&domain.d), 7);
  EXPECT_TRUE(late.calls.empty());
}

TEST_F(DomainTest, AFailureEndsItsOwnEventOnly) {
  Span a(MEMMAP_DEVICE, 0, kSection), b(MEMMAP_DEVICE, kSection, kSection);
  TestDomain bad(pool), good(pool);
  a.on_call = [](const Call&) { return 1; };
  ASSERT_EQ(bad.submit(a.prepare()), MEMMAP_OK);
  ASSERT_EQ(good.submit(b.prepare()), MEMMAP_OK);
  pool.run_all();
  EXPECT_EQ(memmap_flush(&bad.d), 1);
  EXPECT_EQ(memmap_flush(&good.d), MEMMAP_OK);
  EXPECT_EQ(b.pages(Call::ready), kSection);
}

TEST_F(DomainTest, WhatAHookSubmitsDuringACloseBelongsToIt) {
  Span span(MEMMAP_DEVICE, 0, kSection), late(MEMMAP_DEVICE, kSection, kSection);
  TestDomain domain(pool);
  int accepted = MEMMAP_INVALID;
  late.prepare();
  span.on_call = [&](const Call&) {
    if (accepted != MEMMAP_OK) accepted = domain.submit(&late.request);
    return 0;
  };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  EXPECT_EQ(accepted, MEMMAP_OK);
  EXPECT_EQ(late.pages(Call::ready), kSection);
}

TEST_F(DomainTest, NothingIsAcceptedWhileItCloses) {
  Span late(MEMMAP_DEVICE, kSection, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(begin_close(inside(domain)), MEMMAP_OK);
  EXPECT_EQ(domain.submit(late.prepare()), MEMMAP_CLOSED);
  EXPECT_TRUE(late.storage.all(0)) << "a refused submit leaves storage zeroed";
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_CLOSED);
  inside(domain).slot->close(env.env, pool.get()->engine.drained, 0, [] {});
  end_close(inside(domain));
}

TEST_F(DomainTest, CloseWaitsForWhoIsInside) {
  TestDomain domain(pool);
  ASSERT_NE(inside(domain).slot->pin(inside(domain).generation), nullptr);
  env.on_park = [&](uint32_t*) { inside(domain).slot->unpin(env.env, pool.get()->engine.drained, false); };
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  EXPECT_EQ(env.parks, 1u);
}

TEST_F(DomainTest, TheNextDomainInTheSameStorageAndSlotIsAnother) {
  TestDomain domain(pool);
  const Slot* const slot = inside(domain).slot;
  const uint32_t generation = inside(domain).generation;
  ASSERT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_CLOSED);
  ASSERT_EQ(memmap_domain_open(&domain.d, pool.get(), nullptr), MEMMAP_OK);
  EXPECT_EQ(inside(domain).slot, slot);
  EXPECT_NE(inside(domain).generation, generation);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
}

TEST_F(DomainTest, OneThatIsOpenIsNotOpenedAgain) {
  Span span(MEMMAP_DEVICE, 0, 4 * kSection);
  TestDomain domain(pool), other(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  const uint32_t generation = inside(domain).generation;
  EXPECT_EQ(memmap_domain_open(&domain.d, pool.get(), nullptr), MEMMAP_BUSY);
  memmap_domain_options options{};
  options.parent = &other.d;
  EXPECT_EQ(memmap_domain_open(&domain.d, pool.get(), &options), MEMMAP_BUSY);
  EXPECT_EQ(inside(domain).generation, generation);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK) << "it goes on as it was";
  EXPECT_EQ(span.pages(Call::write), 4 * kSection);
  EXPECT_EQ(memmap_domain_close(&other.d), MEMMAP_OK) << "and is nobody's child";
}

TEST_F(DomainTest, TheTableFullMeansThatTheCallerDoesIt) {
  TestPool small(env, topology, 0, 8 * kSection, [](memmap_pool_config& config) { config.domain_slots = 1; });
  Span span(MEMMAP_DEVICE, 0, 4 * kSection);
  TestDomain seen(small), unseen(small);
  ASSERT_EQ(unseen.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(span.pages(Call::ready), 4 * kSection);
  EXPECT_EQ(memmap_flush(&unseen.d), MEMMAP_OK);
  EXPECT_EQ(memmap_domain_close(&unseen.d), MEMMAP_OK);
  EXPECT_EQ(memmap_domain_close(&seen.d), MEMMAP_OK);
  ASSERT_EQ(memmap_domain_open(&unseen.d, small.get(), nullptr), MEMMAP_OK);
  EXPECT_EQ(inside(unseen).slot_index, 0u) << "the slot is free again";
}

TEST_F(DomainTest, WhoeverDrainsADomainWithoutSlotTouchesItNoMore) {
  TestPool small(env, topology, 0, 8 * kSection, [](memmap_pool_config& config) { config.domain_slots = 1; });
  TestDomain seen(small), unseen(small);
  ASSERT_NE(inside(unseen).slot->pin(inside(unseen).generation), nullptr);
  env.on_wake = [&](uint32_t* word) {
    const char* const at = reinterpret_cast<const char*>(word);
    const char* const begin = reinterpret_cast<const char*>(&unseen.d);
    EXPECT_TRUE(at < begin || at >= begin + sizeof(unseen.d)) << "its closer may have seen no pins and given it away";
  };
  env.on_park = [&](uint32_t*) { inside(unseen).slot->unpin(env.env, pool.get()->engine.drained, false); };
  EXPECT_EQ(memmap_domain_close(&unseen.d), MEMMAP_OK);
  EXPECT_EQ(env.parks, 1u);
}

TEST_F(DomainTest, TheNodesOfAnotherPoolAreLeftAlone) {
  TestPool other(env, topology, 0, 8 * kSection);
  Span a(MEMMAP_DEVICE, 0, kSection), b(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool), there(other);
  ASSERT_EQ(domain.submit(a.prepare()), MEMMAP_OK);
  ASSERT_EQ(there.submit(b.prepare()), MEMMAP_OK) << "the same pfns, of another pool";
  other.run_all();
  EXPECT_TRUE(a.calls.empty());
  EXPECT_EQ(b.pages(Call::ready), kSection);
}

// A hook that submits does the new request, not the rest of its own: or the stack would be as deep as there are units.
TEST_F(DomainTest, HooksThatSubmitNestOnlyAsDeepAsTheyNest) {
  TestTopology lonely(1, 1, 0);
  TestPool poor(env, lonely, 0, 128 * kSection);
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(poor);
  std::vector<Span*> children;
  int depth = 0, deepest = 0;
  span.on_call = [&](const Call& call) {
    if (call.hook != Call::ready) return 0;
    deepest = std::max(deepest, ++depth);
    children.push_back(new Span(MEMMAP_DEVICE, (1 + call.pfn / kSubsection) * kSection, kSubsection));
    EXPECT_EQ(domain.submit(children.back()->prepare()), MEMMAP_OK);
    EXPECT_EQ(children.back()->pages(Call::ready), kSubsection) << "no workers: done before the submit returns";
    --depth;
    return 0;
  };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(children.size(), kUnits);
  EXPECT_LE(deepest, 2);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  for (const Span* child : children) delete child;
}

// 16 TiB: a cancel that looked at each word once for each word would take minutes, and the test's time would be over.
TEST_F(DomainTest, CancelIsLinearInTheSpan) {
  TestTopology one(1, 1, 1);
  constexpr uint64_t kPages = uint64_t{1} << 32;
  TestPool large(env, one, 0, kPages);
  Span span(MEMMAP_DEVICE, 0, kPages);
  TestDomain domain(large);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_EQ(domain.progress().dropped_pages, kPages);
}

}  // namespace
}  // namespace memmap::sched
