// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A request in its own storage: units on the absolute grid, pieces, stripes, sizes; and what cannot be a request.
#include "memmap/request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "memmap/pool.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;
using support::kBlock;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

struct RequestTest : testing::Test {
  Request& make(Span& span) { return make(pool, span); }
  static Request& make(TestPool& in, Span& span) {
    Request* made = nullptr;
    EXPECT_EQ(make_request(*span.prepare(), *in.get(), &made), MEMMAP_OK);
    return *made;
  }

  TestEnv env;
  TestTopology topology{2, 1, 2};
  TestPool pool{env, topology, 0, 64 * kSection};
};

// Units that exist: a bit in done is one that was left out.
std::vector<uint64_t> units_of(const Request& request) {
  std::vector<uint64_t> units;
  for (uint64_t unit = 0; unit < request.nr_units; ++unit)
    if (!(request.done_bits(unit / kWordBits) >> unit % kWordBits & 1)) units.push_back(unit);
  return units;
}

TEST_F(RequestTest, UnitsLieOnTheGridOfAllPfns) {
  for (const auto& [kind, unit_pages] : {std::pair{MEMMAP_DEVICE, kSubsection}, {MEMMAP_BOOT, kBlock}})
    for (const uint64_t start : {uint64_t{0}, uint64_t{1}, unit_pages - 1, unit_pages, 63 * unit_pages, 64 * unit_pages,
                                 65 * unit_pages + 7, 5 * kSection + 3})
      for (const uint64_t length : {uint64_t{1}, uint64_t{2}, unit_pages - 1, unit_pages, unit_pages + 1,
                                    64 * unit_pages, 64 * unit_pages + 1, 130 * unit_pages - 5}) {
        SCOPED_TRACE(testing::Message() << unit_pages << " a unit, " << start << " + " << length);
        Span span(kind, start, length);
        const Request& request = make(span);
        EXPECT_EQ(request.first_unit % kWordBits, 0u) << "claim words lie on the grid too";
        EXPECT_EQ(request.total_pages, length);
        uint64_t at = start;
        for (const uint64_t unit : units_of(request)) {
          const PageRange pages = request.pages_of(unit, unit + 1);
          ASSERT_EQ(pages.begin, at) << "one after the other, clipped to the span";
          ASSERT_EQ(pages.begin / unit_pages, (pages.end - 1) / unit_pages);
          ASSERT_TRUE(pages.end % unit_pages == 0 || pages.end == start + length);
          at = pages.end;
        }
        EXPECT_EQ(at, start + length);
        uint64_t left = 0;
        for (uint32_t i = 0; i < request.nr_stripes; ++i) left += request.stripes[i].left.load(relaxed);
        EXPECT_EQ(left, units_of(request).size());
      }
}

TEST_F(RequestTest, ExactlySixtyFourUnitsAreAWord) {
  Span span(MEMMAP_DEVICE, 2 * kSection, kSection);
  const Request& request = make(span);
  EXPECT_EQ(request.nr_units, 64u);
  EXPECT_EQ(request.claim[0].load(relaxed), 0u);
  EXPECT_EQ(units_of(request).size(), 64u);
}

TEST_F(RequestTest, NearTheLastPfnOfAll) {
  TestPool top(env, topology, kPfnLimit - 4 * kSection, 4 * kSection);
  for (const memmap_kind kind : {MEMMAP_DEVICE, MEMMAP_BOOT}) {
    Span span(kind, kPfnLimit - kSection - 1, kSection + 1);
    const Request& request = make(top, span);
    const std::vector<uint64_t> units = units_of(request);
    EXPECT_EQ(request.pages_of(units.front(), units.front() + 1).size(), 1u);
    EXPECT_EQ(request.pages_of(units.back(), units.back() + 1).end, kPfnLimit);
    EXPECT_EQ(request.total_pages, kSection + 1);
  }
}

