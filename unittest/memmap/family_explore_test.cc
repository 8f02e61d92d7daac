// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Domains below domains, opened, flushed, cancelled and closed against each other: a child that opens beside a cancel
// of its parent is refused or cancelled; nobody closes under an open child; a parent's flush sees what its children
// did.
#include "memmap/small_pool.h"

namespace memmap::pages {
namespace {

using explore::expect;
using explore::Scenario;

class FamilyExplore : public explore::EachMemory {};

int open_below(SmallPool* pool, memmap_domain* child, memmap_domain* parent) {
  memmap_domain_options options{};
  options.parent = parent;
  return memmap_domain_open(child, pool->pool, &options);
}

// Whoever of the two is first, a child of a cancelled parent takes nothing: it was not opened, or is cancelled as well.
TEST_P(FamilyExplore, AChildOpensAgainstACancelOfItsParent) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotYet);
    memmap_domain* const parent = pool->open();
    auto* const child = scenario.make<memmap_domain>();
    auto* const opened = scenario.make<int>(MEMMAP_CLOSED);
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 1);
    scenario.spawn("opener", [=] { *opened = open_below(pool, child, parent); });
    scenario.spawn("canceller", [=] { expect(memmap_cancel(parent) == MEMMAP_OK, "cancelled"); });
    scenario.finally([=] {
      expect(*opened == MEMMAP_OK || *opened == MEMMAP_CANCELLED, "opened or refused");
      if (*opened != MEMMAP_OK) return;
      expect(memmap_init_async(&span->request, child) == MEMMAP_CANCELLED, "an opened child was found and cancelled");
      expect(memmap_domain_close(child) == MEMMAP_CANCELLED, "closed");
    });
  });
}

TEST_P(FamilyExplore, ACancelOfAGrandparentReachesAChildThatOpens) {
  explore_each({}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotYet, 3u);
    memmap_domain* const grandparent = pool->open();
    auto* const parent = scenario.make<memmap_domain>();
    expect(open_below(pool, parent, grandparent) == MEMMAP_OK, "opened");
    auto* const child = scenario.make<memmap_domain>();
    auto* const opened = scenario.make<int>(MEMMAP_CLOSED);
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 1);
    scenario.spawn("opener", [=] { *opened = open_below(pool, child, parent); });
    scenario.spawn("canceller", [=] { expect(memmap_cancel(grandparent) == MEMMAP_OK, "cancelled"); });
    scenario.finally([=] {
      if (*opened != MEMMAP_OK) return expect(*opened == MEMMAP_CANCELLED, "opened or refused");
      expect(memmap_init_async(&span->request, child) == MEMMAP_CANCELLED, "an opened child was found and cancelled");
    });
  });
}

TEST_P(FamilyExplore, AChildOpensAgainstItsParentsClose) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotYet);
    memmap_domain* const parent = pool->open();
    auto* const child = scenario.make<memmap_domain>();
    auto* const opened = scenario.make<int>(MEMMAP_INVALID);
    auto* const closed = scenario.make<int>(MEMMAP_INVALID);
    scenario.spawn("opener", [=] { *opened = open_below(pool, child, parent); });
    scenario.spawn("closer", [=] { *closed = memmap_domain_close(parent); });
    scenario.finally([=] {
      expect(*closed == (*opened == MEMMAP_OK ? MEMMAP_BUSY : MEMMAP_OK), "a child opens, or its parent closes");
      expect(*opened == MEMMAP_OK || *opened == MEMMAP_CLOSED, "opened or refused");
    });
  });
}

// Once the child's close has returned its parent may close and vanish: the child's closer must be done with it.
TEST_P(FamilyExplore, TheParentVanishesBehindItsLastChild) {
  explore_each({.interleaved = 3, .weak = 3}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotYet);
    memmap_domain* const parent = pool->open();
    auto* const child = scenario.make<memmap_domain>();
    expect(open_below(pool, child, parent) == MEMMAP_OK, "opened");
    auto* const used = scenario.make<uint32_t>();
    scenario.spawn("child's", [=] {
      explore::plain_write(used, "what the child's closer used");
      expect(memmap_domain_close(child) == MEMMAP_OK, "closed");
    });
    scenario.spawn("parent's", [=] {
      const int status = memmap_domain_close(parent);
      expect(status == MEMMAP_OK || status == MEMMAP_BUSY, "closed, or busy");
      if (status != MEMMAP_OK) return;
      explore::plain_write(used, "what the child's closer used");
      explore::give_up(parent, sizeof *parent);
    });
  });
}

// The flush of a parent returns when the child's unit is done, whoever does it, and though the child closes meanwhile.
TEST_P(FamilyExplore, AFlushOfTheParentAgainstTheChildsClose) {
  explore_each({}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotYet);
    memmap_domain* const parent = pool->open();
    auto* const child = scenario.make<memmap_domain>();
    expect(open_below(pool, child, parent) == MEMMAP_OK, "opened");
    SmallSpan* const span = pool->span(MEMMAP_DEVICE, 0, 1);
    expect(memmap_init_async(&span->request, child) == MEMMAP_OK, "accepted");
    scenario.spawn("flusher", [=] {
      expect(memmap_flush(parent) == MEMMAP_OK, "flushed");
      span->expect_usable(0);
    });
    scenario.spawn("closer", [=] {
      expect(memmap_domain_close(child) == MEMMAP_OK, "closed");
      explore::give_up(span->request.storage, span->request.storage_bytes);
      explore::give_up(child, sizeof *child);
    });
  });
}

// A child's work may stand on its parent's, so that what the parent undoes nobody below it still uses.
TEST_P(FamilyExplore, AParentIsUndoneBehindWhoWorksForItsChild) {
  struct Ground : SmallSpan {
    using SmallSpan::SmallSpan;
    const SmallSpan* above = nullptr;
  };
  explore_each({}, [](Scenario& scenario) {
    auto* const pool = scenario.make<SmallPool>(scenario, SmallPool::kNotYet);
    memmap_domain* const parent = pool->open();
    auto* const child = scenario.make<memmap_domain>();
    expect(open_below(pool, child, parent) == MEMMAP_OK, "opened");
    auto* const ground = scenario.make<Ground>(scenario, MEMMAP_DEVICE, 0u, 1u);
    ground->above = pool->span(MEMMAP_DEVICE, 1, 1);
    ground->request.hooks.undo = [](void* span, uint64_t, uint64_t) {
      explore::plain_write(static_cast<Ground*>(static_cast<SmallSpan*>(span))->above->written, "what stands on it");
      return 0;
    };
    expect(memmap_init_async(&ground->request, parent) == MEMMAP_OK, "accepted");
    expect(memmap_flush(parent) == MEMMAP_OK, "flushed");
    expect(memmap_init_async(&ground->above->request, child) == MEMMAP_OK, "accepted");
    scenario.spawn("flusher", [=] { memmap_flush(child); });
    scenario.spawn("canceller", [=] { expect(memmap_cancel(parent) == MEMMAP_OK, "cancelled"); });
  });
}

EACH_MEMORY(FamilyExplore);

}  // namespace
}  // namespace memmap::pages
