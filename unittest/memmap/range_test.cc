// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Range jobs and tasks: every bad input has its status, every number is run exactly once, in units of the grid.
#include "memmap/range.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;
using support::Call;
using support::kSection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

// A range job with its storage; it takes notes.
struct Notes {
  Notes(uint64_t first, uint64_t count, uint32_t unit_shift) {
    range.first = first;
    range.count = count;
    range.unit_shift = unit_shift;
    range.run = [](void* self, uint64_t n, uint64_t nr) { return static_cast<Notes*>(self)->note(n, nr); };
    range.undo = [](void* self, uint64_t n, uint64_t nr) {
      static_cast<Notes*>(self)->undone.push_back({n, nr});
      return 0;
    };
    range.context = this;
  }
  const memmap_range* prepare() {
    range.storage_bytes = memmap_range_bytes(&range);
    storage = Bytes(range.storage_bytes);
    range.storage = storage.at();
    return &range;
  }
  int note(uint64_t n, uint64_t nr) {
    runs.push_back({n, nr});
    return on_run ? on_run(n) : 0;
  }
  // Sorted they are units of the grid, clipped to the range, each once.
  void expect_all_once() {
    std::sort(runs.begin(), runs.end(), [](const memmap_piece& a, const memmap_piece& b) { return a.pfn < b.pfn; });
    uint64_t at = range.first;
    for (const memmap_piece& run : runs) {
      ASSERT_EQ(run.pfn, at);
      const uint64_t end = std::min(((at >> range.unit_shift) + 1) << range.unit_shift, range.first + range.count);
      ASSERT_EQ(run.nr_pages, end - at);
      at = end;
    }
    EXPECT_EQ(at, range.first + range.count);
  }

  memmap_range range{};
  Bytes storage;
  std::vector<memmap_piece> runs, undone;
  std::function<int(uint64_t)> on_run;
};

struct RangeTest : testing::Test {
  TestEnv env;
  TestTopology topology{2, 2, 1};
  TestPool pool{env, topology, 0, 64 * kSection};
};

struct BadRange {
  const char* what;
  int status;
  std::function<void(memmap_range&)> spoil;
};