TEST_F(RequestTest, UnitsWithoutAPieceDoNotExist) {
  Span span(MEMMAP_DEVICE, 0, 2 * kSection,
            {{kSubsection + 5, 1}, {kSubsection + 7, 1}, {9 * kSubsection - 1, 2}, {kSection + 1, 3 * kSubsection}});
  const Request& request = make(span);
  EXPECT_EQ(units_of(request), (std::vector<uint64_t>{1, 8, 9, 64, 65, 66, 67}));
  EXPECT_EQ(request.total_pages, 4 + 3 * kSubsection);
  for (uint64_t word = 0; word < 2; ++word) EXPECT_EQ(request.claim[word].load(relaxed), request.done_bits(word));
  EXPECT_EQ(request.done_pages(), 0u);
}

TEST_F(RequestTest, PiecesAreCopied) {
  Span span(MEMMAP_BOOT, 0, kSection, {{10, 5}, {100, 7}});
  const Request& request = make(span);
  span.pieces.assign(2, {0, 0});
  EXPECT_EQ(request.present_pages({0, kSection}), 12u);
}

TEST_F(RequestTest, PresentPartsOfARangeAgainstPageByPage) {
  std::minstd_rand random(5);
  for (int round = 0; round < 60; ++round) {
    std::vector<memmap_piece> pieces;
    std::vector<bool> present(3000);
    for (uint64_t pfn = random() % 50; pfn < 3000;) {
      const uint64_t length = std::min<uint64_t>(1 + random() % (random() % 4 ? 5 : 700), 3000 - pfn);
      pieces.push_back({pfn, length});
      std::fill_n(present.begin() + int64_t(pfn), length, true);
      pfn += length + random() % 60;  // may touch the next one
    }
    if (pieces.empty()) continue;
    Span span(MEMMAP_DEVICE, 0, 3000, pieces);
    const Request& request = make(span);
    for (int i = 0; i < 50; ++i) {
      const uint64_t begin = random() % 3000, end = begin + 1 + random() % (3000 - begin);
      std::vector<bool> visited(3000), expected(3000);
      std::copy(present.begin() + int64_t(begin), present.begin() + int64_t(end), expected.begin() + int64_t(begin));
      uint64_t last_end = 0;
      request.for_each_present({begin, end}, [&](PageRange part) {
        EXPECT_LT(part.begin, part.end);
        EXPECT_GE(part.begin, std::max(begin, last_end));
        EXPECT_LE(part.end, end);
        last_end = part.end;
        std::fill(visited.begin() + int64_t(part.begin), visited.begin() + int64_t(part.end), true);
        return 0;
      });
      ASSERT_EQ(visited, expected) << "of [" << begin << ", " << end << ") in round " << round;
    }
  }
}

TEST_F(RequestTest, VisitingStopsAtTheFirstResult) {
  Span span(MEMMAP_DEVICE, 0, 100, {{1, 1}, {3, 1}, {5, 1}});
  const Request& request = make(span);
  int calls = 0;
  EXPECT_EQ(request.for_each_present({0, 100}, [&](PageRange part) { return ++calls, part.begin == 3 ? 42 : 0; }), 42);
  EXPECT_EQ(calls, 2);
}

TEST_F(RequestTest, StripesFollowTheHomesOfTheRecordsNode) {
  topology = TestTopology(3, 2, 1);
  TestPool three(env, topology, 0, 64 * kSection);
  Span span(MEMMAP_BOOT, 0, 8 * kSection);
  span.request.nid = 0;
  span.request.records_nid = 2;
  const Request& request = make(three, span);
  ASSERT_EQ(request.nr_stripes, 2u);
  EXPECT_EQ(request.stripes[0].home, 4u);
  EXPECT_EQ(request.stripes[1].home, 5u);
}

TEST_F(RequestTest, AtMostSixteenStripes) {
  topology = TestTopology(1, 40, 1);
  TestPool wide(env, topology, 0, 64 * kSection);
  Span span(MEMMAP_DEVICE, 0, 64 * kSection);
  EXPECT_EQ(make(wide, span).nr_stripes, 16u);
}

