// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The calls of memmap/range.h.
#include "memmap/range.h"

#include "memmap/call.h"
#include "memmap/grain.h"
#include "memmap/range_job.h"
#include "memmap/traced.h"
#include "memmap/units.h"

namespace memmap::pages {

namespace {

constexpr uint32_t kUnitNs = 1'000'000;
constexpr uint64_t kNumberLimit = uint64_t{1} << 62;
constexpr uint64_t kUnitsMax = uint64_t{1} << 32;
constexpr uint32_t kUnitShiftMax = 55;  // 64 units behind the last number still fit 64 bits

uint64_t run(sched::Job& job, uint64_t word, uint64_t bits, sched::Holding& holding, int* error) {
  RangeJob& range = static_cast<RangeJob&>(job);
  return observed(range, word, bits, holding, error, [&](auto written) {
    Done done;
    for_each_run(word, bits, [&](uint64_t first, uint64_t last) {
      uint64_t passed = 0;
      *error = call_hook(range, range.hooks.write, first, last, &passed);
      done.bits |= bits_in_word(word, first, first + passed);
      if (passed != 0) done.pages += range.present_pages(range.pages_of(first, first + passed));
      return *error;
    });
    written();
    return done;
  });
}

constexpr sched::Work kRangeWork = {run, report_stall};

bool valid(const memmap_range& range) {
  if (!range.run || range.count == 0 || range.first >= kNumberLimit || range.count > kNumberLimit - range.first)
    return false;
  if (range.unit_shift > kUnitShiftMax || range.grain_units > kWordBits) return false;
  if (range.grain_units != 0 && !is_power_of_two(range.grain_units)) return false;
  return ((range.first + range.count - 1) >> range.unit_shift) - (range.first >> range.unit_shift) < kUnitsMax;
}

RangeLayout layout_of(const memmap_range& range) {
  return layout_range({range.first, range.first + range.count}, range.unit_shift, 1, sizeof(RangeJob));
}

static_assert(sizeof(RangeJob) + sizeof(sched::Stripe) + 2 * sizeof(uint64_t) + sizeof(memmap_piece) <=
                  MEMMAP_TASK_WORDS * sizeof(uint64_t),
              "a range of one fits a task");

int make(const memmap_range& range, memmap_pool& pool, RangeJob** made) {
  const RangeLayout layout = layout_of(range);
  if (!pool.knows(range.nid)) return MEMMAP_NO_NODE;
  if (const int status = check_storage(range.storage, range.storage_bytes, layout)) return status;
  RangeJob& own = *new (range.storage) RangeJob;
  own.work = &kRangeWork;
  own.pool = &pool;
  own.span = {range.first, range.first + range.count};
  own.unit_shift = range.unit_shift;
  own.records_nid = range.nid;
  own.grain_units = larger(1u, range.grain_units);
  own.unit_ns = range.unit_ns != 0 ? range.unit_ns : kUnitNs;
  own.hooks.write = range.run;
  own.hooks.undo = range.undo;
  own.hooks.context = range.context;
  const memmap_piece whole = {range.first, range.count};
  cut_range(own, layout, &whole, 1);
  *made = &own;
  return MEMMAP_OK;
}

int submit(const memmap_range& range, sched::Seat& seat, sched::Domain& domain) {
  RangeJob* made = nullptr;
  if (const int status = make(range, pool_of(domain), &made)) return status;
  if (const int status = sched::count_in(domain)) {
    unmake_range(*made);
    return status;
  }
  made->domain = &domain;
  sched::publish(seat, domain, made, made, 1);
  return MEMMAP_OK;
}

int run_task(void* task, uint64_t, uint64_t) {
  const memmap_task& own = *static_cast<const memmap_task*>(task);
  return own.run(own.context);
}

}  // namespace

}  // namespace memmap::pages

using namespace memmap;
using namespace memmap::pages;

extern "C" size_t memmap_range_bytes(const memmap_range* range) {
  return range && valid(*range) ? layout_of(*range).bytes : 0;
}

extern "C" int memmap_range_async(const memmap_range* range, memmap_domain* domain) {
  if (!range || !valid(*range)) return MEMMAP_INVALID;
  return with(domain, [&](sched::Domain& own, sched::Seat& seat) {
    return traced(own, MEMMAP_TRACE_SUBMIT, {range->first, range->first + range->count},
                  [&] { return submit(*range, seat, own); });
  });
}

extern "C" int memmap_range_flush(memmap_domain* domain, const memmap_range* range, uint64_t first, uint64_t count) {
  if (!range || !range->storage || count == 0 || first >= kNumberLimit || count > kNumberLimit - first)
    return MEMMAP_INVALID;
  return with_blocking(domain, [&](sched::Domain& own, sched::Seat& seat) {
    for (sched::Job* job = own.newest(); job; job = job->next) {
      if (job != range->storage || job->work != &kRangeWork) continue;
      RangeJob& made = static_cast<RangeJob&>(*job);
      if (first < made.span.begin || first + count > made.span.end) break;
      const PageRange units = made.units_of({first, first + count});
      return traced(own, MEMMAP_TRACE_FLUSH_RANGE, {first, first + count},
                    [&] { return sched::flush_units(seat, own, made, units.begin, units.end); });
    }
    return int{MEMMAP_OUTSIDE};
  });
}

extern "C" int memmap_task_async(memmap_task* task, memmap_domain* domain) {
  if (!task || !task->run) return MEMMAP_INVALID;
  memmap_range range{};
  range.count = 1;
  range.nid = task->nid;
  range.unit_ns = task->run_ns;
  range.run = run_task;
  range.context = task;
  range.storage = task->opaque;
  range.storage_bytes = sizeof(task->opaque);
  return memmap_range_async(&range, domain);
}
