// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The writer: all kinds of stores leave the same bytes, exactly where they should, for any count.
#include "memmap/writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "support/sanitizers.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;

constexpr char kGuard = 0x5A;
constexpr uint64_t kGuards = 3;

const Image kLinked = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 8, true};
const Image kUnlinked = {{11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, 8, false};
constexpr Stores kAll[] = {Stores::kPlain, Stores::kStreaming, Stores::kNarrowStreaming};

// Writes nr records into the middle of poison, `offset` bytes from where 64 divide the address; says what is wrong.
void expect_written(uint64_t nr, const Image& image, Stores stores, uint64_t offset = 0) {
  const uint64_t words = image.nr_words, guards = kGuards * words * 8 + offset;
  Bytes memory(nr * words * 8 + 2 * guards, 64);
  std::memset(memory.at(), kGuard, memory.size());
  char* const first = memory.at() + guards;
  write_records(first, nr, image, stores);
  writer_fence();
  for (uint64_t i = 0; i < guards; ++i) {
    ASSERT_EQ(memory.at()[i], kGuard) << "before, " << nr;
    ASSERT_EQ(first[nr * words * 8 + i], kGuard) << "after, " << nr;
  }
  for (uint64_t record = 0; record < nr; ++record) {
    uint64_t expected[10], found[10];
    std::memcpy(expected, image.words, sizeof(expected));
    char* const at = first + record * words * 8;
    if (image.self_link) expected[1] = expected[2] = reinterpret_cast<uintptr_t>(at + 8);
    std::memcpy(found, at, words * 8);
    for (uint64_t word = 0; word < words; ++word)
      ASSERT_EQ(found[word], expected[word]) << record << " of " << nr << ", " << word;
  }
}

TEST(Writer, AnyCountUpToAHundred) {
  for (uint64_t nr = 0; nr <= 100; ++nr)
    for (const Stores stores : kAll) {
      ASSERT_NO_FATAL_FAILURE(expect_written(nr, kLinked, stores));
      ASSERT_NO_FATAL_FAILURE(expect_written(nr, kUnlinked, stores));
    }
}

TEST(Writer, EveryRecordSizeAtEveryAlignment) {
  for (uint32_t words = 7; words <= 10; ++words)
    for (Image image : {kLinked, kUnlinked})
      for (const Stores stores : kAll)
        for (const uint64_t offset : {0u, 8u, 16u, 24u}) {
          image.nr_words = words;
          ASSERT_NO_FATAL_FAILURE(expect_written(37, image, stores, offset)) << words << " words, " << offset;
        }
}

TEST(Writer, LargeRuns) {
  for (const Stores stores : kAll) {
    ASSERT_NO_FATAL_FAILURE(expect_written(32'768, kLinked, stores));
    ASSERT_NO_FATAL_FAILURE(expect_written(100'001, kUnlinked, stores));
  }
}

TEST(Writer, WritingAgainReplaces) {
  Bytes memory(64 * 10);
  write_records(memory.at(), 10, kLinked, Stores::kStreaming);
  write_records(memory.at(), 10, kUnlinked, Stores::kPlain);
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
