// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/range_job.h"

#include <new>

#include "memmap/pool.h"
#include "memmap/sizes.h"
#include "memmap/units.h"

namespace memmap::pages {

static_assert(sizeof(RangeJob) <= MEMMAP_RANGE_HEADER && sizeof(sched::Stripe) <= MEMMAP_STRIPE_BYTES, "sizes.h");

uint64_t RangeJob::find_piece(uint64_t pfn) const {
  uint64_t low = 0, high = nr_pieces;
  while (low < high) {
    const uint64_t middle = (low + high) / 2;
    if (pieces[middle].pfn + pieces[middle].nr_pages > pfn)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

uint64_t RangeJob::done_pages() const {
  uint64_t pages = 0;
  for (uint64_t word = 0; word * kWordBits < nr_units; ++word) {
    for_each_run(word, done_bits(word), [&](uint64_t first, uint64_t last) {
      pages += present_pages(pages_of(first, last));
      return 0;
    });
  }
  return pages;
}

RangeLayout layout_range(PageRange led, uint32_t unit_shift, uint64_t nr_pieces, uint64_t header_bytes) {
  RangeLayout layout{};
  layout.first_unit = align_down(led.begin >> unit_shift, kWordBits);
  layout.nr_units = ((led.end - 1) >> unit_shift) - layout.first_unit + 1;
  layout.nr_stripes = smaller<uint64_t>(kStripesMax, ((led.end - 1) >> unit_shift) - (led.begin >> unit_shift) + 1);
  const uint64_t words_bytes = div_up(layout.nr_units, kWordBits) * sizeof(uint64_t);
  layout.stripes = align_up(header_bytes, alignof(sched::Stripe));
  layout.claim = layout.stripes + layout.nr_stripes * sizeof(sched::Stripe);
  layout.done = layout.claim + words_bytes;
  layout.pieces = layout.done + words_bytes;
  layout.bytes = align_up(layout.pieces + larger<uint64_t>(1, nr_pieces) * sizeof(memmap_piece), 64);
  return layout;
}

int check_storage(const void* storage, size_t storage_bytes, const RangeLayout& layout) {
  if (!storage || reinterpret_cast<uintptr_t>(storage) % 64 != 0 || storage_bytes < layout.bytes) return MEMMAP_STORAGE;
  // Storage that was used before and not zeroed would have claim bits that nobody retires; it begins with Job::work.
  return *static_cast<const uint64_t*>(storage) == 0 ? MEMMAP_OK : MEMMAP_STORAGE;
}

namespace {

// Where there are fewer, workers that come later would find each one begun, and meet in it.
constexpr uint32_t kWordsAWorker = 4;

void set_pieces(RangeJob& range, const memmap_piece* pieces, uint64_t nr_pieces, memmap_piece* own) {
  uint64_t absent = 0;  // first unit after the pieces so far
  for (uint64_t i = 0; i < nr_pieces; ++i) {
    own[i] = pieces[i];
    range.total_pages += own[i].nr_pages;
    const PageRange units = range.units_of({own[i].pfn, own[i].pfn + own[i].nr_pages});
    leave_out(range, absent, units.begin);
    absent = units.end;
  }
  leave_out(range, absent, range.nr_units);
  range.pieces = own;
  range.nr_pieces = nr_pieces;
}

}  // namespace

void cut_range(RangeJob& range, const RangeLayout& layout, const memmap_piece* pieces, uint64_t nr_pieces) {
  char* const storage = reinterpret_cast<char*>(&range);
  range.claim = reinterpret_cast<Atomic<uint64_t>*>(storage + layout.claim);
  range.done = reinterpret_cast<Atomic<uint64_t>*>(storage + layout.done);
  range.first_unit = layout.first_unit;
  range.nr_units = layout.nr_units;
  const memmap_topology& topology = *range.pool->engine.topology;
  const uint32_t begin = topology.home_begin[range.records_nid], end = topology.home_begin[range.records_nid + 1];
  const uint32_t nr_homes = uint32_t(smaller<uint64_t>(end - begin, layout.nr_stripes));
  range.stripes = new (storage + layout.stripes) sched::Stripe[nr_homes];
  cut_stripes(range, range.nr_units, topology.home + begin, nr_homes,
              range.nr_units / kWordBits >= uint64_t{kWordsAWorker} * topology.nr_workers);
  set_pieces(range, pieces, nr_pieces, reinterpret_cast<memmap_piece*>(storage + layout.pieces));
  seal(range);
}

void unmake_range(RangeJob& range) {
  char* const storage = reinterpret_cast<char*>(&range);
  const char* const end = reinterpret_cast<const char*>(range.pieces + range.nr_pieces);
  __builtin_memset(static_cast<void*>(storage), 0, size_t(end - storage));
}

int call_hook(const RangeJob& range, memmap_hook* hook, uint64_t first, uint64_t last, uint64_t* passed) {
  for (uint64_t unit = first; unit < last; ++unit, ++*passed) {
    const int error = range.for_each_present(range.pages_of(unit, unit + 1), [&](PageRange part) {
      return hook(range.hooks.context, part.begin, part.size());
    });
    if (error != 0) return error;
  }
  return 0;
}

int undo_range(const RangeJob& range) {
  int error = 0;
  for (uint64_t unit = 0; range.hooks.undo && unit < range.nr_units; ++unit) {
    if (!(range.done_bits(unit / kWordBits) >> unit % kWordBits & 1)) continue;
    range.for_each_present(range.pages_of(unit, unit + 1), [&](PageRange part) {
      const int result = range.hooks.undo(range.hooks.context, part.begin, part.size());
      if (error == 0) error = result;
      return 0;
    });
  }
  return error;
}

}  // namespace memmap::pages