TEST_F(RequestTest, AGrainIsAtLeastAUnitAndAtMostAWord) {
  for (const uint32_t grain_pages : {512u, 1024u, 4096u, 32'768u}) {
    TestPool some(env, topology, 0, kSection, [=](memmap_pool_config& config) { config.grain_pages = grain_pages; });
    Span device(MEMMAP_DEVICE, 0, kSection), boot(MEMMAP_BOOT, 0, kSection);
    EXPECT_EQ(make(some, device).grain_units, grain_pages / 512);
    EXPECT_EQ(make(some, boot).grain_units, std::max(1u, grain_pages / 1024));
  }
}

// What a span's end waits for is a worker's last grain: a small part of its share, or small.
TEST_F(RequestTest, LargeGrainsAreForWhoHasManyOfThem) {
  constexpr uint64_t kMany = 64 * uint64_t{16'384};
  const auto large = [&](uint32_t nr_workers, uint64_t nr_pages, void (*change)(Span&) = nullptr) {
    topology = TestTopology(1, 1, nr_workers);
    TestPool some(env, topology, 0, 2 * kMany, [](memmap_pool_config& config) {
      config.grain_pages = 2048;
      config.large_grain_pages = 16'384;
    });
    Span device(MEMMAP_DEVICE, 0, nr_pages);
    if (change) change(device);
    const Request& request = make(some, device);
    const uint64_t grain_pages = uint64_t{request.grain_units} << request.unit_shift;
    EXPECT_TRUE(grain_pages == 16'384 || grain_pages == std::max(2048u, 1u << request.unit_shift)) << grain_pages;
    return grain_pages == 16'384;
  };
  EXPECT_TRUE(large(1, kMany));
  EXPECT_TRUE(large(0, kMany)) << "all is the caller's";
  EXPECT_FALSE(large(0, kMany - 1));
  EXPECT_FALSE(large(1, kMany - 1));
  EXPECT_FALSE(large(2, kMany));
  EXPECT_TRUE(large(2, 2 * kMany));
  EXPECT_FALSE(large(1, kMany, [](Span& span) { span.request.altmap.reserve = 1; }));
  EXPECT_TRUE(large(1, 2 * kMany, [](Span& span) { span.pieces = {{0, kMany / 2}, {kMany, kMany / 2}}; }));
  EXPECT_FALSE(large(1, 2 * kMany, [](Span& span) { span.pieces = {{0, kMany / 2}, {kMany, kMany / 2 - 1}}; }));
  EXPECT_TRUE(large(1, kMany, [](Span& span) { span.request.vmemmap_shift = 10; }));
  EXPECT_FALSE(large(1, kMany, [](Span& span) { span.request.vmemmap_shift = 11; })) << "few units, long ones";
}

TEST_F(RequestTest, StoresAreForTheSizeAndAsNarrowAsAsked) {
  const auto stores_of = [&](uint64_t nr_pages, bool narrow) {
    Span span(MEMMAP_DEVICE, 0, nr_pages);
    span.request.narrow_stores = narrow;
    span.request.hooks.write = nullptr;
    alignas(64) static char records[64];  // nothing is written
    span.request.records = records;
    return make(span).stores;
  };
  const bool streams = writer_can_stream();
  for (const bool narrow : {false, true}) EXPECT_EQ(stores_of(8 * kSubsection - 1, narrow), Stores::kPlain);
  EXPECT_EQ(stores_of(8 * kSubsection, false), streams ? Stores::kStreaming : Stores::kPlain);
  EXPECT_EQ(stores_of(8 * kSubsection, true), streams ? Stores::kNarrowStreaming : Stores::kPlain);
}

TEST_F(RequestTest, EverythingIsAlignedInStorageThatIsAlignedTo64) {
  for (const size_t offset : {0u, 64u}) {
    Span span(MEMMAP_DEVICE, 0, 4 * kSection);
    Bytes storage(memmap_request_bytes(span.prepare()), offset);
    span.request.storage = storage.at();
    Request* made = nullptr;
    ASSERT_EQ(make_request(span.request, *pool.get(), &made), MEMMAP_OK);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(made) % alignof(Request), 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(made->stripes) % alignof(sched::Stripe), 0u) << offset;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(&made->stripes[1].cursor) % 64, 0u);
  }
}

TEST_F(RequestTest, BytesAreAsPromised) {
  for (const memmap_kind kind : {MEMMAP_DEVICE, MEMMAP_BOOT})
    for (const uint64_t nr_pages : {uint64_t{1}, kSection, uint64_t{1} << 34})
      for (const uint64_t start : {uint64_t{0}, kSection - 1})
        for (const size_t nr_pieces : {0u, 1u, 64u}) {
          std::vector<memmap_piece> pieces;
          for (size_t i = 0; i < std::min<size_t>(nr_pieces, nr_pages); ++i) pieces.push_back({start + i, 1});
          Span span(kind, start, nr_pages, pieces);
          span.request.pieces = pieces.empty() ? nullptr : pieces.data();
          span.request.nr_pieces = pieces.size();
          const uint64_t units = nr_pages / (kind == MEMMAP_BOOT ? kBlock : kSubsection);
          EXPECT_LE(memmap_request_bytes(&span.request), units / 4 + 16 * pieces.size() + 4096);
          EXPECT_GE(memmap_request_bytes(&span.request), units / 4 + 16 * pieces.size());
        }
}

TEST_F(RequestTest, UnmakingLeavesZeroes) {
  Span span(MEMMAP_BOOT, 77, 3 * kSection, {{80, 1}, {kSection, 5000}});
  Request& request = make(span);
  EXPECT_FALSE(span.storage.all(0));
  unmake_range(request);
  EXPECT_TRUE(span.storage.all(0));
}

struct BadRequest {
  const char* what;
  void (*spoil)(memmap_request& request);
  int status = MEMMAP_INVALID;
};

const memmap_piece kOne[] = {{5, 1}};
const memmap_piece kDescending[] = {{10, 2}, {5, 2}};
const memmap_piece kOverlapping[] = {{5, 3}, {7, 2}};
const memmap_piece kEmpty[] = {{5, 0}};
const memmap_piece kEmptyInside[] = {{5, 1}, {7, 0}, {9, 1}};
const memmap_piece kBefore[] = {{0, 10}};
const memmap_piece kBehind[] = {{60, 10}};
const memmap_piece kBeyond[] = {{64 + 1, 1}};
const memmap_piece kWrapping[] = {{5, UINT64_MAX}};
template <size_t n>
void give(memmap_request& request, const memmap_piece (&pieces)[n]) {
  request.pieces = pieces;
  request.nr_pieces = n;
}

void spoil_layout(memmap_request& request, void (*spoil)(memmap_layout& layout)) {
  static memmap_layout layout;
  layout = *memmap_layout_at(0);
  spoil(layout);
  request.layout = &layout;
}

// A good one is a device of pfns 1 .. 64.
const BadRequest kBadRequests[] = {
    {"zero pages", [](memmap_request& r) { r.nr_pages = 0; }},
    {"ends behind the last pfn", [](memmap_request& r) { r.nr_pages = kPfnLimit; }},
    {"the sum overflows", [](memmap_request& r) { r.nr_pages = UINT64_MAX; }},
    {"begins behind the last pfn", [](memmap_request& r) { r.start_pfn = kPfnLimit; }},
    {"begins at the last 64-bit number", [](memmap_request& r) { r.start_pfn = UINT64_MAX; }},
    {"no such kind", [](memmap_request& r) { r.kind = memmap_kind(5); }},
    {"no such device", [](memmap_request& r) { r.device = memmap_device(5); }},
    {"a node that records have no bits for", [](memmap_request& r) { r.nid = 1024; }},
    {"a zone that records have no bits for", [](memmap_request& r) { r.zone = 8; }},
    {"a last cpupid behind the record",
     [](memmap_request& r) { spoil_layout(r, [](memmap_layout& l) { l.cpupid_offset = 64; }); }},
    {"a last cpupid of 64 bits",
     [](memmap_request& r) { spoil_layout(r, [](memmap_layout& l) { l.cpupid_bits = 64; }); }},
    {"a node of 64 bits", [](memmap_request& r) { spoil_layout(r, [](memmap_layout& l) {
                                                    l.node = {0, 64};
                                                  }); }},
    {"a zone behind the flags", [](memmap_request& r) { spoil_layout(r, [](memmap_layout& l) {
                                                          l.zone = {62, 3};
                                                        }); }},
    {"a part of a compound", [](memmap_request& r) { r.vmemmap_shift = 9; }},
    {"compounds of RAM", [](memmap_request& r) { r.kind = MEMMAP_BOOT, r.vmemmap_shift = 1; }},
    {"compounds larger than memory", [](memmap_request& r) { r.vmemmap_shift = 31; }},
    {"shared records without compounds", [](memmap_request& r) { r.shared_records = true; }},
    {"compounds that begin inside a subsection", [](memmap_request& r) { r.vmemmap_shift = 4; }, MEMMAP_UNSUPPORTED},
    {"pieces without a number", [](memmap_request& r) { r.pieces = kOne; }},
    {"a number without pieces", [](memmap_request& r) { r.nr_pieces = 1; }},
    {"descending pieces", [](memmap_request& r) { give(r, kDescending); }},
    {"overlapping pieces", [](memmap_request& r) { give(r, kOverlapping); }},
    {"an empty piece", [](memmap_request& r) { give(r, kEmpty); }},
    {"an empty piece between others", [](memmap_request& r) { give(r, kEmptyInside); }},
    {"a piece that begins before the span", [](memmap_request& r) { give(r, kBefore); }},
    {"a piece that ends behind the span", [](memmap_request& r) { give(r, kBehind); }},
    {"a piece behind the span", [](memmap_request& r) { give(r, kBeyond); }},
    {"a piece that wraps around", [](memmap_request& r) { give(r, kWrapping); }},
    {"no records and no write hook", [](memmap_request& r) { r.hooks.write = nullptr; }},
    {"unaligned records", [](memmap_request& r) { r.records = reinterpret_cast<void*>(uintptr_t{64 + 8}); }},
    {"an altmap of RAM", [](memmap_request& r) { r.kind = MEMMAP_BOOT, r.altmap.free = 1; }},
    {"an altmap and pieces", [](memmap_request& r) { r.altmap.free = 1, give(r, kOne); }},
    {"an altmap that reserves everything", [](memmap_request& r) { r.altmap.reserve = 64; }},
    {"an altmap larger than the span",
     [](memmap_request& r) {
       r.altmap = {60, 5};
     }},
    {"an altmap whose sum overflows",
     [](memmap_request& r) {
       r.altmap = {1, UINT64_MAX};
     }},
};

TEST(CheckRequest, WhatCannotBeARequest) {
  for (const BadRequest& bad : kBadRequests) {
    Span span(MEMMAP_DEVICE, 1, 64);
    ASSERT_EQ(check_request(span.request), MEMMAP_OK);
    EXPECT_GT(memmap_request_bytes(&span.request), 0u);
    bad.spoil(span.request);
    EXPECT_EQ(check_request(span.request), bad.status) << bad.what;
    EXPECT_EQ(memmap_request_bytes(&span.request), 0u) << bad.what;
  }
  EXPECT_EQ(memmap_request_bytes(nullptr), 0u);
}

TEST(CheckRequest, WhatMayBeOne) {
  Span whole(MEMMAP_BOOT_FREED, 0, kPfnLimit), last(MEMMAP_DEVICE, kPfnLimit - 1, 1);
  EXPECT_EQ(check_request(whole.request), MEMMAP_OK);
  EXPECT_EQ(check_request(last.request), MEMMAP_OK);
  last.request.nr_pages = 2;
  EXPECT_EQ(check_request(last.request), MEMMAP_INVALID);
  const memmap_piece touching[] = {{1, 2}, {3, 1}, {4, 61}};
  Span span(MEMMAP_DEVICE, 1, 64);
  give(span.request, touching);
  EXPECT_EQ(check_request(span.request), MEMMAP_OK) << "pieces may touch";
  Span device(MEMMAP_DEVICE, 1, 64);
  device.request.altmap = {63, 1};
  EXPECT_EQ(check_request(device.request), MEMMAP_OK) << "no data behind an altmap";
  device.request.altmap = {63, 0};
  EXPECT_EQ(check_request(device.request), MEMMAP_OK) << "reserve only";
}

}  // namespace
}  // namespace memmap::pages
