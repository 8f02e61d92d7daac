// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/memory/memory_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

MemoryMap small_map() {
  MemoryMap map;
  map.source = "small";
  map.ram = {{100, 900, {0, 1}}, {1000, kSectionPages, {0, 2}}, {4 * kSectionPages, 2 * kSectionPages, {1, 2}}};
  map.reserved = {{150, 50}, {950, 50}, {4 * kSectionPages, 10}};
  map.devices = {{"pmem0", 8 * kSectionPages, 1024, 1, {2, 14}}};
  return map;
}

TEST(MemoryMap, Sums) {
  const MemoryMap map = small_map();
  EXPECT_EQ(map.ram_pages(), 900 + 3 * kSectionPages);
  EXPECT_EQ(map.reserved_pages(), 110u);
  EXPECT_EQ(map.device_pages(), 1024u);
  EXPECT_EQ(map.end_pfn(), 9 * kSectionPages);
  EXPECT_EQ(map.nr_nodes(), 2u);
  EXPECT_EQ(map.devices[0].first_free_pfn(), 8 * kSectionPages + 16);
}

// One spoiled map and the whole sentence about it.
struct Spoiled {
  const char* name;
  std::function<void(MemoryMap&)> spoil;
  const char* message;
};

class Validate : public testing::TestWithParam<Spoiled> {};

INSTANTIATE_TEST_SUITE_P(
    , Validate,
    testing::Values(
        Spoiled{"NoRam", [](MemoryMap& map) { map.ram.clear(), map.reserved.clear(); },
                "small: found no RAM, expected some"},
        Spoiled{"EmptyRange", [](MemoryMap& map) { map.ram[1].nr_pages = 0; },
                "small: RAM range 1: found pfns [1000, +0), expected at least one page"},
        Spoiled{"Overlap", [](MemoryMap& map) { map.ram[1].start_pfn = 999; },
                "small: RAM range 1: found pfns [999, +32768), expected a start of at least pfn 1000"},
        Spoiled{"Descending", [](MemoryMap& map) { std::swap(map.ram[0], map.ram[2]); },
                "small: RAM range 1: found pfns [1000, +32768), expected a start of at least pfn 196608"},
        Spoiled{"Overflow", [](MemoryMap& map) { map.ram[2].nr_pages = uint64_t{1} << 40; },
                "small: RAM range 2: found pfns [131072, +1099511627776), expected an end of at most 2^52 bytes"},
        Spoiled{
            "Wrap", [](MemoryMap& map) { map.ram[2].nr_pages = 0 - map.ram[2].start_pfn; },
            "small: RAM range 2: found pfns [131072, +18446744073709420544), expected an end of at most 2^52 bytes"},
        Spoiled{"Node", [](MemoryMap& map) { map.ram[2].place.nid = 1024; },
                "small: RAM range 2: found node 1024 zone 2, expected a node of at most 1023 and a zone of at most 3"},
        Spoiled{"DeviceZone", [](MemoryMap& map) { map.ram[0].place.zone = 4; },
                "small: RAM range 0: found node 0 zone 4, expected a node of at most 1023 and a zone of at most 3"},
        Spoiled{"ReservedOutside", [](MemoryMap& map) { map.reserved[0].pfn = 50; },
                "small: reserved piece 0: found pfns [50, +50), expected a part of one range of RAM"},
        Spoiled{"ReservedAcrossRanges", [](MemoryMap& map) { map.reserved[1].nr_pages = 51; },
                "small: reserved piece 1: found pfns [950, +51), expected a part of one range of RAM"},
        Spoiled{"ReservedOverlap", [](MemoryMap& map) { map.reserved[1].pfn = 199; },
                "small: reserved piece 1: found pfns [199, +50), expected a start of at least pfn 200"},
        Spoiled{"DeviceUnaligned", [](MemoryMap& map) { map.devices[0].nr_pages = 1000; },
                "small: device 0: found pfns [262144, +1000), expected multiples of 512 pages (2 MiB)"},
        Spoiled{"DeviceInRam", [](MemoryMap& map) { map.devices[0].start_pfn = 5 * kSectionPages; },
                "small: device 0: found pfns [163840, +1024), expected no page of RAM"},
        Spoiled{"AltmapTooLarge",
                [](MemoryMap& map) {
                  map.devices[0].altmap = {2, 1022};
                },
                "small: device 0: found a memmap of 2 + 1022, expected less than the device's pages"},
        Spoiled{"AltmapWraps",
                [](MemoryMap& map) {
                  map.devices[0].altmap = {2, ~uint64_t{0}};
                },
                "small: device 0: found a memmap of 2 + 18446744073709551615, expected less than the device's pages"}),
    [](const auto& spoiled) { return spoiled.param.name; });

