// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/request.h"

#include <new>

#include "memmap/pool.h"
#include "memmap/units.h"
#include "memmap/writer.h"

namespace memmap::pages {

namespace {

// Below this a streaming store buys nothing: the caller soon reads records that fit its cache.
constexpr uint64_t kStreamingPages = 4096;

struct Layout {
  uint64_t first_unit, nr_units, nr_words;
  uint64_t stripes, claim, done, pieces, bytes;  // offsets in the storage
};

uint32_t unit_shift_of(const memmap_request& request) {
  return request.kind == MEMMAP_DEVICE ? kSubsectionShift : kMaxOrderBlockShift;
}

Layout layout_of(const memmap_request& request) {
  const uint32_t shift = unit_shift_of(request);
  Layout layout{};
  layout.first_unit = align_down(request.start_pfn >> shift, kWordBits);
  layout.nr_units = ((request.start_pfn + request.nr_pages - 1) >> shift) - layout.first_unit + 1;
  layout.nr_words = div_up(layout.nr_units, kWordBits);
  layout.stripes = align_up(sizeof(Request), alignof(sched::Stripe));
  layout.claim = layout.stripes + kStripesMax * sizeof(sched::Stripe);
  layout.done = layout.claim + layout.nr_words * sizeof(uint64_t);
  layout.pieces = layout.done + layout.nr_words * sizeof(uint64_t);
  layout.bytes = align_up(layout.pieces + larger<uint64_t>(1, request.nr_pieces) * sizeof(memmap_piece), 64);
  return layout;
}

bool pieces_fit(const memmap_request& request) {
  uint64_t at = request.start_pfn;
  const uint64_t end = request.start_pfn + request.nr_pages;
  for (size_t i = 0; i < request.nr_pieces; ++i) {
    const memmap_piece& piece = request.pieces[i];
    if (piece.pfn < at || piece.nr_pages == 0 || piece.pfn >= end || piece.nr_pages > end - piece.pfn) return false;
    at = piece.pfn + piece.nr_pages;
  }
  return true;
}

// Copies the pieces, takes the units without one out of the job.
void set_pieces(Request& made, const memmap_request& request, memmap_piece* own) {
  if (request.nr_pieces == 0) {
    own[0] = {made.span.begin + request.altmap.reserve, request.nr_pages - request.altmap.reserve};
    made.nr_pieces = 1;
  } else {
    for (size_t i = 0; i < request.nr_pieces; ++i) own[i] = request.pieces[i];
    made.nr_pieces = request.nr_pieces;
  }
  made.pieces = own;
  uint64_t absent = 0;  // first unit after the pieces so far
  for (uint64_t i = 0; i < made.nr_pieces; ++i) {
    made.total_pages += own[i].nr_pages;
    const uint64_t first = (own[i].pfn >> made.unit_shift) - made.first_unit;
    leave_out(made, absent, first);
    absent = ((own[i].pfn + own[i].nr_pages - 1) >> made.unit_shift) - made.first_unit + 1;
  }
  leave_out(made, absent, made.nr_units);
}

void set_images(Request& made, const memmap_request& request) {
  made.image = image_of(request.kind, request.nid, request.zone, request.pgmap);
  made.altmap = altmap_image(request.nid, request.zone);
  made.data_begin = request.start_pfn + request.altmap.reserve + request.altmap.free;
  made.records = static_cast<char*>(request.records);
  made.streaming = made.total_pages >= kStreamingPages && writer_can_stream();
}

}  // namespace

uint64_t Request::present_pages(PageRange range) const {
  uint64_t pages = 0;
  for_each_present(range, [&pages](PageRange part) { return pages += part.size(), 0; });
  return pages;
}

uint64_t Request::done_pages() const {
  uint64_t pages = 0;
  for (uint64_t word = 0; word * kWordBits < nr_units; ++word) {
    for_each_run(word, done_bits(word), [&](uint64_t first, uint64_t last) {
      pages += present_pages(pages_of(first, last));
      return 0;
    });
  }
  return pages;
}

int check_request(const memmap_request& request) {
  if (request.nr_pages == 0 || request.start_pfn >= kPfnLimit || request.nr_pages > kPfnLimit - request.start_pfn)
    return MEMMAP_INVALID;
  if (request.nid >= kNids || request.zone >= kZones || request.kind > MEMMAP_DEVICE) return MEMMAP_INVALID;
  if (request.vmemmap_shift != 0) return MEMMAP_UNSUPPORTED;
  const memmap_altmap& altmap = request.altmap;
  if (altmap.reserve != 0 || altmap.free != 0) {
    if (request.kind != MEMMAP_DEVICE || request.nr_pieces != 0) return MEMMAP_INVALID;
    if (altmap.reserve >= request.nr_pages || altmap.free > request.nr_pages - altmap.reserve) return MEMMAP_INVALID;
  }
  if ((request.pieces == nullptr) != (request.nr_pieces == 0)) return MEMMAP_INVALID;
  if (request.records == nullptr ? request.hooks.write == nullptr
                                 : reinterpret_cast<uintptr_t>(request.records) % kRecordBytes != 0)
    return MEMMAP_INVALID;
  return pieces_fit(request) ? MEMMAP_OK : MEMMAP_INVALID;
}

int make_request(const memmap_request& request, memmap_pool& pool, Request** made) {
  const PageRange span = {request.start_pfn, request.start_pfn + request.nr_pages};
  const Layout layout = layout_of(request);
  if (!pool.knows(request.nid) || !pool.knows(request.records_nid)) return MEMMAP_NO_NODE;
  if (!pool.sections.holds(span)) return MEMMAP_OUTSIDE;
  char* const storage = static_cast<char*>(request.storage);
  if (!storage || reinterpret_cast<uintptr_t>(storage) % 64 != 0 || request.storage_bytes < layout.bytes)
    return MEMMAP_STORAGE;
  // Storage that was used before and not zeroed would have claim bits that nobody retires; it begins with Job::work.
  if (*reinterpret_cast<const uint64_t*>(storage) != 0) return MEMMAP_STORAGE;

  Request& own = *new (storage) Request;
  own.work = &kRequestWork;
  own.claim = reinterpret_cast<Atomic<uint64_t>*>(storage + layout.claim);
  own.done = reinterpret_cast<Atomic<uint64_t>*>(storage + layout.done);
  own.stripes = new (storage + layout.stripes) sched::Stripe[kStripesMax];
  own.pool = &pool;
  own.span = span;
  own.first_unit = layout.first_unit;
  own.nr_units = layout.nr_units;
  own.unit_shift = unit_shift_of(request);
  own.nid = request.nid;
  own.records_nid = request.records_nid;
  own.kind = request.kind;
  own.hooks = request.hooks;
  own.grain_units = uint32_t(larger<uint64_t>(1, pool.grain_pages >> own.unit_shift));
  own.unit_ns = uint32_t((uint64_t{pool.record_ps} << own.unit_shift) / 1000);

  const memmap_topology& topology = *pool.engine.topology;
  const uint16_t* const homes = topology.home + topology.home_begin[request.records_nid];
  const uint32_t nr_homes =
      uint32_t(topology.home_begin[request.records_nid + 1] - topology.home_begin[request.records_nid]);
  cut_stripes(own, own.nr_units, homes, smaller(nr_homes, kStripesMax));
  set_pieces(own, request, reinterpret_cast<memmap_piece*>(storage + layout.pieces));
  set_images(own, request);
  seal(own);
  *made = &own;
  return MEMMAP_OK;
}

void unmake_request(Request& request) {
  char* const storage = reinterpret_cast<char*>(&request);
  const char* const end = reinterpret_cast<const char*>(request.pieces + request.nr_pieces);
  __builtin_memset(static_cast<void*>(storage), 0, size_t(end - storage));
}

}  // namespace memmap::pages

extern "C" size_t memmap_request_bytes(const memmap_request* request) {
  using namespace memmap::pages;
  return request && check_request(*request) == MEMMAP_OK ? layout_of(*request).bytes : 0;
}
