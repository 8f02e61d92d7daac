// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What every environment must get right: one set of cases (conformance_cases.h) for all bodies of memmap_env.
//
// Whoever writes an environment makes a Subject of it, includes conformance_cases.h in one test and instantiates it:
//     INSTANTIATE_TEST_SUITE_P(Mine, Conformance, ::testing::ValuesIn(setups("Mine", make_mine)), name_of_setup);
//
// A case runs some callers at the same time, beside 0, 1, 2 or 4 workers. The checkers are in the hooks of a
// CheckedSpan. What hooks store for a page is plain: ThreadSanitizer sees where a call returned too early.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "memmap/env.h"
#include "memmap/memmap.h"
#include "memmap/range.h"

namespace memmap::conformance {

class Subject {
 public:
  virtual ~Subject() = default;
  virtual const memmap_env* env() = 0;
  virtual const memmap_topology* topology() = 0;
  // Runs the callers at the same time, the pool's workers beside them, until the callers have ended; then stops the
  // pool.
  // "", or why it did not come to that. Called once.
  virtual std::string run(memmap_pool* pool, const std::vector<std::function<void()>>& callers) = 0;
};

struct Setup {
  std::string name;
  std::function<std::unique_ptr<Subject>(uint32_t nr_workers, uint64_t seed)> make;
  uint32_t nr_workers = 0;
  uint64_t seed = 0;
  friend void PrintTo(const Setup& setup, std::ostream* out) { *out << setup.name; }
};

// With 0, 1, 2 and 4 workers, each for so many seeds.
std::vector<Setup> setups(const std::string& name, decltype(Setup::make) make, uint64_t nr_seeds = 1);
std::string name_of_setup(const ::testing::TestParamInfo<Setup>& setup);

// Zeroed, aligned.
struct Storage {
  explicit Storage(size_t nr_bytes);
  std::unique_ptr<void, void (*)(void*)> memory;
  size_t nr_bytes;
};

// A request for which the hooks do the writing, and what they saw.
class CheckedSpan {
 public:
  CheckedSpan(memmap_kind kind, uint64_t start_pfn, uint64_t nr_pages, std::vector<memmap_piece> pieces = {});
  CheckedSpan(const CheckedSpan&) = delete;
  CheckedSpan& operator=(const CheckedSpan&) = delete;

  // The caller may look at these pages: all present ones are written, once, and handed over.
  void expect_done(uint64_t pfn, uint64_t nr_pages);
  void expect_done() { expect_done(request.start_pfn, request.nr_pages); }
  // A cancel has returned: no write and no hand-over is under way, none will come, what was done is undone, once.
  void expect_cancelled();
  uint64_t written_pages() const { return written_pages_.load(); }

  memmap_request request{};
  std::function<int(uint64_t pfn)> on_write;  // does what a test wants inside a hook; its value is the hook's

 private:
  static int write(void* span, uint64_t pfn, uint64_t nr_pages);
  static int ready(void* span, uint64_t pfn, uint64_t nr_pages);
  static int undo(void* span, uint64_t pfn, uint64_t nr_pages);
  bool present(uint64_t pfn) const;

  struct Page {
    uint8_t written = 0, handed_over = 0, undone = 0;  // how many times
  };
  template <typename Holds>
  void visit(uint64_t pfn, uint64_t nr_pages, const char* what, Holds holds);

  std::vector<memmap_piece> pieces_;
  std::vector<Page> pages_;
  bool cancelled_ = false;
  std::atomic<uint64_t> written_pages_ = 0;
  std::unique_ptr<Storage> storage_;
};

// A range job of units of 2^unit_shift numbers, one a grain, and what its hooks saw.
class CheckedRange {
 public:
  CheckedRange(uint64_t first, uint64_t count, uint32_t unit_shift);
  CheckedRange(const CheckedRange&) = delete;
  CheckedRange& operator=(const CheckedRange&) = delete;

  // The caller may look at the units of these numbers: each was run, once, as a whole.
  void expect_done(uint64_t first, uint64_t count);
  void expect_done() { expect_done(range.first, range.count); }
  // A cancel has returned: no run is under way, none will come, what was done is undone, once.
  void expect_cancelled();
  uint64_t done_units() const { return done_units_.load(); }

  memmap_range range{};
  std::function<int(uint64_t n)> on_run;  // does what a test wants inside the hook; its value is the hook's
  std::function<void(uint64_t n)> on_undo;

 private:
  static int run(void* range, uint64_t n, uint64_t nr);
  static int undo(void* range, uint64_t n, uint64_t nr);
  uint64_t unit_of(uint64_t n) const { return (n >> range.unit_shift) - (range.first >> range.unit_shift); }
  bool whole(uint64_t n, uint64_t nr) const;

  struct Unit {
    uint8_t run = 0, undone = 0;  // how many times
  };
  std::vector<Unit> units_;
  bool cancelled_ = false;
  std::atomic<uint64_t> done_units_ = 0;
  std::unique_ptr<Storage> storage_;
};

class Conformance : public ::testing::TestWithParam<Setup> {
 protected:
  static constexpr uint64_t kSection = 32768, kNrPages = 8 * kSection;

  void SetUp() override;
  void TearDown() override;
  // Once a test.
  void run(const std::vector<std::function<void()>>& callers);
  void run(const std::function<void()>& caller) { run(std::vector{caller}); }

  std::unique_ptr<Subject> subject_;
  memmap_pool* pool_ = nullptr;

 private:
  std::unique_ptr<Storage> storage_;
};

// A domain that is closed at the end of its scope, unless the test has closed it.
struct Event {
  explicit Event(memmap_pool* pool, const memmap_domain_options& options = {}) {
    EXPECT_EQ(memmap_domain_open(&domain, pool, &options), MEMMAP_OK);
  }
  ~Event() { memmap_domain_close(&domain); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  int submit(const CheckedSpan& span) { return memmap_init_async(&span.request, &domain); }
  int submit(const CheckedRange& job) { return memmap_range_async(&job.range, &domain); }
  int submit(memmap_task& task) { return memmap_task_async(&task, &domain); }
  int flush() { return memmap_flush(&domain); }
  memmap_progress_counts progress();

  memmap_domain domain{};
};

}  // namespace memmap::conformance