TEST_P(Validate, SaysWhatIsWrong) {
  MemoryMap map = small_map();
  ASSERT_TRUE(validate(map).ok());
  GetParam().spoil(map);
  EXPECT_EQ(validate(map).message(), GetParam().message);
  EXPECT_EQ(validate(map).code(), absl::StatusCode::kInvalidArgument);
}

std::vector<std::string> text_of(const std::vector<memmap_piece>& pieces) {
  std::vector<std::string> text;
  for (const memmap_piece& piece : pieces)
    text.push_back(std::to_string(piece.pfn) + "+" + std::to_string(piece.nr_pages));
  return text;
}

TEST(ZoneSpans, CutAtZonesAndNodesAndWithoutReservedPages) {
  const std::vector<ZoneSpan> spans = zone_spans(small_map());
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(text_of(spans[0].pieces), (std::vector<std::string>{"100+50", "200+750"}));
  EXPECT_EQ(text_of(spans[1].pieces), (std::vector<std::string>{"1000+32768"}));
  EXPECT_EQ(text_of(spans[2].pieces), (std::vector<std::string>{"131082+65526"}));
  EXPECT_FALSE(spans[0].deferred) << "node 0 has a higher zone";
  EXPECT_TRUE(spans[1].deferred);
  EXPECT_TRUE(spans[2].deferred);
}

TEST(ZoneSpans, OneSpanHoldsAllRangesOfItsZone) {
  MemoryMap map = small_map();
  map.ram = {{0, 100, {0, 2}}, {200, 100, {0, 2}}, {600, 100, {1, 2}}, {700, 100, {0, 2}}};
  map.reserved = {};
  const std::vector<ZoneSpan> spans = zone_spans(map);
  ASSERT_EQ(spans.size(), 3u) << "nodes may alternate";
  EXPECT_EQ(spans[0].start_pfn, 0u);
  EXPECT_EQ(spans[0].nr_pages, 300u);
  EXPECT_EQ(spans[2].start_pfn, 700u);
  EXPECT_EQ(spans[2].place.nid, 0u);
}

TEST(ZoneSpans, FullyReservedRangeHasNoPieces) {
  MemoryMap map = small_map();
  map.reserved = {{100, 900}};
  EXPECT_TRUE(zone_spans(map)[0].pieces.empty());
}

// Every page of a section with RAM is either in a piece or unavailable, never both.
TEST(UnavailablePages, AreTheRestOfTheSections) {
  const MemoryMap map = small_map();
  std::vector<int> owners(9 * kSectionPages);
  for (const ZoneSpan& span : zone_spans(map)) {
    for (const memmap_piece& piece : span.pieces) {
      for (uint64_t n = 0; n < piece.nr_pages; ++n) ++owners[piece.pfn + n];
    }
  }
  for (const RamRange& range : unavailable_pages(map)) {
    for (uint64_t pfn = range.start_pfn; pfn < range.end_pfn(); ++pfn) ++owners[pfn];
  }
  for (uint64_t pfn = 0; pfn < owners.size(); ++pfn) {
    const uint64_t section = pfn / kSectionPages;
    EXPECT_EQ(owners[pfn], int{section == 0 || section == 1 || section == 4 || section == 5}) << pfn;
  }
}

std::vector<std::string> unavailable_of(std::vector<RamRange> ram) {
  MemoryMap map;
  map.ram = std::move(ram);
  EXPECT_TRUE(validate(map).ok());
  std::vector<std::string> text;
  for (const RamRange& range : unavailable_pages(map))
    text.push_back(
        absl::StrCat(range.start_pfn, "+", range.nr_pages, " node ", range.place.nid, " zone ", range.place.zone));
  return text;
}

// Linux: memmap_init() gives a hole to the zone it comes to next.
TEST(UnavailablePages, BelongToTheRangeBehindThem) {
  using Text = std::vector<std::string>;
  EXPECT_EQ(unavailable_of({{1, 158, {0, 0}}, {256, 3840, {0, 0}}, {4096, kSectionPages - 4096, {0, 1}}}),
            (Text{"0+1 node 0 zone 0", "159+97 node 0 zone 0"}));
  EXPECT_EQ(unavailable_of({{0, 100, {0, 1}}, {500, 100, {1, 2}}}),
            (Text{"100+400 node 1 zone 2", "600+32168 node 1 zone 2"}));
  // Behind a section without RAM: both ends, which are one zone's.
  EXPECT_EQ(unavailable_of({{0, 100, {0, 1}}, {3 * kSectionPages + 7, kSectionPages - 7, {1, 2}}}),
            (Text{"100+32668 node 1 zone 2", "98304+7 node 1 zone 2"}));
}

