// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Domains below domains: who may be opened, what a flush and a cancel of the parent include, who may wait for whom.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "memmap/range.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Call;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

memmap_domain_options below(TestDomain& parent) {
  memmap_domain_options options{};
  options.parent = &parent.d;
  return options;
}

struct FamilyTest : testing::Test {
  TestEnv env;
  TestTopology topology{1, 1, 1};
  TestPool pool{env, topology, 0, 64 * kSection};
};

TEST_F(FamilyTest, AnOpenChildForbidsItsParentsClose) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain parent(pool);
  {
    const TestDomain child(pool, below(parent));
    ASSERT_EQ(child.status, MEMMAP_OK);
    EXPECT_EQ(memmap_domain_close(&parent.d), MEMMAP_BUSY);
    // A refused close changes nothing: the parent still takes requests.
    EXPECT_EQ(parent.submit(span.prepare()), MEMMAP_OK);
    EXPECT_EQ(memmap_flush(&parent.d), MEMMAP_OK);
    EXPECT_EQ(memmap_cancel(&parent.d), MEMMAP_OK);
    EXPECT_EQ(memmap_domain_close(&parent.d), MEMMAP_BUSY);
  }
  EXPECT_EQ(memmap_domain_close(&parent.d), MEMMAP_CANCELLED);
}

