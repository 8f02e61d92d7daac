// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/request.h"

#include <new>

#include "memmap/pool.h"
#include "memmap/writer.h"

namespace memmap::pages {

namespace {

// Below this a streaming store buys nothing: the caller soon reads records that fit its cache.
constexpr uint64_t kStreamingPages = 4096;

uint32_t unit_shift_of(const memmap_request& request) {
  return request.kind == MEMMAP_DEVICE ? kSubsectionShift : kMaxOrderBlockShift;
}

RangeLayout layout_of(const memmap_request& request) {
  const PageRange span = {request.start_pfn, request.start_pfn + request.nr_pages};
  return layout_range(span, unit_shift_of(request), request.nr_pieces, sizeof(Request));
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

void set_images(Request& made, const memmap_request& request) {
  made.image = image_of(request.kind, request.nid, request.zone, request.pgmap);
  made.altmap = altmap_image(request.nid, request.zone);
  made.data_begin = request.start_pfn + request.altmap.reserve + request.altmap.free;
  made.records = static_cast<char*>(request.records);
  made.streaming = made.total_pages >= kStreamingPages && writer_can_stream();
}

}  // namespace

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
  const RangeLayout layout = layout_of(request);
  if (!pool.knows(request.nid) || !pool.knows(request.records_nid)) return MEMMAP_NO_NODE;
  if (!pool.sections.holds(span)) return MEMMAP_OUTSIDE;
  if (const int status = check_storage(request.storage, request.storage_bytes, layout)) return status;

  Request& own = *new (request.storage) Request;
  own.work = &kRequestWork;
  own.pool = &pool;
  own.span = span;
  own.unit_shift = unit_shift_of(request);
  own.nid = request.nid;
  own.records_nid = request.records_nid;
  own.kind = request.kind;
  own.hooks = request.hooks;
  own.grain_units = uint32_t(larger<uint64_t>(1, pool.grain_pages >> own.unit_shift));
  own.unit_ns = uint32_t((uint64_t{pool.record_ps} << own.unit_shift) / 1000);
  const memmap_piece whole = {span.begin + request.altmap.reserve, request.nr_pages - request.altmap.reserve};
  cut_range(own, layout, request.nr_pieces != 0 ? request.pieces : &whole, larger<uint64_t>(1, request.nr_pieces));
  set_images(own, request);
  *made = &own;
  return MEMMAP_OK;
}

}  // namespace memmap::pages

extern "C" size_t memmap_request_bytes(const memmap_request* request) {
  using namespace memmap::pages;
  return request && check_request(*request) == MEMMAP_OK ? layout_of(*request).bytes : 0;
}
