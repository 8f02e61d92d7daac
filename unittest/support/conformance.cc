// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "support/conformance.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace memmap::conformance {

std::vector<Setup> setups(const std::string& name, decltype(Setup::make) make, uint64_t nr_seeds) {
  std::vector<Setup> all;
  for (const uint32_t nr_workers : {0u, 1u, 2u, 4u})
    for (uint64_t seed = 1; seed <= nr_seeds; ++seed) all.push_back({name, make, nr_workers, seed});
  return all;
}

std::string name_of_setup(const ::testing::TestParamInfo<Setup>& setup) {
  return setup.param.name + std::to_string(setup.param.nr_workers) + "WorkersSeed" + std::to_string(setup.param.seed);
}

Storage::Storage(size_t n) : memory(nullptr, std::free), nr_bytes(n) {
  void* allocated = nullptr;
  if (posix_memalign(&allocated, 128, n) != 0) std::abort();
  memory.reset(std::memset(allocated, 0, n));
}

CheckedSpan::CheckedSpan(memmap_kind kind, uint64_t start_pfn, uint64_t nr_pages, std::vector<memmap_piece> pieces)
    : pieces_(std::move(pieces)), pages_(nr_pages) {
  request.start_pfn = start_pfn;
  request.nr_pages = nr_pages;
  request.kind = kind;
  if (!pieces_.empty()) {
    request.pieces = pieces_.data();
    request.nr_pieces = pieces_.size();
  }
  request.hooks = {write, ready, undo, this};
  request.storage_bytes = memmap_request_bytes(&request);
  storage_ = std::make_unique<Storage>(request.storage_bytes);
  request.storage = storage_->memory.get();
}

int CheckedSpan::write(void* span, uint64_t pfn, uint64_t nr_pages) {
  CheckedSpan& own = *static_cast<CheckedSpan*>(span);
  EXPECT_FALSE(own.cancelled_) << "a write after a cancel has returned";
  const int error = own.on_write ? own.on_write(pfn) : 0;
  if (error != 0) return error;
  own.visit(pfn, nr_pages, "written once", [](Page& page) { return ++page.written == 1; });
  own.written_pages_ += nr_pages;
  return 0;
}

int CheckedSpan::ready(void* span, uint64_t pfn, uint64_t nr_pages) {
  static_cast<CheckedSpan*>(span)->visit(pfn, nr_pages, "handed over once, after it was written",
                                         [](Page& page) { return page.written == 1 && ++page.handed_over == 1; });
  return 0;
}

int CheckedSpan::undo(void* span, uint64_t pfn, uint64_t nr_pages) {
  static_cast<CheckedSpan*>(span)->visit(pfn, nr_pages, "undone once, after it was done",
                                         [](Page& page) { return page.handed_over == 1 && ++page.undone == 1; });
  return 0;
}

// One complaint at most for a call: there are many pages.
template <typename Holds>
void CheckedSpan::visit(uint64_t pfn, uint64_t nr_pages, const char* what, Holds holds) {
  uint64_t wrong = 0, first = 0;
  for (uint64_t page = pfn; page < pfn + nr_pages; ++page)
    if (!holds(pages_[page - request.start_pfn]) && wrong++ == 0) first = page;
  EXPECT_EQ(wrong, 0u) << "pages, the first is " << first << ", were not " << what;
}

bool CheckedSpan::present(uint64_t pfn) const {
  for (const memmap_piece& piece : pieces_)
    if (pfn >= piece.pfn && pfn < piece.pfn + piece.nr_pages) return true;
  return pieces_.empty();
}

void CheckedSpan::expect_done(uint64_t pfn, uint64_t nr_pages) {
  uint64_t at = pfn;
  visit(pfn, nr_pages, "written and handed over", [&](Page& page) {
    const int times = present(at++) ? 1 : 0;
    return page.written == times && page.handed_over == times;
  });
}

void CheckedSpan::expect_cancelled() {
  cancelled_ = true;
  visit(request.start_pfn, request.nr_pages, "undone where they were done",
        [](Page& page) { return page.written == page.handed_over && page.undone == page.handed_over; });
}

