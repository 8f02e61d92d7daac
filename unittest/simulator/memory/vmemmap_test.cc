// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Hotplug from the populate stage on: huge pages, base pages, neither; many ranges, all or none; removal in the middle;
// add, remove, add again; a part of a section that boot has made. Counters go back to where they were each time.
#include "simulator/memory/vmemmap.h"

#include <gtest/gtest.h>
#include <algorithm>

#include <cstring>
#include <deque>
#include <vector>

#include "simulator/kernel/buddy.h"
#include "simulator/kernel/pageblocks.h"
#include "simulator/reference/layout_reference.h"
#include "support/test_pool.h"

namespace memmap::simulator {
namespace {

using support::Bytes;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr uint64_t kPgmap = 0xFFFF'8880'1234'5678;
constexpr int64_t kHuge = 100, kBase = 5000;

// One range of an event: its memmap, the job that backs it, the request that writes it.
struct Range {
  Range(uint64_t start_pfn, uint64_t nr_pages, BackingPages& memory, uint32_t shared_order = 0)
      : span(MEMMAP_DEVICE, start_pfn, nr_pages) {
    vmemmap = *Vmemmap::reserve(start_pfn, nr_pages, shared_order, memory);
    populate = vmemmap->populate();
    storage = Bytes(memmap_range_bytes(&populate));
    populate.storage = storage.at();
    populate.storage_bytes = storage.size();
    memmap_request& request = span.request;
    request.hooks.write = nullptr;
    request.records = vmemmap->records();
    request.zone = 4;
    request.pgmap = kPgmap;
    request.vmemmap_shift = shared_order;
    request.shared_records = shared_order != 0;
  }
  uint64_t nr_wrong() const;

  std::unique_ptr<Vmemmap> vmemmap;
  memmap_range populate;
  Bytes storage;
  Span span;
};

uint64_t Range::nr_wrong() const {
  const LayoutFacts& facts = *layout_facts("x86-64, Debian 6.1");
  const uint32_t order = span.request.vmemmap_shift;
  const char* const first = static_cast<const char*>(vmemmap->records());
  uint64_t wrong = 0;
  for (uint64_t n = 0; n < span.request.nr_pages; ++n) {
    const uint64_t page = n % (uint64_t{1} << order);
    const PageRole role = order == 0  ? PageRole::device
                          : page == 0 ? PageRole::head
                          : page == 1 ? PageRole::first_tail
                                      : PageRole::tail;
    const uint64_t head = reinterpret_cast<uintptr_t>(first + (n - page) * 64);
    const ExpectedContent content{role, KernelVersion::v6_1, DeviceType::generic, 0, 4, 0, kPgmap, order, head};
    const auto expected = expected_bytes(facts, content, reinterpret_cast<uintptr_t>(first + n * 64));
    wrong += std::memcmp(first + n * 64, expected.data(), 64) != 0;
  }
  return wrong;
}

struct Hotplug : testing::Test {
  // Both stages of an event of these ranges. An error of the first: nothing is left of it.
  int add(const std::vector<Range*>& ranges) {
    TestDomain backing(pool);
    int status = MEMMAP_OK;
    for (Range* range : ranges) {
      range->storage = Bytes(memmap_range_bytes(&range->populate));
      range->populate.storage = range->storage.at();
      if (status == MEMMAP_OK) status = memmap_range_async(&range->populate, &backing.d);
    }
    if (const int flushed = memmap_flush(&backing.d); flushed != MEMMAP_OK) {
      EXPECT_EQ(memmap_cancel(&backing.d), MEMMAP_OK);
      return flushed;
    }
    for (size_t n = 0; n < ranges.size(); ++n) {
      ranges[n]->span.request.next = n + 1 < ranges.size() ? &ranges[n + 1]->span.request : nullptr;
      ranges[n]->span.prepare();
    }
    TestDomain writing(pool);
    status = writing.submit(&ranges[0]->span.request);
    if (status == MEMMAP_OK) status = memmap_domain_close(&writing.d);
    return status;
  }
  bool balanced() const { return memory.huge == kHuge && memory.base == kBase; }

