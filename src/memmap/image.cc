// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/image.h"

namespace memmap::pages {

namespace {

constexpr uint64_t kReserved = uint64_t{1} << 12;
constexpr uint64_t kNoCpupid = uint64_t{0x1FFFFF} << 30;
constexpr uint64_t kUnmapped = 0xFFFFFFFF;  // _mapcount -1
constexpr uint32_t kZoneShift = 51;
constexpr uint32_t kNodeShift = 54;

Image plain(uint32_t nid, uint32_t zone, uint64_t count) {
  const uint64_t flags = uint64_t{nid} << kNodeShift | uint64_t{zone} << kZoneShift | kNoCpupid;
  return {{flags, 0, 0, 0, 0, 0, count << 32 | kUnmapped, 0}, true};
}

}  // namespace

Image image_of(memmap_kind kind, uint32_t nid, uint32_t zone, uint64_t pgmap) {
  if (kind != MEMMAP_DEVICE) return plain(nid, zone, kind == MEMMAP_BOOT ? 1 : 0);
  Image image = plain(nid, zone, 1);
  image.words[0] |= kReserved;
  image.words[1] = pgmap;
  image.self_link = false;
  return image;
}

Image altmap_image(uint32_t nid, uint32_t zone) {
  Image image = plain(nid, zone, 1);
  image.words[0] |= kReserved;
  return image;
}

}  // namespace memmap::pages
