// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Single cases: the checkers pass what is right and find what is planted; the same case is the same run.
#include "simulator/swarm/case_run.h"

#include <gtest/gtest.h>

#include "simulator/swarm/wrong_calls.h"

namespace memmap::swarm {
namespace {

Step step(Step::Kind kind, uint32_t domain = kNone, uint32_t span = kNone) { return {kind, domain, span, 0, 0, 0}; }

// One event of one device of 4 MiB, two workers.
Case small_case() {
  Case c;
  c.machine.groups = {{0, 2, 0}};
  c.machine.nr_pages = 32768;
  c.machine.wake_ns = 1;
  c.domains = {{}};
  SpanPlan span;
  span.start = 512;
  span.nr_pages = 4096;
  span.writes_by_hook = true;
  span.page_ns = 3;
  c.spans = {span};
  c.callers = {{0, kNone, {step(Step::open, 0), step(Step::submit, 0, 0), step(Step::await, 0), step(Step::close, 0)}}};
  return c;
}

std::string found(const Case& c, Plant plant = Plant::none) {
  Runner runner;
  Marks marks;
  return runner.run(c, plant, marks).violation;
}

TEST(CaseRun, WhatIsRightPasses) {
  Runner runner;
  Marks marks;
  const Verdict verdict = runner.run(small_case(), Plant::none, marks);
  EXPECT_EQ(verdict.violation, "");
  EXPECT_GT(verdict.virtual_ns, 4096u * 3 / 2);
  EXPECT_EQ(marks.of(Mark::awaited), 1u);
  EXPECT_EQ(marks.of(Mark::close_ok), 1u);
  EXPECT_GT(marks.of(Mark::done_by_worker), 0u);
  EXPECT_EQ(marks.of(Mark::preempted), 0u);
}

TEST(CaseRun, APageThatIsLeftOutIsFound) {
  const std::string words = found(small_case(), Plant::skipped_page);
  EXPECT_TRUE(words.starts_with("I2: span 0, page ") &&
              words.ends_with("handed over before it, and all of its block, is written"))
      << words;
}

TEST(CaseRun, APageThatIsWrittenTwiceIsFound) {
  const std::string words = found(small_case(), Plant::twice);
  EXPECT_TRUE(words.starts_with("I1: span 0, page ") && words.ends_with(": written twice")) << words;
}

TEST(CaseRun, ImagesAreComparedWithTheReference) {
  Case c = small_case();
  c.spans[0].writes_by_hook = false;
  for (const memmap_kind image : {MEMMAP_BOOT, MEMMAP_BOOT_FREED, MEMMAP_DEVICE}) {
    c.spans[0].image = image;
    c.spans[0].pieces = {{600, 1}, {640, 2000}};
    EXPECT_EQ(found(c), "");
  }
  c.spans[0].pieces.clear();
  c.spans[0].altmap = {100, 30};
  EXPECT_EQ(found(c), "");
}

TEST(CaseRun, ImagesOfEachLayoutAndVersionAreComparedWithTheReference) {
  Case c = small_case();
  SpanPlan& span = c.spans[0];
  span.writes_by_hook = false;
  for (span.layout = 0; span.layout <= kOwnLayoutIndex; ++span.layout)
    for (int version = MEMMAP_LINUX_6_1; version <= MEMMAP_LINUX_2026; ++version)
      for (const uint32_t order : {0u, 1u, 9u, 12u}) {
        span.version = memmap_version(version);
        span.order = order;
        span.image = order == 0 ? MEMMAP_ADDED : MEMMAP_DEVICE;
        span.shared = order == 12 && memmap_may_share_records(layout_of(span), order, false, true);
        ASSERT_EQ(found(c), "") << span.layout << ", " << version << ", " << order;
      }
}

TEST(CaseRun, EachWrongCallIsRefused) {
  Case c = small_case();
  for (uint64_t i = 0; i < nr_wrong_calls(); ++i)
    c.callers[0].steps.insert(c.callers[0].steps.begin() + 2, Step{Step::misuse, 0, 0, i, 0, 0});
  Runner runner;
  Marks marks;
  EXPECT_EQ(runner.run(c, Plant::none, marks).violation, "");
  EXPECT_EQ(marks.of(Mark::misused) + marks.of(Mark::refused_storage), nr_wrong_calls());
}

TEST(CaseRun, SleepersWithoutAWakeAreFound) {
  Case c = small_case();
  c.callers[0].steps.clear();
  for (uint32_t n = 0; n < 4; ++n) {  // the third wake is forgotten
    c.domains.resize(n + 1);
    c.spans.resize(n + 1, c.spans[0]);
    c.spans[n].start = 512 + 5120 * n;
    for (const Step& next : {Step{Step::pause, kNone, kNone, 0, 0, 100'000}, step(Step::open, n),
                             step(Step::submit, n, n), step(Step::await, n), step(Step::close, n)})
      c.callers[0].steps.push_back(next);
  }
  EXPECT_EQ(found(c), "");
  EXPECT_EQ(found(c, Plant::lost_wake).substr(0, 3), "I14");
}

TEST(CaseRun, ACallerThatWaitsForNobodyIsADeadlock) {
  Case c = small_case();
  c.callers[0].steps = {step(Step::open, 0), step(Step::submit, 0, 0), step(Step::flush, 0)};
  EXPECT_EQ(found(c), "");
  bool deadlock = false;
  for (uint64_t seed = 1; seed < 100 && !deadlock; ++seed) {
    Case drawn = draw(seed);
    drawn.faults.timeouts = false;
    deadlock = found(drawn, Plant::lost_wake).rfind("I16: deadlock", 0) == 0;
  }
  EXPECT_TRUE(deadlock);
}

TEST(CaseRun, WhoHasLeftStrandsNothing) {  // found by the swarm: seed 257
  Case c = small_case();
  c.machine.groups[0].width = 1;
  c.machine.spin_ns = UINT32_MAX;
  c.callers[0].steps.insert(c.callers[0].steps.begin(), Step{Step::pause, kNone, kNone, 0, 0, 40'000});
  c.spans[0].page_ns = 30;
  for (const uint32_t worker : {0u, 1u}) {
    c.faults.absences = {{worker, 1, 0}};
    EXPECT_EQ(found(c), "");
  }
}

TEST(CaseRun, TheSameSeedIsTheSameRun) {
  Runner runner;
  Marks marks;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const Verdict first = runner.run(draw(seed), Plant::none, marks);
    Runner other;
    const Verdict second = other.run(draw(seed), Plant::none, marks);
    EXPECT_EQ(first.violation, "") << seed;
    EXPECT_EQ(first.print, second.print) << seed;
    EXPECT_EQ(first.virtual_ns, second.virtual_ns) << seed;
  }
}

TEST(CaseRun, AnotherScheduleIsAnotherRun) {
  Runner runner;
  Marks marks;
  uint32_t same = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Case c = draw(seed);
    const uint64_t print = runner.run(c, Plant::none, marks).print;
    ++c.schedule;
    same += runner.run(c, Plant::none, marks).print == print;
  }
  EXPECT_LT(same, 10u);
}

TEST(CaseRun, PiecesAreInTheirSpans) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const Case c = draw(seed);
    ASSERT_FALSE(c.machine.groups.empty()) << seed;
    for (const SpanPlan& span : c.spans)
      for (const memmap_piece& piece : span.pieces)
        ASSERT_TRUE(piece.pfn >= span.start && piece.pfn + piece.nr_pages <= span.start + span.nr_pages) << seed;
  }
}

}  // namespace
}  // namespace memmap::swarm