  TestEnv env;
  TestTopology topology{1, 1, 2};
  TestPool pool{env, topology, 0, 64 * kSection};
  BackingPages memory{kHuge, kBase};
};

TEST_F(Hotplug, HugePagesFirstBasePagesWhereThereAreNone) {
  Range range(8 * kSection, 3 * kSection, memory);
  memory.huge = 2;
  ASSERT_EQ(add({&range}), MEMMAP_OK);
  EXPECT_EQ(range.vmemmap->huge_units(), 2u);
  EXPECT_EQ(memory.base, kBase - 512) << "the third section in base pages";
  EXPECT_EQ(range.nr_wrong(), 0u);
  range.vmemmap->depopulate();
  EXPECT_EQ(memory.base, kBase);
  EXPECT_EQ(memory.huge, 2);
}

TEST_F(Hotplug, APartOfASectionHasBasePages) {
  Range range(8 * kSection + 3 * kSubsection, kSection, memory);
  ASSERT_EQ(add({&range}), MEMMAP_OK);
  EXPECT_EQ(range.vmemmap->huge_units(), 0u);
  EXPECT_EQ(memory.base, kBase - 512);
  EXPECT_EQ(range.nr_wrong(), 0u);
}

// Bug 27: wherever memory ends, all that was taken is given back, and no record was touched.
TEST_F(Hotplug, FailureAtEachStepLeavesNothing) {
  for (int64_t huge = 0; huge <= 3; ++huge)
    for (int64_t base = 0; base < 1100; base += 1 + base / 3) {
      memory.huge = huge;
      memory.base = base;
      Range a(8 * kSection, 2 * kSection, memory), b(20 * kSection + 3 * kSubsection, kSubsection, memory);
      const bool enough = base >= 8 + 512 * std::max<int64_t>(2 - huge, 0);
      const int status = add({&a, &b});
      EXPECT_EQ(status, enough ? int{MEMMAP_OK} : Vmemmap::kNoMemory) << huge << " " << base;
      if (enough) a.vmemmap->depopulate(), b.vmemmap->depopulate();
      EXPECT_EQ(memory.huge, huge);
      EXPECT_EQ(memory.base, base);
      EXPECT_EQ(a.vmemmap->backed_units() + b.vmemmap->backed_units(), 0u);
    }
}

// Bug 36: a compound's memmap is one unit, however many sections it spans.
TEST_F(Hotplug, SharedRecordsTakeTwoPagesACompound) {
  for (const auto& [order, nr] : {std::pair{9u, 5}, {18u, 2}}) {
    Range range(8 * kSection + kSubsection, uint64_t(nr) << order, memory, order);
    ASSERT_EQ(add({&range}), MEMMAP_OK);
    EXPECT_EQ(memory.base, kBase - 2 * nr);
    EXPECT_EQ(range.nr_wrong(), 0u) << "order " << order;
    range.vmemmap->depopulate();
    EXPECT_TRUE(balanced());
  }
}

// An event of many extents is accepted as a whole or not at all.
TEST_F(Hotplug, ManyRangesAllOrNone) {
  std::deque<Range> ranges;
  for (uint64_t n = 0; n < 6; ++n) ranges.emplace_back((4 + 2 * n) * kSection, kSubsection * (1 + n), memory);
  std::vector<Range*> all;
  for (Range& range : ranges) all.push_back(&range);
  Span other(MEMMAP_DEVICE, 12 * kSection, kSubsection);
  {
    TestDomain taken(pool);
    ASSERT_EQ(taken.submit(other.prepare()), MEMMAP_OK);
    EXPECT_EQ(add(all), MEMMAP_OVERLAP);
    for (Range& range : ranges) {
      EXPECT_FALSE(range.span.request.start_pfn != 12 * kSection &&
                   memmap_ready(pool.get(), range.span.request.start_pfn));
      range.vmemmap->depopulate();
    }
  }
  EXPECT_TRUE(balanced());
  ASSERT_EQ(add(all), MEMMAP_OK);
  for (Range& range : ranges) EXPECT_EQ(range.nr_wrong(), 0u);
}

// A hook of the fourth range fails: what the first three were handed over is undone, exactly that.
TEST_F(Hotplug, AFailureInTheMiddleUndoesWhatWasDone) {
  std::deque<Span> spans;
  for (uint64_t n = 0; n < 6; ++n) spans.emplace_back(MEMMAP_DEVICE, (4 + 2 * n) * kSection, 3 * kSubsection);
  for (size_t n = 0; n + 1 < spans.size(); ++n) spans[n].request.next = &spans[n + 1].request;
  for (Span& span : spans) span.prepare();
  spans[3].on_call = [](const support::Call& call) { return call.hook == support::Call::ready ? -5 : 0; };
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(&spans[0].request), MEMMAP_OK);
  EXPECT_EQ(memmap_flush(&domain.d), -5);
  ASSERT_EQ(memmap_cancel(&domain.d), MEMMAP_OK);
  for (Span& span : spans)
    for (uint64_t page = span.request.start_pfn; page < span.request.start_pfn + 3 * kSubsection; page += kSubsection) {
      const bool failed = &span == &spans[3] && span.called(support::Call::ready, page);
      EXPECT_EQ(span.called(support::Call::undo, page), span.called(support::Call::ready, page) && !failed) << page;
      EXPECT_FALSE(memmap_ready(pool.get(), page));
    }
}

// Unplugged while it is written, or when it is: the event's domain outlives the teardown (bug 23), and its cancel sees
// to it that nobody stores or finds READY any more, so that the memmap may go.
TEST_F(Hotplug, RemovalDuringInitThenAddedAgain) {
  Range range(8 * kSection, 4 * kSection, memory);
  for (const uint64_t steps : {0u, 1u, 5u, 31u, 1000u}) {
    TestDomain backing(pool);
    range.storage = Bytes(memmap_range_bytes(&range.populate));
    range.populate.storage = range.storage.at();
    ASSERT_EQ(memmap_range_async(&range.populate, &backing.d), MEMMAP_OK);
    ASSERT_EQ(memmap_domain_close(&backing.d), MEMMAP_OK);
    TestDomain event(pool);
    ASSERT_EQ(event.submit(range.span.prepare()), MEMMAP_OK);
    for (uint64_t step = 0; step < steps; ++step) pool.step(0);
    ASSERT_EQ(memmap_cancel(&event.d), MEMMAP_OK);
    range.vmemmap->depopulate();
    EXPECT_TRUE(balanced());
    pool.run_all();  // would die, did anybody still store
    EXPECT_FALSE(memmap_ready(pool.get(), 8 * kSection));
    EXPECT_EQ(memmap_domain_close(&event.d), MEMMAP_CANCELLED);
  }
  for (int round = 0; round < 3; ++round) {  // bugs 20, 24: twice is as good as once
    ASSERT_EQ(add({&range}), MEMMAP_OK);
    EXPECT_EQ(range.nr_wrong(), 0u);
    range.vmemmap->depopulate();
    EXPECT_TRUE(balanced());
  }
}

// Bug 25: who looks at a record before its memmap is there finds out.
TEST_F(Hotplug, TouchingWhatIsNotBackedDies) {
  Range range(8 * kSection, kSection, memory);
  EXPECT_DEATH(*static_cast<volatile char*>(range.vmemmap->records()) = 1, "");
}

// Bug 15: a device in an early section uses the memmap that boot made there, so no tail shares a record with another.
TEST_F(Hotplug, APartOfAnEarlySectionHasRecordsOfItsOwn) {
  Bytes memory_of_section(kSection * 64, 64);
  std::memset(memory_of_section.at(), 0x5A, memory_of_section.size());
  const bool share = memmap_may_share_records(nullptr, 9, false, false);
  Span span(MEMMAP_DEVICE, 8 * kSection + 4 * kSubsection, 2 * kSubsection);
  span.request.hooks.write = nullptr;
  span.request.records = memory_of_section.at() + 4 * kSubsection * 64;
  span.request.zone = 4;
  span.request.vmemmap_shift = 9;
  span.request.shared_records = share;
  {
    TestDomain domain(pool);
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    ASSERT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  }
  for (uint64_t page = 0; page < kSection; ++page) {
    const bool device = page >= 4 * kSubsection && page < 6 * kSubsection;
    char* const record = memory_of_section.at() + page * 64;
    uint64_t last_word;
    std::memcpy(&last_word, record + 56, 8);
    ASSERT_EQ(last_word == 0, device) << page;
  }
}

int online(void* buddy, uint64_t pfn, uint64_t nr_pages) {
  static_cast<Buddy*>(buddy)->free_range(pfn, nr_pages);
  return 0;
}

// RAM that is added is offline, its pageblocks isolated; to online it hands whole blocks over and makes them movable.
TEST_F(Hotplug, AddedRamIsIsolatedThenOnline) {
  Bytes memmap(kSection * 64, 64);
  std::memset(memmap.at(), kPoisonByte, memmap.size());
  Pageblocks pageblocks(8 * kSection, kSection);
  const Memmap records{reinterpret_cast<Record*>(memmap.at()), 8 * kSection, kSection};
  Buddy buddy(records, pageblocks, {0, 2}, FreedBy::freer);
  pageblocks.set_range(8 * kSection, kSection, Migratetype::isolate);
  Span span(MEMMAP_ADDED, 8 * kSection, kSection);
  span.request.hooks = {};
  span.request.records = memmap.at();
  span.request.zone = 2;
  const LayoutFacts& facts = *layout_facts("x86-64, Debian 6.1");
  {
    TestDomain add_memory(pool);
    ASSERT_EQ(add_memory.submit(span.prepare()), MEMMAP_OK);
    ASSERT_EQ(memmap_domain_close(&add_memory.d), MEMMAP_OK);
  }
  for (uint64_t page = 0; page < kSection; ++page) {
    const uint64_t at = reinterpret_cast<uintptr_t>(memmap.at() + page * 64);
    const auto expected = expected_bytes(facts, {PageRole::added, KernelVersion::v6_1, {}, 0, 2}, at);
    ASSERT_EQ(std::memcmp(memmap.at() + page * 64, expected.data(), 64), 0) << page;
  }
  EXPECT_EQ(pageblocks.get(8 * kSection + 512), Migratetype::isolate);
  EXPECT_EQ(buddy.free_pages(), 0u);
  memmap_range blocks{};
  blocks.first = 8 * kSection;
  blocks.count = kSection;
  blocks.unit_shift = 10;
  blocks.run = online;
  blocks.context = &buddy;
  Bytes storage(memmap_range_bytes(&blocks));
  blocks.storage = storage.at();
  blocks.storage_bytes = storage.size();
  TestDomain online_pages(pool);
  ASSERT_EQ(memmap_range_async(&blocks, &online_pages.d), MEMMAP_OK);
  ASSERT_EQ(memmap_domain_close(&online_pages.d), MEMMAP_OK);
  EXPECT_EQ(buddy.free_pages(), kSection);
  EXPECT_EQ(buddy.violations().total(), 0u);
  EXPECT_EQ(pageblocks.get(8 * kSection + 512), Migratetype::movable);
}

}  // namespace
}  // namespace memmap::simulator
