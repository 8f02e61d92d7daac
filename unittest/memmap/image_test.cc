// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Images against the independent reference, field by field, for every kind, node and zone.
#include "memmap/image.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>

#include "memmap/writer.h"
#include "simulator/reference/reference.h"

namespace memmap::pages {
namespace {

using simulator::Content;
using simulator::ExpectedPage;
using simulator::Record;

constexpr uint64_t kImagePgmap = 0xFFFF'8881'0123'4560;

void expect_equal(const Image& image, const ExpectedPage& page) {
  struct alignas(64) Slot {
    Record record;
  } slot;
  write_records(&slot.record, 1, image, Stores::kPlain);
  const auto difference =
      simulator::difference(slot.record, simulator::expected_record(page, reinterpret_cast<uintptr_t>(&slot.record)),
                            simulator::Phase::written);
  EXPECT_FALSE(difference.has_value()) << difference->field << ": " << std::hex << difference->found << " for "
                                       << difference->expected << ", node " << page.nid << " zone " << page.zone;
}

constexpr uint32_t kZones = 8;

Image altmap_image(uint32_t nid, uint32_t zone) {
  memmap_request request{};
  request.nid = nid;
  request.zone = zone;
  return pages::altmap_image(request);
}

TEST(Image, EveryKindOnEveryNodeAndZone) {
  for (uint32_t nid = 0; nid < kNids; ++nid)
    for (uint32_t zone = 0; zone < kZones; ++zone) {
      expect_equal(image_of(MEMMAP_BOOT, nid, zone, kImagePgmap), {Content::ram, nid, zone, 0});
      expect_equal(image_of(MEMMAP_BOOT_FREED, nid, zone, kImagePgmap), {Content::freed, nid, zone, 0});
      expect_equal(image_of(MEMMAP_DEVICE, nid, zone, kImagePgmap), {Content::device, nid, zone, kImagePgmap});
      expect_equal(altmap_image(nid, zone), {Content::reserved, nid, zone, 0});
    }
}

TEST(Image, ADeviceWithoutPgmapHasANullThere) {
  expect_equal(image_of(MEMMAP_DEVICE, 3, 4, 0), {Content::device, 3, 4, 0});
}

TEST(Image, OnlyListsAreSelfLinks) {
  EXPECT_TRUE(image_of(MEMMAP_BOOT, 0, 0, 0).self_link);
  EXPECT_TRUE(image_of(MEMMAP_BOOT_FREED, 0, 0, 0).self_link);
  EXPECT_TRUE(altmap_image(0, 0).self_link);
  EXPECT_FALSE(image_of(MEMMAP_DEVICE, 0, 0, 0).self_link);
}

TEST(Image, KindsDifferInTheFewWordsThatTheyShould) {
  const Image boot = image_of(MEMMAP_BOOT, 1, 2, 0), freed = image_of(MEMMAP_BOOT_FREED, 1, 2, 0);
  for (const int word : {0, 1, 2, 3, 4, 5, 7}) EXPECT_EQ(boot.words[word], freed.words[word]) << word;
  EXPECT_EQ(boot.words[6] - freed.words[6], uint64_t{1} << 32) << "the reference count";
  const Image altmap = altmap_image(1, 2);
  EXPECT_EQ(altmap.words[0] ^ boot.words[0], uint64_t{1} << 12) << "reserved";
}

}  // namespace
}  // namespace memmap::pages