TEST_F(FamilyTest, AFlushIncludesWhatIsBelow) {
  Span own(MEMMAP_DEVICE, 0, kSection), its(MEMMAP_DEVICE, kSection, kSection),
      others(MEMMAP_DEVICE, 4 * kSection, kSection);
  TestDomain parent(pool);
  TestDomain child(pool, below(parent)), stranger(pool);
  TestDomain grandchild(pool, below(child));
  ASSERT_EQ(parent.submit(own.prepare()), MEMMAP_OK);
  ASSERT_EQ(grandchild.submit(its.prepare()), MEMMAP_OK);
  ASSERT_EQ(stranger.submit(others.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush_range(&parent.d, kSection + 5, 1), MEMMAP_OK);
  EXPECT_EQ(its.pages(Call::write), 512u) << "a fault in the child's page, through the parent";
  EXPECT_EQ(memmap_flush_range(&parent.d, 4 * kSection, 1), MEMMAP_OUTSIDE);
  EXPECT_EQ(memmap_flush(&parent.d), MEMMAP_OK);
  EXPECT_EQ(own.pages(Call::write) + its.pages(Call::write), 2 * kSection);
  EXPECT_EQ(others.pages(Call::write), 0u);
  EXPECT_EQ(parent.progress().total_pages, kSection) << "progress is each one's own";
}

TEST_F(FamilyTest, AChildsErrorIsTheParentsFlushsButDoesNotEndIt) {
  Span own(MEMMAP_DEVICE, 0, kSection), its(MEMMAP_DEVICE, kSection, kSection);
  its.on_call = [](const Call& call) { return call.hook == Call::write ? -5 : 0; };
  TestDomain parent(pool);
  TestDomain child(pool, below(parent));
  ASSERT_EQ(child.submit(its.prepare()), MEMMAP_OK);
  ASSERT_EQ(parent.submit(own.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&parent.d), -5);
  EXPECT_EQ(own.pages(Call::write), kSection);
  EXPECT_EQ(memmap_domain_close(&child.d), -5);
  EXPECT_EQ(memmap_flush(&parent.d), MEMMAP_OK);
}

// A hook may return what a call of its own has returned.
TEST_F(FamilyTest, AnErrorThatReadsAsOutsideIsAnError) {
  Span own(MEMMAP_DEVICE, 0, kSection), its(MEMMAP_DEVICE, kSection, kSection);
  own.on_call = [](const Call& call) { return call.hook == Call::write ? int{MEMMAP_OUTSIDE} : 0; };
  TestDomain parent(pool);
  TestDomain child(pool, below(parent));
  ASSERT_EQ(child.submit(its.prepare()), MEMMAP_OK);
  ASSERT_EQ(parent.submit(own.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush_range(&parent.d, kSection - 1, 2), MEMMAP_OUTSIDE);
  EXPECT_EQ(its.pages(Call::write), 512u);
  EXPECT_EQ(memmap_flush_range(&parent.d, kSection, 1), MEMMAP_OK) << "no page of the one that failed";
}

TEST_F(FamilyTest, ACancelGoesDownAndNotUp) {
  Span own(MEMMAP_DEVICE, 0, kSection), its(MEMMAP_DEVICE, kSection, kSection),
      late(MEMMAP_DEVICE, 2 * kSection, kSection);
  TestDomain grandparent(pool);
  TestDomain parent(pool, below(grandparent));
  TestDomain child(pool, below(parent));
  ASSERT_EQ(grandparent.submit(own.prepare()), MEMMAP_OK);
  ASSERT_EQ(child.submit(its.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush_range(&child.d, kSection, 512), MEMMAP_OK);
  EXPECT_EQ(memmap_cancel(&parent.d), MEMMAP_OK);
  EXPECT_EQ(its.pages(Call::undo), 512u);
  EXPECT_FALSE(memmap_ready(pool.get(), kSection));
  EXPECT_EQ(child.submit(late.prepare()), MEMMAP_CANCELLED);
  EXPECT_EQ(TestDomain(pool, below(parent)).status, MEMMAP_CANCELLED);
  EXPECT_EQ(memmap_domain_close(&child.d), MEMMAP_CANCELLED);
  EXPECT_EQ(memmap_domain_close(&parent.d), MEMMAP_CANCELLED);
  EXPECT_EQ(memmap_flush(&grandparent.d), MEMMAP_OK);
  EXPECT_EQ(own.pages(Call::write), kSection);
}

// A child's pages may lie in what its parent's have made.
TEST_F(FamilyTest, AParentIsUndoneBehindItsChildren) {
  Span own(MEMMAP_DEVICE, 0, kSection), its(MEMMAP_DEVICE, kSection, kSection);
  std::vector<uint64_t> undone;
  const auto note = [&](const Call& call) {
    if (call.hook == Call::undo) undone.push_back(call.pfn);
    return call.hook == Call::undo && call.pfn == 0 ? 4 : 0;
  };
  own.on_call = its.on_call = note;
  TestDomain parent(pool);
  TestDomain child(pool, below(parent));
  ASSERT_EQ(parent.submit(own.prepare()), MEMMAP_OK);
  ASSERT_EQ(child.submit(its.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush_range(&parent.d, 0, 1), MEMMAP_OK);
  ASSERT_EQ(memmap_flush_range(&child.d, kSection, 1), MEMMAP_OK);
  EXPECT_EQ(memmap_cancel(&parent.d), 4);
  EXPECT_EQ(undone, (std::vector<uint64_t>{kSection, 0}));
}

TEST_F(FamilyTest, WhoMayNotBeAChild) {
  Span bad(MEMMAP_DEVICE, 0, kSection);
  TestDomain parent(pool), failed(pool);
  bad.on_call = [](const Call&) { return 7; };
  ASSERT_EQ(failed.submit(bad.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&failed.d), 7);
  EXPECT_EQ(TestDomain(pool, below(failed)).status, MEMMAP_FAILED);

  memmap_domain_options itself{};
  memmap_domain domain{};
  itself.parent = &domain;
  EXPECT_EQ(memmap_domain_open(&domain, pool.get(), &itself), MEMMAP_INVALID);
  EXPECT_EQ(memmap_domain_close(&domain), MEMMAP_CLOSED) << "what was not opened is closed";

  TestPool another(env, topology, 0, kSection);
  EXPECT_EQ(TestDomain(another, below(parent)).status, MEMMAP_INVALID) << "a parent of another pool";

  TestDomain closed(pool);
  ASSERT_EQ(memmap_domain_close(&closed.d), MEMMAP_OK);
  EXPECT_EQ(TestDomain(pool, below(closed)).status, MEMMAP_CLOSED);

  std::vector<std::unique_ptr<TestDomain>> chain;
  chain.push_back(std::make_unique<TestDomain>(pool));
  for (int depth = 1; depth <= 4; ++depth) {
    chain.push_back(std::make_unique<TestDomain>(pool, below(*chain.back())));
    ASSERT_EQ(chain.back()->status, MEMMAP_OK);
  }
  EXPECT_EQ(TestDomain(pool, below(*chain.back())).status, MEMMAP_INVALID) << "a fifth below";
  while (!chain.empty()) chain.pop_back();
}

TEST_F(FamilyTest, AFullTableHasNoRoomForAChild) {
  TestPool small(env, topology, 0, kSection, [](memmap_pool_config& config) { config.domain_slots = 1; });
  TestDomain parent(small);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(TestDomain(small, below(parent)).status, MEMMAP_BUSY);
  const TestDomain no_child(small);
  EXPECT_EQ(no_child.status, MEMMAP_OK) << "its callers work for it";
  EXPECT_EQ(memmap_domain_close(&parent.d), MEMMAP_OK) << "a refused child is not counted";
}

// From inside a hook one may wait for deeper domains only: for children, and for anybody else's.
TEST_F(FamilyTest, HooksMayWaitForDeeperDomainsOnly) {
  Span outer(MEMMAP_DEVICE, 0, 512), inner(MEMMAP_DEVICE, kSection, kSection);
  TestDomain parent(pool), other(pool);
  TestDomain others_child(pool, below(other));
  ASSERT_EQ(others_child.submit(inner.prepare()), MEMMAP_OK);
  int nr_calls = 0;
  outer.on_call = [&](const Call& call) {
    if (call.hook != Call::write) return 0;
    ++nr_calls;
    EXPECT_EQ(memmap_flush(&parent.d), MEMMAP_WOULD_DEADLOCK);
    EXPECT_EQ(memmap_flush(&other.d), MEMMAP_WOULD_DEADLOCK);
    EXPECT_EQ(memmap_cancel(&other.d), MEMMAP_WOULD_DEADLOCK);
    EXPECT_EQ(memmap_domain_close(&parent.d), MEMMAP_WOULD_DEADLOCK);
    EXPECT_EQ(memmap_flush_range(&others_child.d, kSection, 1), MEMMAP_OK);
    EXPECT_EQ(memmap_flush(&others_child.d), MEMMAP_OK);
    return 0;
  };
  ASSERT_EQ(parent.submit(outer.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&parent.d), MEMMAP_OK);
  EXPECT_EQ(nr_calls, 1);
  EXPECT_EQ(inner.pages(Call::write), kSection);
  EXPECT_EQ(env.self.depth, 0u);
}

// A hook spreads its unit's work over tasks of a child domain and joins them.
TEST_F(FamilyTest, AHookJoinsItsTasksByAChildDomain) {
  struct Join {
    TestPool& pool;
    TestDomain& parent;
    int nr_run = 0;
    static int count(void* self) { return ++static_cast<Join*>(self)->nr_run, 0; }
    static int spread(void* self, uint64_t, uint64_t) {
      Join& own = *static_cast<Join*>(self);
      std::vector<memmap_task> tasks(10);
      TestDomain child(own.pool, below(own.parent));
      EXPECT_EQ(child.status, MEMMAP_OK);
      for (memmap_task& task : tasks) {
        task.run = count;
        task.context = self;
        EXPECT_EQ(memmap_task_async(&task, &child.d), MEMMAP_OK);
      }
      const int before = own.nr_run;
      EXPECT_EQ(memmap_flush(&child.d), MEMMAP_OK);
      EXPECT_EQ(own.nr_run, before + 10);
      return memmap_domain_close(&child.d);
    }
  };
  Span storage_of(MEMMAP_DEVICE, 0, 512);
  TestDomain parent(pool);
  Join join{pool, parent};
  memmap_range range{};
  range.count = 4;
  range.run = Join::spread;
  range.context = &join;
  range.storage_bytes = memmap_range_bytes(&range);
  const support::Bytes storage(range.storage_bytes);
  range.storage = storage.at();
  ASSERT_EQ(memmap_range_async(&range, &parent.d), MEMMAP_OK);
  EXPECT_EQ(memmap_domain_close(&parent.d), MEMMAP_OK);
  EXPECT_EQ(join.nr_run, 40);
}

// Also while the flusher is at one child, the others are waited for.
TEST_F(FamilyTest, WhoIsAtOneChildWaitsForItsSiblings) {
  Span one(MEMMAP_DEVICE, 0, kSection), two(MEMMAP_DEVICE, kSection, kSection),
      other(MEMMAP_DEVICE, 4 * kSection, 4096);
  TestDomain parent(pool);
  memmap_domain_options options = below(parent);
  options.background = true;
  TestDomain left(pool, options), right(pool, options), foreground(pool);
  ASSERT_EQ(left.submit(one.prepare()), MEMMAP_OK);
  ASSERT_EQ(right.submit(two.prepare()), MEMMAP_OK);
  ASSERT_EQ(foreground.submit(other.prepare()), MEMMAP_OK);
  bool stepped = false;
  one.on_call = two.on_call = [&](const Call&) {
    // All but what the flusher has in its hands.
    if (!std::exchange(stepped, true)) {
      for (int grain = 0; grain < 15; ++grain) pool.step(0);
      EXPECT_EQ(other.pages(Call::write), 0u);
      EXPECT_EQ(one.pages(Call::write) + two.pages(Call::write), 2 * kSection - 7 * kSubsection);
    }
    return 0;
  };
  EXPECT_EQ(memmap_flush(&parent.d), MEMMAP_OK);
  pool.run_all();
}

// A child of a background domain is raised with its parent.
TEST_F(FamilyTest, WhoWaitsForAParentWaitsForItsChildren) {
  memmap_domain_options background{};
  background.background = true;
  Span first(MEMMAP_DEVICE, 0, kSection), its(MEMMAP_DEVICE, kSection, kSection / 4),
      other(MEMMAP_DEVICE, 4 * kSection, kSection);
  TestDomain parent(pool, background);
  memmap_domain_options child_options = below(parent);
  child_options.background = true;
  TestDomain child(pool, child_options), foreground(pool);
  ASSERT_EQ(child.submit(its.prepare()), MEMMAP_OK);
  ASSERT_EQ(parent.submit(first.prepare()), MEMMAP_OK);
  ASSERT_EQ(foreground.submit(other.prepare()), MEMMAP_OK);
  bool stepped = false;
  first.on_call = [&](const Call&) {
    // The flusher is inside of the parent; a worker that chooses now prefers the child to the foreground.
    if (!std::exchange(stepped, true)) {
      pool.step(0);
      EXPECT_EQ(its.pages(Call::write), 4096u) << "a whole grain, too: nobody need make way for others";
      EXPECT_EQ(other.pages(Call::write), 0u);
    }
    return 0;
  };
  EXPECT_EQ(memmap_flush(&parent.d), MEMMAP_OK);
  EXPECT_EQ(its.pages(Call::write), kSection / 4);
  pool.run_all();
}

}  // namespace
}  // namespace memmap::pages
