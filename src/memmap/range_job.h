// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A range job: numbers (pfns, bytes, items of any kind), those of them that are present, cut in units, with hooks. A
// request is a range of pages (request.h); other ranges have hooks only.
//
// Unit u covers numbers [((first_unit + u) << unit_shift) - lead, ...), clipped to the span; first_unit is a multiple
// of 64, so that claim words and grains lie on a grid, the absolute one where lead is 0. Storage: RangeJob or what
// derives from it | stripes | claim words | done words | pieces.
#pragma once

#include "memmap/geometry.h"
#include "memmap/memmap.h"
#include "sched/job.h"

struct memmap_pool;

namespace memmap::pages {

constexpr uint32_t kStripesMax = 16;

struct RangeJob : sched::Job {
  memmap_pool* pool = nullptr;
  PageRange span{0, 0};
  uint64_t first_unit = 0;
  uint64_t nr_units = 0;  // bit positions, absent ones included
  uint32_t unit_shift = 0;
  uint32_t lead = 0;                     // less than a unit
  uint32_t records_nid = 0;              // node of the memory that is worked on
  const memmap_piece* pieces = nullptr;  // ascending, disjoint, inside the span; at least one
  uint64_t nr_pieces = 0;
  uint64_t total_pages = 0;               // in pieces
  const sched::Domain* domain = nullptr;  // set by the submit
  Atomic<uint64_t> caller_pages;          // done by others than workers
  memmap_hooks hooks{};

  // The numbers of units [first, last).
  PageRange pages_of(uint64_t first, uint64_t last) const {
    const auto begin_of = [this](uint64_t unit) {
      const uint64_t led = (first_unit + unit) << unit_shift;
      return led - smaller<uint64_t>(led, lead);
    };
    return intersect({begin_of(first), begin_of(last)}, span);
  }
  // First unit and the one behind the last, of numbers inside the span.
  PageRange units_of(PageRange pages) const {
    return {((pages.begin + lead) >> unit_shift) - first_unit, ((pages.end + lead - 1) >> unit_shift) - first_unit + 1};
  }

  // Visits the present parts of some numbers, ascending; stops at and returns the first nonzero result.
  template <typename Visit>
  int for_each_present(PageRange range, Visit visit) const {
    for (uint64_t i = first_piece(range.begin); i < nr_pieces && pieces[i].pfn < range.end; ++i) {
      const PageRange part = intersect({pieces[i].pfn, pieces[i].pfn + pieces[i].nr_pages}, range);
      if (const int result = visit(part)) return result;
    }
    return 0;
  }

  // The first piece that ends behind pfn.
  uint64_t first_piece(uint64_t pfn) const {
    if (nr_pieces != 1) return find_piece(pfn);
    return pieces[0].pfn + pieces[0].nr_pages > pfn ? 0 : 1;
  }
  uint64_t find_piece(uint64_t pfn) const;
  uint64_t present_pages(PageRange range) const {
    if (nr_pieces == 1) return intersect({pieces[0].pfn, pieces[0].pfn + pieces[0].nr_pages}, range).size();
    uint64_t pages = 0;
    for_each_present(range, [&pages](PageRange part) { return pages += part.size(), 0; });
    return pages;
  }
  uint64_t done_pages() const;
};

// What a range looks like in storage: offsets, and the number of bytes.
struct RangeLayout {
  uint64_t first_unit, nr_units, nr_stripes;
  uint64_t stripes, claim, done, pieces, bytes;
};
// `led`: the span, moved up by lead.
RangeLayout layout_range(PageRange led, uint32_t unit_shift, uint64_t nr_pieces, uint64_t header_bytes);

// STORAGE where it is missing, unaligned, too small, or was used and not zeroed.
int check_storage(const void* storage, size_t storage_bytes, const RangeLayout& layout);

// Cuts a range that has pool, span, unit_shift, grain_units and records_nid, and is at home in its storage, leaving out
// what is in no piece. The pieces are copied.
void cut_range(RangeJob& range, const RangeLayout& layout, const memmap_piece* pieces, uint64_t nr_pieces);
// The storage as the caller gave it: zeroed.
void unmake_range(RangeJob& range);

// Calls the hook unit by unit; *passed counts the units that it took. Returns its first error.
int call_hook(const RangeJob& range, memmap_hook* hook, uint64_t first, uint64_t last, uint64_t* passed);
// Calls undo for what was done. The first error; the others are called all the same.
int undo_range(const RangeJob& range);

// See sched::Work.
void report_stall(const sched::Domain& domain, const sched::Job* wanted, uint64_t first, uint64_t last,
                  uint64_t waited_ns);

}  // namespace memmap::pages
