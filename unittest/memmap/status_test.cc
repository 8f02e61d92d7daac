// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Every status has a sentence of its own.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "memmap/memmap.h"

namespace {

TEST(Status, EachHasItsOwnText) {
  std::set<std::string> texts;
  for (const int status :
       {MEMMAP_OK, MEMMAP_INVALID, MEMMAP_NO_NODE, MEMMAP_STORAGE, MEMMAP_OVERLAP, MEMMAP_OUTSIDE, MEMMAP_FAILED,
        MEMMAP_CANCELLED, MEMMAP_CLOSED, MEMMAP_WOULD_DEADLOCK, MEMMAP_UNSUPPORTED, MEMMAP_BUSY}) {
    ASSERT_NE(memmap_status_text(status), nullptr);
    EXPECT_TRUE(texts.insert(memmap_status_text(status)).second) << memmap_status_text(status);
  }
  EXPECT_EQ(texts.count("a hook's own error"), 0u);
}

TEST(Status, AnythingElseIsAHooksOwn) {
  for (const int status : {1, -1, -12, -10'000, MEMMAP_BUSY - 1, 0x7FFFFFFF})
    EXPECT_STREQ(memmap_status_text(status), "a hook's own error") << status;
}

}  // namespace
