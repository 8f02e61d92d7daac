// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The bounds of sizes.h against what the functions say, over many shapes: never less, and never much more.
#include "memmap/sizes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "memmap/env.h"
#include "memmap/range.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::kSection;
using support::TestEnv;
using support::TestTopology;

constexpr uint64_t kSlack = 192;
constexpr int kShapes = 5'000;

// They are constant expressions.
static_assert(MEMMAP_RANGE_BYTES_MAX(1, 0) <= MEMMAP_TASK_WORDS * 8 + kSlack);
static_assert(MEMMAP_REQUEST_BYTES_MAX(1 << 15, 0, 9) < 4096 && MEMMAP_POOL_BYTES_MAX(1, 1, 1, 1 << 15, 1) < 4096);

void expect_bound(uint64_t bound, uint64_t bytes, const testing::Message& shape) {
  EXPECT_NE(bytes, 0u) << shape << " is not valid";
  EXPECT_GE(bound, bytes) << shape;
  EXPECT_LE(bound - bytes, kSlack) << shape;
}

// Any number of bits, so that small ones are as likely as large ones.
struct Draw {
  std::mt19937_64 engine{2018};
  uint64_t below(uint64_t n) { return engine() % n; }
  uint64_t up_to_bits(uint64_t bits) { return 1 + below(uint64_t{1} << below(bits + 1)); }
};

TEST(SizesTest, RangeJobs) {
  Draw draw;
  for (int i = 0; i < kShapes; ++i) {
    memmap_range range{};
    range.run = [](void*, uint64_t, uint64_t) { return 0; };
    range.unit_shift = uint32_t(draw.below(30));
    range.count = draw.up_to_bits(30);
    range.first = draw.up_to_bits(60);
    expect_bound(MEMMAP_RANGE_BYTES_MAX(range.count, range.unit_shift), memmap_range_bytes(&range),
                 testing::Message() << range.first << ", " << range.count << ", shift " << range.unit_shift);
  }
}

TEST(SizesTest, Requests) {
  Draw draw;
  for (int i = 0; i < kShapes; ++i) {
    memmap_request request{};
    request.hooks.write = [](void*, uint64_t, uint64_t) { return 0; };
    request.kind = memmap_kind(draw.below(5));
    request.start_pfn = draw.up_to_bits(40);
    request.nr_pages = 64 + draw.up_to_bits(36);
    uint32_t unit_shift = 10;
    if (request.kind == MEMMAP_DEVICE) {
      request.zone = 4;
      request.vmemmap_shift = uint32_t(draw.below(21));
      if (request.vmemmap_shift != 0) {
        request.start_pfn &= ~uint64_t{511};
        request.nr_pages = ((request.nr_pages >> request.vmemmap_shift) + 1) << request.vmemmap_shift;
      }
      unit_shift = std::max(9u, request.vmemmap_shift);
    }
    std::vector<memmap_piece> pieces(request.vmemmap_shift == 0 ? draw.below(20) : 0);
    for (size_t n = 0; n < pieces.size(); ++n) pieces[n] = {request.start_pfn + 2 * n, 1};
    if (!pieces.empty()) request.pieces = pieces.data();
    request.nr_pieces = pieces.size();
    const testing::Message shape = testing::Message()
                                   << request.start_pfn << ", " << request.nr_pages << " pages, kind " << request.kind
                                   << ", order " << request.vmemmap_shift << ", " << pieces.size() << " pieces";
    const uint64_t bytes = memmap_request_bytes(&request);
    expect_bound(MEMMAP_REQUEST_BYTES_MAX(request.nr_pages, pieces.size(), unit_shift), bytes, shape);
    EXPECT_GE(MEMMAP_REQUEST_BYTES_MAX(request.nr_pages, pieces.size(), 9), bytes) << shape;
  }
}

TEST(SizesTest, Pools) {
  Draw draw;
  TestEnv env;
  for (int i = 0; i < 500; ++i) {
    TestTopology topology(uint32_t(draw.up_to_bits(4)), uint32_t(draw.up_to_bits(2)), uint32_t(draw.below(20)));
    memmap_pool_config config{};
    config.env = &env.env;
    config.topology = topology.view();
    config.nr_pages = draw.up_to_bits(20) * kSection;
    config.domain_slots = uint32_t(draw.below(65));
    const memmap_topology& table = *config.topology;
    expect_bound(
        MEMMAP_POOL_BYTES_MAX(table.nr_workers, table.nr_groups, table.nr_nids, config.nr_pages, config.domain_slots),
        memmap_pool_bytes(&config),
        testing::Message() << table.nr_workers << " workers, " << table.nr_groups << " groups, " << table.nr_nids
                           << " nids, " << config.nr_pages << " pages, " << config.domain_slots << " slots");
  }
}

}  // namespace
}  // namespace memmap::pages
