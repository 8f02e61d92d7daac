// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/reference/verify.h"

#include <gtest/gtest.h>

#include "simulator/kernel/kernel_page.h"
#include "simulator/poisoned_memmap.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kStart = 1000;
constexpr uint64_t kPages = 70000;  // several parts for oneTBB
constexpr uint64_t kPagemap = 0xFFFF888012345600;

// [start, +100) untouched, RAM behind it, a device at the end.
class Verify : public testing::Test {
 protected:
  Verify() {
    init_pages(records.memmap().at(kStart + 100), 29900, {1, 2});
    init_zone_device_pages(records.memmap().at(kStart + 30000), 40000, 2, kPagemap);
  }

  Verification result() {
    const ExpectedSpan spans[] = {{&records[kStart], kStart, 100, {}},
                                  {&records[kStart + 100], kStart + 100, 29900, {Content::ram, 1, 2}},
                                  {&records[kStart + 30000], kStart + 30000, 40000, {Content::device, 2, 4, kPagemap}}};
    return verify(spans);
  }

  PoisonedMemmap records{kStart, kPages};
};

TEST_F(Verify, CountsWhatItCompared) {
  const Verification verification = result();
  EXPECT_TRUE(verification.ok());
  EXPECT_EQ(verification.verified, 69900u);
  EXPECT_EQ(verification.untouched, 100u);
  EXPECT_TRUE(verification.offenders.empty());
}

TEST_F(Verify, NothingIsVerifiedWithoutSpans) { EXPECT_EQ(verify({}).verified, 0u); }

TEST_F(Verify, FindsAMissedRecord) {
  std::memset(&records[kStart + 50000], kPoisonByte, sizeof(Record));
  const Verification verification = result();
  EXPECT_EQ(verification.wrong, 1u);
  ASSERT_EQ(verification.offenders.size(), 1u);
  EXPECT_EQ(describe(verification.offenders[0]), "pfn 51000: flags is 0x5a5a5a5a5a5a5a5a, expected 0xa7ffffc0001000");
}

TEST_F(Verify, FindsAWriteOutside) {
  records[kStart + 99].memcg_data = 0;
  const Verification verification = result();
  EXPECT_EQ(verification.wrong, 0u);
  EXPECT_EQ(verification.outside, 1u);
  EXPECT_FALSE(verification.ok());
  EXPECT_EQ(verification.offenders[0].pfn, kStart + 99);
}

TEST_F(Verify, FindsAnImageCopiedFromAnotherPage) {
  records[kStart + 200] = records[kStart + 201];  // right but for the list that points at itself
  const Verification verification = result();
  ASSERT_EQ(verification.wrong, 1u);
  EXPECT_STREQ(verification.offenders[0].difference.field, "lru.next/pgmap");
}

TEST_F(Verify, ReportsTheFirstOffendersInOrder) {
  for (uint64_t pfn = kStart + 100; pfn < kStart + kPages; pfn += 1000) records[pfn].index = 1;
  const Verification verification = result();
  EXPECT_EQ(verification.wrong, 70u);
  ASSERT_EQ(verification.offenders.size(), Verification::kOffenders);
  for (size_t n = 0; n < Verification::kOffenders; ++n) {
    EXPECT_EQ(verification.offenders[n].pfn, kStart + 100 + 1000 * n);
    EXPECT_STREQ(verification.offenders[n].difference.field, "index");
  }
}

}  // namespace
}  // namespace memmap::simulator