TEST_F(RangeTest, BadOnesAreRefusedAndLeaveNoTrace) {
  const BadRange all[] = {
      {"nothing", MEMMAP_INVALID, [](memmap_range& r) { r.count = 0; }},
      {"beyond the last number", MEMMAP_INVALID, [](memmap_range& r) { r.count = uint64_t{1} << 62; }},
      {"overflow", MEMMAP_INVALID, [](memmap_range& r) { r.count = UINT64_MAX; }},
      {"begins beyond", MEMMAP_INVALID, [](memmap_range& r) { r.first = uint64_t{1} << 62; }},
      {"too many units", MEMMAP_INVALID, [](memmap_range& r) { r.unit_shift = 0, r.count = (uint64_t{1} << 32) + 1; }},
      {"units beyond 64 bits", MEMMAP_INVALID, [](memmap_range& r) { r.unit_shift = 56; }},
      {"no hook", MEMMAP_INVALID, [](memmap_range& r) { r.run = nullptr; }},
      {"a grain of three", MEMMAP_INVALID, [](memmap_range& r) { r.grain_units = 3; }},
      {"a grain above a word", MEMMAP_INVALID, [](memmap_range& r) { r.grain_units = 128; }},
      {"unknown node", MEMMAP_NO_NODE, [](memmap_range& r) { r.nid = 2; }},
      {"no storage", MEMMAP_STORAGE, [](memmap_range& r) { r.storage = nullptr; }},
      {"storage too small", MEMMAP_STORAGE, [](memmap_range& r) { --r.storage_bytes; }},
      {"unaligned storage", MEMMAP_STORAGE, [](memmap_range& r) { r.storage = static_cast<char*>(r.storage) + 8; }},
  };
  TestDomain domain(pool);
  for (const BadRange& bad : all) {
    Notes notes(1000, 5000, 6);
    notes.prepare();
    bad.spoil(notes.range);
    EXPECT_EQ(memmap_range_async(&notes.range, &domain.d), bad.status) << bad.what;
    EXPECT_TRUE(notes.storage.all(0)) << bad.what;
    EXPECT_EQ(memmap_range_bytes(&notes.range) == 0, bad.status == MEMMAP_INVALID) << bad.what;
  }
  Notes notes(0, 1, 0);
  EXPECT_EQ(memmap_range_async(nullptr, &domain.d), MEMMAP_INVALID);
  EXPECT_EQ(memmap_range_async(notes.prepare(), nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_range_bytes(nullptr), 0u);
  EXPECT_EQ(domain.progress().requests, 0u);
}

TEST_F(RangeTest, EveryNumberOnceInUnitsOfTheGrid) {
  for (const uint32_t shift : {0u, 3u, 21u}) {
    for (const uint64_t first : {uint64_t{0}, uint64_t{5}, uint64_t{63} << shift, (uint64_t{1} << 61) + 7}) {
      for (const uint64_t units : {uint64_t{1}, uint64_t{2}, uint64_t{64}, uint64_t{129}}) {
        for (const uint32_t grain : {0u, 8u, 64u}) {
          SCOPED_TRACE(testing::Message() << first << ", " << units << " units of 2^" << shift << ", grain " << grain);
          Notes notes(first, (units << shift) - (shift != 0 ? 3 : 0), shift);
          notes.range.grain_units = grain;
          TestDomain domain(pool);
          ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
          pool.step(1);
          ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
          pool.run_all();
          notes.expect_all_once();
          EXPECT_EQ(domain.progress().done_pages, notes.range.count);
        }
      }
    }
  }
}

TEST_F(RangeTest, TheLargestThatThereIs) {
  Notes notes((uint64_t{1} << 62) - 1, 1, 55);
  TestDomain domain(pool);
  ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  notes.expect_all_once();
}

TEST_F(RangeTest, AFlushOfAPartRunsItsUnitsOnly) {
  Notes notes(100, 10'000, 6), other(100, 10'000, 6);
  TestDomain domain(pool), elsewhere(pool);
  ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
  ASSERT_EQ(memmap_range_async(other.prepare(), &domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_range_flush(&domain.d, &notes.range, 1000, 1), MEMMAP_OK);
  ASSERT_EQ(notes.runs.size(), 1u);
  EXPECT_EQ(notes.runs[0].pfn, 1000u / 64 * 64);
  EXPECT_TRUE(other.runs.empty());
  EXPECT_EQ(memmap_range_flush(&domain.d, &notes.range, 99, 2), MEMMAP_OUTSIDE);
  EXPECT_EQ(memmap_range_flush(&domain.d, &notes.range, 10'099, 2), MEMMAP_OUTSIDE);
  EXPECT_EQ(memmap_range_flush(&elsewhere.d, &notes.range, 1000, 1), MEMMAP_OUTSIDE);
  EXPECT_EQ(memmap_range_flush(&domain.d, &notes.range, 1000, 0), MEMMAP_INVALID);
  EXPECT_EQ(memmap_range_flush(&domain.d, &notes.range, 1000, UINT64_MAX), MEMMAP_INVALID);
  EXPECT_EQ(memmap_range_flush(&domain.d, nullptr, 1000, 1), MEMMAP_INVALID);
  EXPECT_EQ(memmap_flush_range(&domain.d, 1000, 1), MEMMAP_OUTSIDE) << "numbers are no pfns";
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  notes.expect_all_once();
  other.expect_all_once();
}

TEST_F(RangeTest, AnErrorEndsItsDomainAndSaysWhichUnitsWereDone) {
  Notes notes(0, 64, 0);
  notes.range.grain_units = 8;
  notes.on_run = [](uint64_t n) { return n == 5 ? 42 : 0; };
  TestDomain domain(pool);
  ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
  env.self.group = 0;
  EXPECT_EQ(memmap_flush(&domain.d), 42);
  const memmap_progress_counts counts = domain.progress();
  EXPECT_EQ(counts.done_pages, 5u);
  EXPECT_EQ(counts.dropped_pages, 59u);
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  ASSERT_EQ(notes.undone.size(), 5u);
  EXPECT_EQ(memmap_domain_close(&domain.d), 42);
}

TEST_F(RangeTest, SharesADomainWithRequests) {
  Notes notes(0, 100, 0);
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_flush_range(&domain.d, 0, 1), MEMMAP_OK);
  EXPECT_TRUE(notes.runs.empty());
  uint64_t seen = 0;
  EXPECT_FALSE(memmap_grow(pool.get(), 0, 512, &seen)) << "neither is of a boot";
  EXPECT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  EXPECT_EQ(span.pages(Call::undo), 512u);
  EXPECT_EQ(memmap_domain_close(&domain.d), MEMMAP_CANCELLED);
}

TEST_F(RangeTest, WorkersOfTheNodeComeFirst) {
  Notes notes(0, 64, 0);
  notes.range.nid = 1;
  TestDomain domain(pool);
  ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
  pool.step(2);
  pool.step(0);
  EXPECT_EQ(pool.counts(2).stolen_grains, 0u);
  EXPECT_EQ(pool.counts(0).stolen_grains, 1u);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  pool.run_all();
}

TEST_F(RangeTest, SmallOnesAreRunBySubmittingThem) {
  TestPool small(env, topology, 0, kSection, [](memmap_pool_config& config) { config.wake_ns = 1000; });
  for (const uint32_t unit_ns : {999u, 1000u}) {
    Notes notes(0, 4, 0);
    notes.range.unit_ns = unit_ns;
    TestDomain domain(small);
    ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
    EXPECT_EQ(notes.runs.size(), unit_ns < 1000 ? 4u : 0u) << "four wakes are the border";
  }
}

TEST_F(RangeTest, UsedStorageMustBeZeroedOrItsDomainClosed) {
  Notes notes(0, 64, 0);
  {
    TestDomain domain(pool);
    ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
    EXPECT_EQ(memmap_range_async(&notes.range, &domain.d), MEMMAP_STORAGE);
  }
  EXPECT_EQ(notes.runs.size(), 64u);
}

struct Counter {
  int nr = 0, error = 0;
  static int count(void* self) {
    ++static_cast<Counter*>(self)->nr;
    return static_cast<Counter*>(self)->error;
  }
};

TEST_F(RangeTest, TasksAreRunOnce) {
  Counter counter;
  std::vector<memmap_task> tasks(100);
  TestDomain domain(pool);
  for (memmap_task& task : tasks) {
    task.run = Counter::count;
    task.context = &counter;
    task.nid = 1;
    ASSERT_EQ(memmap_task_async(&task, &domain.d), MEMMAP_OK);
    EXPECT_EQ(memmap_task_async(&task, &domain.d), MEMMAP_STORAGE) << "not twice";
  }
  EXPECT_EQ(counter.nr, 0) << "a millisecond is worth a wake";
  pool.run(3);
  EXPECT_EQ(counter.nr, 100);
  EXPECT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  memmap_task none{};
  EXPECT_EQ(memmap_task_async(&none, &domain.d), MEMMAP_INVALID);
  EXPECT_EQ(memmap_task_async(nullptr, &domain.d), MEMMAP_INVALID);
  Counter failing{0, -3};
  memmap_task bad{};
  bad.run = Counter::count;
  bad.context = &failing;
  ASSERT_EQ(memmap_task_async(&bad, &domain.d), MEMMAP_OK);
  EXPECT_EQ(memmap_domain_close(&domain.d), -3);
}

TEST_F(RangeTest, WithoutWorkersEverythingIsRunInTheSubmit) {
  TestTopology nobody(1, 1, 0);
  TestPool alone(env, nobody, 0, kSection);
  Notes notes(7, 1000, 3);
  TestDomain domain(alone);
  ASSERT_EQ(memmap_range_async(notes.prepare(), &domain.d), MEMMAP_OK);
  notes.expect_all_once();
}

}  // namespace
}  // namespace memmap::pages