CheckedRange::CheckedRange(uint64_t first, uint64_t count, uint32_t unit_shift) {
  range.first = first;
  range.count = count;
  range.unit_shift = unit_shift;
  range.run = run;
  range.undo = undo;
  range.context = this;
  range.storage_bytes = memmap_range_bytes(&range);
  storage_ = std::make_unique<Storage>(range.storage_bytes);
  range.storage = storage_->memory.get();
  units_.resize(unit_of(first + count - 1) + 1);
}

bool CheckedRange::whole(uint64_t n, uint64_t nr) const {
  const uint64_t begin = n >> range.unit_shift << range.unit_shift, end = begin + (uint64_t{1} << range.unit_shift);
  return n == std::max(begin, range.first) && n + nr == std::min(end, range.first + range.count);
}

int CheckedRange::run(void* range, uint64_t n, uint64_t nr) {
  CheckedRange& own = *static_cast<CheckedRange*>(range);
  EXPECT_FALSE(own.cancelled_) << "a run after a cancel has returned";
  EXPECT_TRUE(own.whole(n, nr)) << n << ", " << nr << " numbers: is not a unit";
  const int error = own.on_run ? own.on_run(n) : 0;
  if (error != 0) return error;
  EXPECT_EQ(++own.units_[own.unit_of(n)].run, 1) << n;
  ++own.done_units_;
  return 0;
}

int CheckedRange::undo(void* range, uint64_t n, uint64_t nr) {
  CheckedRange& own = *static_cast<CheckedRange*>(range);
  EXPECT_TRUE(own.whole(n, nr)) << n << ", " << nr << " numbers: is not a unit";
  Unit& unit = own.units_[own.unit_of(n)];
  EXPECT_TRUE(unit.run == 1 && ++unit.undone == 1) << n << ": is undone once, after it was done";
  if (own.on_undo) own.on_undo(n);
  return 0;
}

// One complaint at most, as there are many units.
void CheckedRange::expect_done(uint64_t first, uint64_t count) {
  const auto begin = units_.begin() + long(unit_of(first)), end = units_.begin() + long(unit_of(first + count - 1)) + 1;
  const auto wrong = std::find_if(begin, end, [](const Unit& unit) { return unit.run != 1; });
  EXPECT_TRUE(wrong == end) << "unit " << wrong - units_.begin() << " was not run once";
}

void CheckedRange::expect_cancelled() {
  cancelled_ = true;
  const auto wrong =
      std::find_if(units_.begin(), units_.end(), [](const Unit& unit) { return unit.undone != unit.run; });
  EXPECT_TRUE(wrong == units_.end()) << "unit " << wrong - units_.begin() << " was not undone";
}

memmap_progress_counts Event::progress() {
  memmap_progress_counts counts{};
  EXPECT_EQ(memmap_progress(&domain, &counts), MEMMAP_OK);
  return counts;
}

void Conformance::SetUp() {
  subject_ = GetParam().make(GetParam().nr_workers, GetParam().seed);
  memmap_pool_config config{};
  config.env = subject_->env();
  config.topology = subject_->topology();
  config.nr_pages = kNrPages;
  config.grain_pages = 2048;
  config.wake_ns = 1;  // nothing is too small to be left to the workers
  config.spin_ns = 2000;
  config.domain_slots = 4;  // fewer than some cases have domains
  storage_ = std::make_unique<Storage>(memmap_pool_bytes(&config));
  ASSERT_EQ(memmap_pool_init(&pool_, &config, storage_->memory.get(), storage_->nr_bytes), MEMMAP_OK);
}

void Conformance::TearDown() { EXPECT_EQ(memmap_pool_fini(pool_), MEMMAP_OK) << "every domain was closed"; }

void Conformance::run(const std::vector<std::function<void()>>& callers) {
  EXPECT_EQ(subject_->run(pool_, callers), "");
}

}  // namespace memmap::conformance
