// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/image.h"

namespace memmap::pages {

namespace {

constexpr uint64_t kMinusOne = 0xFFFFFFFF;
constexpr uint64_t kTailMapping = 0xDEAD'0000'0000'0400;

// What every image of a version has, where it differs from the others.
struct VersionBits {
  uint64_t reserved;  // page flags
  uint64_t head;
  uint64_t offline;   // page type: a bit that is 0; later a number in the top byte
  bool list_in_tail;  // the head is prepared last, so that the list in its second tail remains
};
constexpr VersionBits kVersions[] = {
    {uint64_t{1} << 12, uint64_t{1} << 16, 0xFFFF'FEFF, false},  // 6.1
    {uint64_t{1} << 13, uint64_t{1} << 6, 0xF100'0000, false},   // 6.16
    {uint64_t{1} << 13, uint64_t{1} << 6, 0xF100'0000, true},    // 6.18
    {uint64_t{1} << 13, uint64_t{1} << 6, 0xF100'0000, true},    // 2026
};

const VersionBits& bits_of(const memmap_request& request) { return kVersions[request.version]; }

Image plain(const memmap_request& request, uint64_t count, uint64_t type = kMinusOne) {
  const memmap_layout& layout = layout_of(request);
  const uint64_t cpupid = (uint64_t{1} << layout.cpupid_bits) - 1;
  const uint64_t flags = at(request.nid, layout.node) | at(request.zone, layout.zone) | at(cpupid, layout.cpupid);
  Image image{{flags, 0, 0, 0, 0, 0, count << 32 | type}, layout.record_bytes / 8, true};
  if (layout.cpupid_offset != 0) image.words[layout.cpupid_offset / 8] = cpupid;
  return image;
}

Image device(const memmap_request& request, uint64_t count) {
  Image image = plain(request, count);
  image.words[0] |= bits_of(request).reserved;
  image.words[1] = request.pgmap;
  image.self_link = false;
  return image;
}

// What a driver hands out one by one begins with 0.
uint64_t first_count(const memmap_request& request) {
  if (request.device == MEMMAP_DEVICE_PRIVATE || request.device == MEMMAP_DEVICE_COHERENT) return 0;
  return request.device == MEMMAP_DEVICE_GENERIC || request.version == MEMMAP_LINUX_6_1;
}

}  // namespace

Image image_of(const memmap_request& request) {
  if (request.kind == MEMMAP_RESERVED) return altmap_image(request);
  if (request.kind == MEMMAP_ADDED)
    return request.version == MEMMAP_LINUX_6_1 ? altmap_image(request) : plain(request, 1, bits_of(request).offline);
  if (request.kind != MEMMAP_DEVICE) return plain(request, request.kind == MEMMAP_BOOT);
  Image image = device(request, first_count(request));
  if (request.vmemmap_shift != 0) image.words[0] |= bits_of(request).head;
  return image;
}

Image image_of(memmap_kind kind, uint32_t nid, uint32_t zone, uint64_t pgmap) {
  memmap_request request{};
  request.kind = kind;
  request.nid = nid;
  request.zone = zone;
  request.pgmap = pgmap;
  return image_of(request);
}

Image altmap_image(const memmap_request& request) {
  Image image = plain(request, 1);
  image.words[0] |= bits_of(request).reserved;
  return image;
}

Image tail_image(const memmap_request& request, uint64_t head) {
  Image image = device(request, 0);
  image.words[1] = head | 1;
  image.words[3] = kTailMapping;
  return image;
}

Image first_tail_image(const memmap_request& request, uint64_t head) {
  const memmap_layout& layout = layout_of(request);
  const uint64_t order = request.vmemmap_shift, nr_pages = uint64_t{1} << order;
  Image image = tail_image(request, head);
  if (request.version == MEMMAP_LINUX_6_1) {
    image.words[2] = kMinusOne << 32 | order << 8 | 1;  // compound_mapcount, compound_order, compound_dtor
    image.words[3] = nr_pages << 32;                    // compound_nr; compound_pincount 0
    return image;
  }
  image.words[0] |= order;
  image.words[2] = kMinusOne;     // _large_mapcount; _nr_pages_mapped 0
  image.words[3] = kMinusOne;     // _entire_mapcount; _pincount 0
  image.words[4] = ~uint64_t{0};  // _mm_id_mapcount, two of them; _mm_ids 0
  if (image.nr_words > kPlainBytes / 8 && layout.cpupid_offset != kPlainBytes) image.words[7] = nr_pages;
  return image;
}

Image second_tail_image(const memmap_request& request, uint64_t head) {
  Image image = tail_image(request, head);
  if (!bits_of(request).list_in_tail || request.vmemmap_shift < 2) return image;
  image.words[2] = image.words[3] = head + 2 * layout_of(request).record_bytes + 16;  // _deferred_list, empty
  return image;
}

}  // namespace memmap::pages