// Bug 8: RAM of 4097 MiB ends inside a section, whose rest is somebody's too.
TEST(UnavailablePages, TheLastSectionIsFilled) {
  EXPECT_EQ(unavailable_of({{0, 4097 * 256, {0, 2}}}), (std::vector<std::string>{"1048832+32512 node 0 zone 2"}));
  EXPECT_EQ(unavailable_of({{0, kSectionPages, {0, 2}}}), std::vector<std::string>());
}

// Bug 10: whichever node comes first, no page of RAM is anybody's hole.
TEST(UnavailablePages, NodesInAnyOrder) {
  for (const uint32_t first : {0u, 1u}) {
    EXPECT_EQ(unavailable_of({{0, 1000, {first, 2}}, {1000, 1000, {1 - first, 2}}, {2000, 1000, {first, 2}}}),
              (std::vector<std::string>{absl::StrCat("3000+29768 node ", first, " zone 2")}));
  }
}

uint64_t early_end_of(const std::vector<RamRange>& ram, size_t span) {
  MemoryMap map;
  map.ram = ram;
  return zone_spans(map)[span].early_end;
}

// Linux: defer_init() counts a zone's pages of RAM; from the first section behind more than 32,768 of them on it
// defers.
TEST(EarlyEnd, ASectionAndWhatIsMissingToTheNext) {
  EXPECT_EQ(early_end_of({{0, 10 * kSectionPages, {0, 2}}}, 0), kSectionPages);
  EXPECT_EQ(early_end_of({{1, 10 * kSectionPages, {0, 2}}}, 0), 2 * kSectionPages)
      << "one page too few at the first border";
  EXPECT_EQ(early_end_of({{kSectionPages - 1, 10 * kSectionPages, {0, 2}}}, 0), 2 * kSectionPages);
  EXPECT_EQ(early_end_of({{0, kSectionPages, {0, 2}}}, 0), kSectionPages) << "all of it";
  EXPECT_EQ(early_end_of({{0, 100, {0, 2}}, {5 * kSectionPages, 9 * kSectionPages, {0, 2}}}, 0), 6 * kSectionPages)
      << "holes do not count";
  EXPECT_EQ(early_end_of({{0, kSectionPages, {0, 2}}, {5 * kSectionPages, 9 * kSectionPages, {0, 2}}}, 0),
            5 * kSectionPages)
      << "a section's pages are done when the second range begins";
  EXPECT_EQ(early_end_of({{0, 2 * kSectionPages, {0, 1}}, {2 * kSectionPages, kSectionPages, {0, 2}}}, 0),
            2 * kSectionPages)
      << "not the last zone of its node";
}

// Bug 5: of a zone in several spans the budget is one; later spans are late from their beginning.
TEST(EarlyEnd, SpansOfAZoneShareOneBudget) {
  const std::vector<RamRange> ram = {{0, 3 * kSectionPages, {0, 2}},
                                     {3 * kSectionPages, 3 * kSectionPages, {1, 2}},
                                     {6 * kSectionPages, 3 * kSectionPages, {0, 2}}};
  EXPECT_EQ(early_end_of(ram, 0), kSectionPages);
  EXPECT_EQ(early_end_of(ram, 1), 4 * kSectionPages);
  EXPECT_EQ(early_end_of(ram, 2), 6 * kSectionPages) << "no page of it";
}

TEST(SyntheticMap, IsValidAndSaysThatItIsMadeUp) {
  for (const uint64_t gib : {0u, 1u, 3u, 4u, 100u}) {
    const MemoryMap map = synthetic_map(gib << 30);
    EXPECT_TRUE(validate(map).ok()) << validate(map);
    EXPECT_NE(map.source.find("synthetic"), std::string::npos);
    EXPECT_NEAR(double(map.ram_pages()) / (1 << 18), double(std::max<uint64_t>(gib, 1)), 0.001);
  }
}

TEST(ZoneOf, Borders) {
  EXPECT_EQ(zone_of(4095), 0u);
  EXPECT_EQ(zone_of(4096), 1u);
  EXPECT_EQ(zone_of((1 << 20) - 1), 1u);
  EXPECT_EQ(zone_of(1 << 20), 2u);
}

TEST(Describe, SaysSizes) {
  EXPECT_EQ(describe(small_map()),
            "RAM 0.38 GiB (3 ranges, 3 reserved pieces, 2 nodes), pmem0 0.00 GiB (altmap); 100228 records, 0.006 GiB");
}

}  // namespace
}  // namespace memmap::simulator
