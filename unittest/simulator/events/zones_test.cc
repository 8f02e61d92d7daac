// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/zones.h"

#include <gtest/gtest.h>

namespace memmap::simulator {
namespace {

TEST(ZonesTest, PiecesAreCutAtTheBorders) {
  const std::vector<memmap_piece> pieces = {{10, 10}, {30, 5}, {50, 1}};
  const auto cut = [&pieces](uint64_t from, uint64_t to) {
    std::vector<std::pair<uint64_t, uint64_t>> result;
    for (const memmap_piece& piece : pieces_in(pieces, from, to)) result.emplace_back(piece.pfn, piece.nr_pages);
    return result;
  };
  using Pieces = std::vector<std::pair<uint64_t, uint64_t>>;
  EXPECT_EQ(cut(0, 100), (Pieces{{10, 10}, {30, 5}, {50, 1}}));
  EXPECT_EQ(cut(15, 31), (Pieces{{15, 5}, {30, 1}}));
  EXPECT_EQ(cut(20, 30), Pieces{});
  EXPECT_EQ(cut(12, 13), (Pieces{{12, 1}}));
}

}  // namespace
}  // namespace memmap::simulator
