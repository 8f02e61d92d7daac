// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Requests from bytes: whatever a caller may fill in is refused, or done exactly once for each page, and leaves
// nothing. Eight bytes a field, little-endian, missing ones 0: start, pages, nid, records_nid, zone, kind | device << 8
// | version << 16 | layout << 24, vmemmap_shift | shared << 8 | records << 9, altmap reserve, free, pieces; then each
// piece's pfn and pages.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "support/test_pool.h"

namespace {

using memmap::support::Bytes;
using memmap::support::Call;
using memmap::support::kSection;
using memmap::support::Span;
using memmap::support::TestDomain;
using memmap::support::TestEnv;
using memmap::support::TestPool;
using memmap::support::TestTopology;

constexpr uint64_t kPoolPages = 8 * kSection;
constexpr uint64_t kPiecesMax = 32;

class Fields {
 public:
  Fields(const uint8_t* bytes, size_t nr_bytes) : bytes_(bytes), left_(nr_bytes) {}
  uint64_t next() {
    uint64_t value = 0;
    const size_t taken = left_ < 8 ? left_ : 8;
    std::memcpy(&value, bytes_, taken);
    bytes_ += taken;
    left_ -= taken;
    return value;
  }

 private:
  const uint8_t* bytes_;
  size_t left_;
};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "request: %s\n", what);
  std::abort();
}

std::vector<memmap_piece> fill(Fields fields, memmap_request& request, bool* records) {
  request.start_pfn = fields.next();
  request.nr_pages = fields.next();
  request.nid = uint32_t(fields.next());
  request.records_nid = uint32_t(fields.next());
  request.zone = uint32_t(fields.next());
  const uint64_t choice = fields.next();
  request.kind = memmap_kind(choice & 7);
  request.device = memmap_device(choice >> 8 & 7);
  request.version = memmap_version(choice >> 16 & 3);
  request.layout = memmap_layout_at(choice >> 24 & 15);
  const uint64_t compounds = fields.next();
  request.vmemmap_shift = compounds & 0xFF;
  request.shared_records = compounds >> 8 & 1;
  *records = compounds >> 9 & 1;
  request.altmap.reserve = fields.next();
  request.altmap.free = fields.next();
  std::vector<memmap_piece> pieces(fields.next() % kPiecesMax);
  for (memmap_piece& piece : pieces) piece.pfn = fields.next(), piece.nr_pages = fields.next();
  return pieces;
}

// Nobody but the engine may be asked to write what does not fit the array: only requests inside the pool have one.
Bytes give_records(memmap_request& request) {
  const memmap_layout* const layout = request.layout ? request.layout : memmap_layout_at(0);
  Bytes memory(request.nr_pages * layout->record_bytes);
  request.hooks.write = nullptr;
  request.records = memory.at();
  return memory;
}

void check_done(const Span& span, bool records) {
  const memmap_request& request = span.request;
  uint64_t expected = request.nr_pages - request.altmap.reserve;
  if (request.nr_pieces != 0) expected = 0;
  for (size_t n = 0; n < request.nr_pieces; ++n) expected += request.pieces[n].nr_pages;
  require(span.pages(Call::ready) == expected, "each present page is handed over once");
  require(records || span.pages(Call::write) == expected, "each present page is written once");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t nr_bytes) {
  static TestEnv env;
  static TestTopology topology(2, 1, 1);
  static TestPool pool(env, topology, 0, kPoolPages);
  Span span(MEMMAP_DEVICE, 0, 1);
  bool records = false;
  span.pieces = fill(Fields(bytes, nr_bytes), span.request, &records);
  const bool inside = span.request.start_pfn < kPoolPages && span.request.nr_pages <= kPoolPages;
  Bytes memory;
  if (records && inside) memory = give_records(span.request);
  if (inside) span.prepare();
  span.request.pieces = span.pieces.empty() ? nullptr : span.pieces.data();
  span.request.nr_pieces = span.pieces.size();
  TestDomain domain(pool);
  const int status = domain.submit(&span.request);
  if (status == MEMMAP_OK) {
    require(memmap_flush_range(&domain.d, span.request.start_pfn, 1) == MEMMAP_OK, "its first unit can be had");
    pool.run(0);
    require(memmap_domain_close(&domain.d) == MEMMAP_OK, "what was accepted is done");
    check_done(span, records);
  } else {
    require(span.calls.empty() && domain.progress().requests == 0, "what was refused is not begun");
  }
  return 0;
}
