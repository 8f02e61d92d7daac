// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The writer: streaming and plain stores leave the same bytes, exactly where they should, for any count.
#include "memmap/writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "support/sanitizers.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;

constexpr char kPoison = 0x5A;
constexpr uint64_t kGuards = 3;

const Image kLinked = {{1, 2, 3, 4, 5, 6, 7, 8, 0, 0}, 8, true};
const Image kUnlinked = {{11, 12, 13, 14, 15, 16, 17, 18, 0, 0}, 8, false};

// Writes nr records into the middle of poison; says what is wrong.
void expect_written(uint64_t nr, const Image& image, bool streaming) {
  Bytes memory((nr + 2 * kGuards) * 64, 64);
  std::memset(memory.at(), kPoison, memory.size());
  char* const first = memory.at() + kGuards * 64;
  write_records(first, nr, image, streaming);
  writer_fence();
  for (uint64_t i = 0; i < kGuards * 64; ++i) {
    ASSERT_EQ(memory.at()[i], kPoison) << "before, " << nr;
    ASSERT_EQ(first[nr * 64 + i], kPoison) << "after, " << nr;
  }
  for (uint64_t record = 0; record < nr; ++record) {
    uint64_t expected[8], found[8];
    std::memcpy(expected, image.words, sizeof(expected));
    if (image.self_link) expected[1] = expected[2] = reinterpret_cast<uintptr_t>(first + record * 64 + 8);
    std::memcpy(found, first + record * 64, sizeof(found));
    for (int word = 0; word < 8; ++word)
      ASSERT_EQ(found[word], expected[word]) << record << " of " << nr << ", " << word;
  }
}

TEST(Writer, AnyCountUpToAHundred) {
  for (uint64_t nr = 0; nr <= 100; ++nr)
    for (const bool streaming : {false, true}) {
      ASSERT_NO_FATAL_FAILURE(expect_written(nr, kLinked, streaming));
      ASSERT_NO_FATAL_FAILURE(expect_written(nr, kUnlinked, streaming));
    }
}

TEST(Writer, LargeRuns) {
  for (const bool streaming : {false, true}) {
    ASSERT_NO_FATAL_FAILURE(expect_written(32'768, kLinked, streaming));
    ASSERT_NO_FATAL_FAILURE(expect_written(100'001, kUnlinked, streaming));
  }
}

TEST(Writer, StreamingAndPlainLeaveTheSameBytes) {
  constexpr uint64_t kNr = 1000;
  for (const Image& image : {kLinked, kUnlinked}) {
    Bytes memory(kNr * 64);
    write_records(memory.at(), kNr, image, false);
    const std::vector<char> plain(memory.at(), memory.at() + memory.size());
    std::memset(memory.at(), kPoison, memory.size());
    write_records(memory.at(), kNr, image, true);
    writer_fence();
    EXPECT_EQ(std::memcmp(memory.at(), plain.data(), plain.size()), 0);
  }
}

TEST(Writer, WritingAgainReplaces) {
  Bytes memory(64 * 10);
  write_records(memory.at(), 10, kLinked, true);
  write_records(memory.at(), 10, kUnlinked, false);
  writer_fence();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(std::memcmp(memory.at() + i * 64, kUnlinked.words, 64), 0);
}

TEST(Writer, StreamsWhereSanitizersDoNotLook) {
#ifdef __x86_64__
  EXPECT_EQ(writer_can_stream(), !support::kSanitized);
#else
  EXPECT_FALSE(writer_can_stream());
#endif
}

}  // namespace
}  // namespace memmap::pages
