// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/request.h"

#include <new>

#include "memmap/pool.h"
#include "memmap/sizes.h"
#include "memmap/units.h"
#include "memmap/writer.h"

namespace memmap::pages {

static_assert(sizeof(Request) <= MEMMAP_REQUEST_HEADER, "sizes.h");

namespace {

// Below this a streaming store buys nothing: the caller soon reads records that fit its cache.
constexpr uint64_t kStreamingPages = 4096;
constexpr uint32_t kCompoundOrderMax = 30;

uint64_t data_begin_of(const memmap_request& request) {
  return request.start_pfn + request.altmap.reserve + request.altmap.free;
}

// Subsections are what is ready as a whole, blocks what is handed over, compounds what is written.
uint32_t unit_shift_of(const memmap_request& request) {
  const uint32_t whole = request.kind == MEMMAP_DEVICE ? request.vmemmap_shift : layout_of(request).max_order;
  return larger(kSubsectionShift, whole);
}

// Compounds lie on a grid that begins with the data.
uint32_t lead_of(const memmap_request& request) {
  return uint32_t(request.vmemmap_shift != 0 ? -data_begin_of(request) & low_bits(unit_shift_of(request)) : 0);
}

RangeLayout layout_in_storage(const memmap_request& request) {
  const uint32_t lead = lead_of(request);
  const PageRange span = span_of(request);
  return layout_range({span.begin + lead, span.end + lead}, unit_shift_of(request), request.nr_pieces, sizeof(Request));
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

uint64_t present_pages(const memmap_request& request) {
  uint64_t pages = request.nr_pieces != 0 ? 0 : request.nr_pages - request.altmap.reserve;
  for (size_t i = 0; i < request.nr_pieces; ++i) pages += request.pieces[i].nr_pages;
  return pages;
}

// Of larger units a grain has few, and a worker would go on for too long before it looks what else there is.
uint32_t grain_units_of(const memmap_request& request, const memmap_pool& pool, uint32_t unit_shift) {
  const uint64_t share = present_pages(request) / larger(1u, pool.engine.topology->nr_workers);
  const bool large = unit_shift <= kMaxOrderBlockShift && has_many(share, pool.large_grain_pages);
  return larger(1u, (large ? pool.large_grain_pages : pool.grain_pages) >> unit_shift);
}

uint32_t unit_ns_of(const memmap_request& request, uint64_t record_ps) {
  uint64_t records = uint64_t{1} << unit_shift_of(request);
  if (request.shared_records) records = (records >> request.vmemmap_shift) * distinct_records(layout_of(request));
  return uint32_t(smaller<uint64_t>(record_ps * records / 1000, UINT32_MAX));
}

// Of a layout that somebody made: each field is inside its word, and the last cpupid's own inside the record.
bool fields_fit(const memmap_layout& layout) {
  const memmap_bits fields[] = {layout.section, layout.node, layout.zone, layout.cpupid};
  for (const memmap_bits bits : fields)
    if (bits.width >= kWordBits || bits.shift + bits.width > kWordBits) return false;
  return layout.cpupid_bits < kWordBits && layout.cpupid_offset / 8 < layout.record_bytes / 8;
}

// The layout's fields can hold node and zone, and its records stand where they are aligned.
bool layout_fits(const memmap_request& request) {
  if (request.version > MEMMAP_LINUX_2026) return false;
  const memmap_layout& layout = layout_of(request);
  if (layout.record_bytes % 8 != 0 || layout.record_bytes < kPlainBytes || layout.record_bytes > kRecordWordsMax * 8)
    return false;
  if (layout.max_order > kSectionShift || layout.section_shift > kCompoundOrderMax ||
      layout.page_shift > kSectionShift + 1 || !fields_fit(layout))
    return false;
  if (request.nid >= kNids || !fits(request.nid, layout.node) || !fits(request.zone, layout.zone)) return false;
  if (request.records == nullptr) return request.hooks.write != nullptr;
  return reinterpret_cast<uintptr_t>(request.records) % (layout.record_bytes == 64 ? 64 : 8) == 0;
}

bool altmap_fits(const memmap_request& request) {
  const memmap_altmap& altmap = request.altmap;
  if (altmap.reserve == 0 && altmap.free == 0) return true;
  if (request.kind != MEMMAP_DEVICE || request.nr_pieces != 0) return false;
  return altmap.reserve < request.nr_pages && altmap.free <= request.nr_pages - altmap.reserve;
}

// Whole compounds, from a subsection on, since what is ready is so by subsections.
int check_compounds(const memmap_request& request) {
  const uint32_t order = request.vmemmap_shift;
  if (order == 0) return request.shared_records ? MEMMAP_INVALID : MEMMAP_OK;
  if (request.kind != MEMMAP_DEVICE || request.nr_pieces != 0 || order > kCompoundOrderMax) return MEMMAP_INVALID;
  const uint64_t begin = data_begin_of(request), nr_pages = request.start_pfn + request.nr_pages - begin;
  if (nr_pages == 0 || (nr_pages & low_bits(order)) != 0) return MEMMAP_INVALID;
  if ((begin & low_bits(kSubsectionShift)) != 0) return MEMMAP_UNSUPPORTED;
  const bool altmap = request.altmap.reserve != 0 || request.altmap.free != 0;
  if (request.shared_records && !memmap_may_share_records(request.layout, order, altmap, true))
    return MEMMAP_UNSUPPORTED;
  return MEMMAP_OK;
}

void set_images(Request& made, const memmap_request& request) {
  made.asked = request;
  made.image = image_of(request);
  made.altmap = altmap_image(request);
  made.data_begin = data_begin_of(request);
  made.records = static_cast<char*>(request.records);
  if (!request.hooks.write && made.total_pages >= kStreamingPages && !request.shared_records && writer_can_stream())
    made.stores = request.narrow_stores ? Stores::kNarrowStreaming : Stores::kStreaming;
}

}  // namespace

int check_request(const memmap_request& request) {
  if (request.nr_pages == 0 || request.start_pfn >= kPfnLimit || request.nr_pages > kPfnLimit - request.start_pfn)
    return MEMMAP_INVALID;
  if (request.kind > MEMMAP_RESERVED || request.device > MEMMAP_DEVICE_PCI_P2PDMA || !layout_fits(request))
    return MEMMAP_INVALID;
  if (!altmap_fits(request) || (request.pieces == nullptr) != (request.nr_pieces == 0)) return MEMMAP_INVALID;
  return pieces_fit(request) ? check_compounds(request) : int{MEMMAP_INVALID};
}

int make_request(const memmap_request& request, memmap_pool& pool, Request** made) {
  const PageRange span = span_of(request);
  const RangeLayout layout = layout_in_storage(request);
  if (!pool.knows(request.nid) || !pool.knows(request.records_nid)) return MEMMAP_NO_NODE;
  if (const int status = check_storage(request.storage, request.storage_bytes, layout)) return status;

  Request& own = *new (request.storage) Request;
  own.work = &kRequestWork;
  own.pool = &pool;
  own.span = span;
  own.unit_shift = unit_shift_of(request);
  own.lead = lead_of(request);
  own.nid = request.nid;
  own.records_nid = request.records_nid;
  own.kind = request.kind;
  own.hooks = request.hooks;
  own.grain_units = grain_units_of(request, pool, own.unit_shift);
  own.unit_ns = unit_ns_of(request, pool.record_ps);
  const memmap_piece whole = {span.begin + request.altmap.reserve, request.nr_pages - request.altmap.reserve};
  cut_range(own, layout, request.nr_pieces != 0 ? request.pieces : &whole, larger<uint64_t>(1, request.nr_pieces));
  set_images(own, request);
  *made = &own;
  return MEMMAP_OK;
}

}  // namespace memmap::pages

extern "C" size_t memmap_request_bytes(const memmap_request* request) {
  using namespace memmap::pages;
  return request && check_request(*request) == MEMMAP_OK ? layout_in_storage(*request).bytes : 0;
}
