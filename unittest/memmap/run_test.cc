// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The work on a grain: what is written, in which order it is handed over, what an error leaves behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "memmap/pool.h"
#include "memmap/request.h"
#include "support/record_span.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Call;
using support::kBlock;
using support::kSection;
using support::kSubsection;
using support::RecordSpan;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

struct RunTest : testing::Test {
  bool ready(uint64_t pfn) const { return memmap_ready(pool.get(), pfn); }
  uint64_t node_ready(uint32_t nid) const { return memmap_node_ready_pages(pool.get(), nid); }

  TestEnv env;
  TestTopology topology{2, 2, 1};
  mutable TestPool pool{env, topology, 0, 64 * kSection};
};

TEST_F(RunTest, EveryKindAgainstTheReference) {
  for (const memmap_kind kind : {MEMMAP_BOOT, MEMMAP_BOOT_FREED, MEMMAP_DEVICE}) {
    RecordSpan span(kind, 3 * kSubsection + 17, 5 * kBlock + 3);
    span.request.nid = 1;
    TestDomain domain(pool);
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
    EXPECT_EQ(span.nr_wrong(), 0u) << kind;
  }
}

TEST_F(RunTest, AnAltmapWithAndWithoutReserve) {
  for (const memmap_altmap& altmap : {memmap_altmap{0, 0}, {0, 100}, {7, 0}, {600, 1}, {1, 4000}, {513, 511}}) {
    RecordSpan span(MEMMAP_DEVICE, kSubsection - 3, kSection);
    span.request.altmap = altmap;
    TestDomain domain(pool);
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
    EXPECT_EQ(span.nr_wrong(), 0u) << altmap.reserve << " " << altmap.free;
    EXPECT_EQ(domain.progress().total_pages, kSection - altmap.reserve);
    EXPECT_EQ(domain.progress().done_pages, kSection - altmap.reserve);
    EXPECT_EQ(span.pages(Call::ready), kSection - altmap.reserve) << "the memmap's own pages too";
  }
}

