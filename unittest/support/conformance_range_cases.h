// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The cases of the conformance suite with range jobs, tasks and domains below domains: included by conformance_cases.h.
#pragma once

#include "support/conformance.h"

namespace memmap::conformance {

inline memmap_domain_options below(Event& parent) {
  memmap_domain_options options{};
  options.parent = &parent.domain;
  return options;
}

TEST_P(Conformance, EveryUnitOfARangeJobOnce) {
  CheckedRange job(100, 5000, 4);
  CheckedSpan span(MEMMAP_DEVICE, 0, 40 * 512);  // beside it, in the same domain
  run([&] {
    Event event(pool_);
    EXPECT_EQ(event.submit(job), MEMMAP_OK);
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    job.expect_done();
    span.expect_done();
    EXPECT_EQ(event.progress().done_pages, uint64_t{5000 + 40 * 512});
    EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_OK);
  });
}

TEST_P(Conformance, AUnitsErrorIsItsDomains) {
  CheckedRange failing(0, 400, 1), late(0, 2, 0), healthy(0, 400, 1);
  failing.on_run = [](uint64_t n) { return n == 120 ? 1234 : 0; };
  run({[&] {
         Event event(pool_);
         EXPECT_EQ(event.submit(failing), MEMMAP_OK);
         EXPECT_EQ(event.flush(), 1234);
         EXPECT_EQ(memmap_range_flush(&event.domain, &failing.range, 121, 1), 1234);
         EXPECT_EQ(event.submit(late), MEMMAP_FAILED);
         const memmap_progress_counts counts = event.progress();
         EXPECT_EQ(counts.done_pages, 2 * failing.done_units());
         EXPECT_EQ(counts.done_pages + counts.dropped_pages, counts.total_pages);
         EXPECT_GE(counts.dropped_pages, 2u);
         EXPECT_EQ(memmap_domain_close(&event.domain), 1234);
       },
       [&] {
         Event event(pool_);
         EXPECT_EQ(event.submit(healthy), MEMMAP_OK);
         EXPECT_EQ(event.flush(), MEMMAP_OK);
         healthy.expect_done();
       }});
}

// One unit cannot end before its part of the test is over; where there are workers one of them may be in it. All others
// let the flusher look while they run.
TEST_P(Conformance, AFlushOfAPartLeavesTheRest) {
  constexpr uint64_t kHeld = 50, kWanted = 7;
  CheckedRange job(0, 64, 0);
  std::atomic<bool> may_end = GetParam().nr_workers == 0;
  job.on_run = [&](uint64_t n) {
    subject_->env()->yield(subject_->env()->context);
    while (n == kHeld && !may_end) subject_->env()->yield(subject_->env()->context);
    return 0;
  };
  run([&] {
    Event event(pool_);
    EXPECT_EQ(event.submit(job), MEMMAP_OK);
    EXPECT_EQ(memmap_range_flush(&event.domain, &job.range, kWanted, 2), MEMMAP_OK);
    job.expect_done(kWanted, 2);
    if (!may_end) {
      EXPECT_LT(event.progress().done_pages, 64u);
    }
    may_end = true;
    EXPECT_EQ(memmap_range_flush(&event.domain, &job.range, 63, 2), MEMMAP_OUTSIDE);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    job.expect_done();
  });
}

TEST_P(Conformance, AFlushWaitsForWhatIsBelow) {
  CheckedRange own(0, 300, 1), its(0, 300, 1), deepest(0, 300, 1);
  Event parent(pool_);
  Event child(pool_, below(parent));
  Event grandchild(pool_, below(child));
  ASSERT_EQ(parent.submit(own), MEMMAP_OK);
  ASSERT_EQ(child.submit(its), MEMMAP_OK);
  ASSERT_EQ(grandchild.submit(deepest), MEMMAP_OK);
  const auto flusher = [&] {
    EXPECT_EQ(parent.flush(), MEMMAP_OK);
    for (CheckedRange* job : {&own, &its, &deepest}) job->expect_done();
  };
  const auto fault = [&] {
    EXPECT_EQ(memmap_range_flush(&child.domain, &its.range, 299, 1), MEMMAP_OK);
    its.expect_done(299, 1);
  };
  run({flusher, fault, flusher});
  EXPECT_EQ(memmap_domain_close(&parent.domain), MEMMAP_BUSY);
}

// Each unit of the outer job is a hook that is divided into tasks and joins them.
TEST_P(Conformance, AHookJoinsItsTasks) {
  struct Joined {
    std::vector<memmap_task> tasks = std::vector<memmap_task>(8);
    std::vector<int> runs = std::vector<int>(8);  // plain: a flush that returns too early is a race
  };
  std::vector<Joined> units(12);
  CheckedRange outer(0, units.size(), 0);
  // A child needs a place in the table, which has four: the parent's, and one for each of two workers and the flusher.
  Event parent(pool_, {.name = "parent", .max_workers = 2, .background = false, .parent = nullptr});
  outer.on_run = [&](uint64_t n) {
    Event child(pool_, below(parent));
    for (size_t i = 0; i < units[n].tasks.size(); ++i) {
      memmap_task& task = units[n].tasks[i];
      task.run = [](void* count) { return ++*static_cast<int*>(count), 0; };
      task.context = &units[n].runs[i];
      EXPECT_EQ(child.submit(task), MEMMAP_OK);
    }
    EXPECT_EQ(parent.flush(), MEMMAP_WOULD_DEADLOCK) << "it would wait for itself";
    EXPECT_EQ(child.flush(), MEMMAP_OK);
    for (const int times : units[n].runs) EXPECT_EQ(times, 1);
    return memmap_domain_close(&child.domain);
  };
  run([&] {
    EXPECT_EQ(parent.submit(outer), MEMMAP_OK);
    EXPECT_EQ(parent.flush(), MEMMAP_OK);
    outer.expect_done();
  });
}

TEST_P(Conformance, ACancelUndoesWhatIsBelowFirst) {
  CheckedRange own(0, 2000, 1), its(0, 2000, 1), late(0, 1, 0);
  Event parent(pool_);
  Event child(pool_, below(parent));
  uint64_t parents_undone = 0;  // plain: one thread undoes
  own.on_undo = [&](uint64_t) { ++parents_undone; };
  uint64_t too_late = 0;
  its.on_undo = [&](uint64_t) { too_late += parents_undone != 0; };
  run([&] {
    EXPECT_EQ(parent.submit(own), MEMMAP_OK);
    EXPECT_EQ(child.submit(its), MEMMAP_OK);
    EXPECT_EQ(memmap_range_flush(&parent.domain, &own.range, 1000, 1), MEMMAP_OK);
    EXPECT_EQ(memmap_range_flush(&child.domain, &its.range, 1000, 1), MEMMAP_OK);
    EXPECT_EQ(memmap_cancel(&parent.domain), MEMMAP_OK);
    own.expect_cancelled();
    its.expect_cancelled();
    EXPECT_EQ(too_late, 0u) << "units of the child, undone behind its parent's";
    EXPECT_EQ(parents_undone, own.done_units());
    EXPECT_EQ(child.submit(late), MEMMAP_CANCELLED);
    EXPECT_EQ(child.flush(), MEMMAP_CANCELLED);
    EXPECT_EQ(memmap_domain_close(&child.domain), MEMMAP_CANCELLED);
    EXPECT_EQ(memmap_domain_close(&parent.domain), MEMMAP_CANCELLED);
  });
}

}  // namespace memmap::conformance
