// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A request as the engine runs it: memmap_request, checked, copied into its own storage, cut in units.
//
// Unit u covers pfns [(first_unit + u) << unit_shift, ...), clipped to the span; first_unit is a multiple of 64, so
// that claim words and grains lie on the absolute grid. Storage: Request | stripes | claim words | done words | pieces.
#pragma once

#include "memmap/geometry.h"
#include "memmap/image.h"
#include "memmap/memmap.h"
#include "sched/job.h"

namespace memmap::pages {

constexpr uint32_t kStripesMax = 16;

struct Request : sched::Job {
  memmap_pool* pool = nullptr;
  PageRange span{0, 0};
  uint64_t first_unit = 0;
  uint64_t nr_units = 0;  // bit positions, absent ones included
  uint32_t unit_shift = 0;
  uint32_t nid = 0;
  uint32_t records_nid = 0;
  memmap_kind kind = MEMMAP_BOOT;
  const memmap_piece* pieces = nullptr;  // ascending, disjoint, inside the span; at least one
  uint64_t nr_pieces = 0;
  uint64_t total_pages = 0;  // in pieces
  char* records = nullptr;   // of span.begin
  Image image{};
  Image altmap{};
  uint64_t data_begin = 0;  // pfns below get the altmap's image
  bool streaming = false;
  memmap_hooks hooks{};

  // The pages of units [first, last).
  PageRange pages_of(uint64_t first, uint64_t last) const {
    return intersect({(first_unit + first) << unit_shift, (first_unit + last) << unit_shift}, span);
  }

  // Visits the present parts of a range, ascending; stops at and returns the first nonzero result.
  template <typename Visit>
  int for_each_present(PageRange range, Visit visit) const {
    uint64_t low = 0, high = nr_pieces;  // the first piece that ends behind range.begin
    while (low < high) {
      const uint64_t middle = (low + high) / 2;
      if (pieces[middle].pfn + pieces[middle].nr_pages > range.begin)
        high = middle;
      else
        low = middle + 1;
    }
    for (; low < nr_pieces && pieces[low].pfn < range.end; ++low) {
      const PageRange part = intersect({pieces[low].pfn, pieces[low].pfn + pieces[low].nr_pages}, range);
      if (const int result = visit(part)) return result;
    }
    return 0;
  }

  uint64_t present_pages(PageRange range) const;
  uint64_t done_pages() const;
};

// Whether the request could be accepted by any pool; its storage is not looked at.
int check_request(const memmap_request& request);
// The request at home in its storage, not yet published. It was checked; NO_NODE, OUTSIDE, STORAGE.
int make_request(const memmap_request& request, memmap_pool& pool, Request** made);
// The storage as the caller gave it: zeroed.
void unmake_request(Request& request);

// run.cc: what the engine calls. stall.cc: see sched::Work.
extern const sched::Work kRequestWork;
void report_stall(const sched::Domain& domain, const sched::Job* wanted, uint64_t waited_ns);

}  // namespace memmap::pages