// Spans that begin and end anywhere, pieces with holes between, all stores, any grain: the same as page by page.
TEST_F(RunTest, RandomRequestsAgainstASerialWriter) {
  const char* const wanted = std::getenv("MEMMAP_TEST_SEED");
  const uint64_t seed = wanted ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
  SCOPED_TRACE(testing::Message() << "MEMMAP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 40; ++round) {
    TestPool some(env, topology, 0, 64 * kSection,
                  [&](memmap_pool_config& config) { config.grain_pages = 512u << random() % 7; });
    const memmap_kind kind = memmap_kind(random() % 3);
    const uint64_t start = random() % (8 * kSection), nr_pages = 1 + random() % (random() % 2 ? 5'000 : 40'000);
    std::vector<memmap_piece> pieces;
    if (kind != MEMMAP_DEVICE || random() % 2) {
      for (uint64_t pfn = start + random() % nr_pages; pfn < start + nr_pages; pfn += random() % 3'000) {
        const uint64_t length = 1 + random() % std::min<uint64_t>(start + nr_pages - pfn, random() % 2 ? 20 : 6'000);
        pieces.push_back({pfn, length});
        pfn += length;
      }
    }
    RecordSpan span(kind, start, nr_pages, pieces);
    Span counted(kind, start + 32 * kSection, nr_pages);
    for (const memmap_piece& piece : pieces) counted.pieces.push_back({piece.pfn + 32 * kSection, piece.nr_pages});
    span.request.zone = uint32_t(random() % 5);
    span.request.nid = uint32_t(random() % 2);
    span.request.narrow_stores = random() % 2;
    span.request.records_nid = counted.request.records_nid = uint32_t(random() % 2);
    if (pieces.empty() && kind == MEMMAP_DEVICE && random() % 2) {
      span.request.altmap.reserve = random() % nr_pages;
      span.request.altmap.free = random() % (nr_pages - span.request.altmap.reserve + 1);
      counted.request.altmap = span.request.altmap;
    }
    TestDomain domain(some);
    counted.prepare();
    span.then(counted);
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    while (some.step(uint32_t(random() % 4))) {
    }
    ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
    some.run_all();  // each leaves the domain
    ASSERT_EQ(span.nr_wrong(), 0u) << "round " << round;
    std::vector<uint8_t> writes(nr_pages);
    for (const Call& call : counted.calls)
      for (uint64_t i = 0; i < call.nr_pages && call.hook == Call::write; ++i)
        ++writes.at(call.pfn + i - counted.request.start_pfn);
    for (uint64_t i = 0; i < nr_pages; ++i)
      ASSERT_EQ(writes[i], span.present(start + i)) << "round " << round << ", " << i;
  }
}

TEST_F(RunTest, ReadyIsCalledUnitByUnitWhenTheWholeGrainIsWritten) {
  RecordSpan span(MEMMAP_BOOT, 100, kSection, {{100, 1000}, {1200, 50}, {1300, 20'000}});
  TestDomain domain(pool);
  uint64_t last_end = 100;
  span.on_call = [&](const Call& call) {
    if (call.hook != Call::ready) return 0;
    EXPECT_EQ(call.pfn / kBlock, (call.pfn + call.nr_pages - 1) / kBlock) << "inside one unit";
    EXPECT_GE(call.pfn, last_end) << "ascending, no page twice";
    const uint64_t block = call.pfn / kBlock * kBlock;
    EXPECT_EQ(span.nr_wrong(std::max<uint64_t>(block, 100), block + kBlock), 0u) << "the whole unit is written";
    EXPECT_FALSE(ready(call.pfn)) << "not before the hand-over";
    last_end = call.pfn + call.nr_pages;
    return 0;
  };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_EQ(span.pages(Call::ready), 21'050u);
  EXPECT_TRUE(span.called(Call::ready, 100) && span.called(Call::ready, 1249) && span.called(Call::ready, 21'299));
  for (const uint64_t pfn : {100u, 1300u, 21'299u}) EXPECT_TRUE(ready(pfn));
  EXPECT_FALSE(ready(21 * kBlock)) << "a unit without a piece";
}

TEST_F(RunTest, AUnitIsReadyOnlyAfterItsOwnHandOver) {
  Span span(MEMMAP_DEVICE, 0, 8 * kSubsection);
  TestDomain domain(pool);
  span.on_call = [&](const Call& call) {
    for (uint64_t unit = 0; unit < 8; ++unit)
      EXPECT_FALSE(ready(unit * kSubsection)) << "the bits of a run of units are set together, after their hooks";
    return call.hook == Call::ready && call.pfn == 7 * kSubsection ? 1 : 0;
  };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), 1);
  for (uint64_t unit = 0; unit < 8; ++unit) EXPECT_EQ(ready(unit * kSubsection), unit < 7);
}

TEST_F(RunTest, AFailingWriteHandsNothingOfItsGrainOver) {
  Span span(MEMMAP_DEVICE, 0, kSection);
  TestDomain domain(pool);
  span.on_call = [](const Call& call) { return call.hook == Call::write && call.pfn == 11 * kSubsection ? -9 : 0; };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), -9);
  EXPECT_EQ(span.pages(Call::ready), 8 * kSubsection) << "the grain before";
  EXPECT_EQ(domain.progress().done_pages, 8 * kSubsection);
  EXPECT_FALSE(span.called(Call::write, 12 * kSubsection)) << "nothing after the error";
  EXPECT_FALSE(ready(8 * kSubsection));
}

TEST_F(RunTest, AFailingReadyInTheMiddleOfAGrainKeepsWhatWasBefore) {
  Span span(MEMMAP_BOOT, 0, 8 * kBlock);
  TestPool large(env, topology, 0, kSection, [](memmap_pool_config& config) { config.grain_pages = 8192; });
  TestDomain domain(large);
  span.on_call = [](const Call& call) { return call.hook == Call::ready && call.pfn == 5 * kBlock ? -9 : 0; };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), -9);
  EXPECT_EQ(domain.progress().done_pages, 5 * kBlock);
  EXPECT_EQ(domain.progress().dropped_pages, 3 * kBlock);
  EXPECT_TRUE(memmap_ready(large.get(), 5 * kBlock - 1));
  EXPECT_FALSE(memmap_ready(large.get(), 5 * kBlock));
  EXPECT_EQ(span.nr(Call::ready), 6u);
  EXPECT_EQ(memmap_node_ready_pages(large.get(), 0), 5 * kBlock);
}

TEST_F(RunTest, AFailureInTheSecondRunOfAGrainKeepsTheFirst) {
  Span span(MEMMAP_DEVICE, 0, 8 * kSubsection, {{0, kSubsection}, {4 * kSubsection, 2 * kSubsection}});
  TestDomain domain(pool);
  span.on_call = [](const Call& call) { return call.hook == Call::ready && call.pfn == 5 * kSubsection ? 3 : 0; };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), 3);
  EXPECT_TRUE(ready(0));
  EXPECT_TRUE(ready(4 * kSubsection));
  EXPECT_FALSE(ready(5 * kSubsection));
}

TEST_F(RunTest, TheNodeCounterCountsPresentPagesOfBootOnly) {
  Span boot(MEMMAP_BOOT_FREED, 0, kSection, {{5, 10}, {2000, 3000}}), other(MEMMAP_BOOT, kSection, kSection),
      device(MEMMAP_DEVICE, 2 * kSection, kSection);
  other.request.nid = 1;
  TestDomain domain(pool);
  for (Span* span : {&boot, &other, &device}) ASSERT_EQ(domain.submit(span->prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_EQ(node_ready(0), 3010u);
  EXPECT_EQ(node_ready(1), kSection);
  EXPECT_EQ(node_ready(2), 0u) << "no such node";
}

TEST_F(RunTest, TheCounterMovesAfterTheHandOver) {
  Span span(MEMMAP_BOOT, 0, kSection);
  TestDomain domain(pool);
  uint64_t handed_over = 0;
  span.on_call = [&](const Call& call) {
    if (call.hook == Call::ready) handed_over += call.nr_pages;
    EXPECT_LE(node_ready(0), handed_over);
    return 0;
  };
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
}

TEST_F(RunTest, TimeIsSpentForWhatIsWritten) {
  RecordSpan span(MEMMAP_DEVICE, 0, 3 * kSubsection);
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_flush(&domain.d), MEMMAP_OK);
  EXPECT_EQ(env.spent_pages, 3 * kSubsection);
}

TEST_F(RunTest, WithoutSpendAndHooksThereAreOnlyRecords) {
  env.env.spend = nullptr;
  env.env.stalled = nullptr;
  RecordSpan span(MEMMAP_DEVICE, 0, kSection);
  span.request.hooks = {};
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  pool.run_all();
  EXPECT_EQ(span.nr_wrong(), 0u);
  EXPECT_TRUE(ready(0));
  EXPECT_TRUE(span.calls.empty());
}

}  // namespace
}  // namespace memmap::pages
