// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Every layout, version and kind, through the engine, byte by byte against the reference that shares no code with it.
#include "memmap/layouts.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "simulator/reference/layout_reference.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using simulator::ExpectedContent;
using simulator::KernelVersion;
using simulator::LayoutFacts;
using simulator::PageRole;
using support::Bytes;
using support::kSection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr char kPoison = 0x5A;
constexpr uint64_t kPgmap = 0xFFFF'8880'1234'5678;
constexpr uint64_t kStart = 3 * kSection - 300, kPages = 700, kReserve = 5, kFree = 290;

struct Case {
  memmap_kind kind;
  PageRole role;
  memmap_device device = MEMMAP_DEVICE_GENERIC;
};
constexpr Case kCases[] = {
    {MEMMAP_BOOT, PageRole::ram},
    {MEMMAP_BOOT_FREED, PageRole::freed},
    {MEMMAP_RESERVED, PageRole::reserved},
    {MEMMAP_ADDED, PageRole::added},
    {MEMMAP_DEVICE, PageRole::device, MEMMAP_DEVICE_GENERIC},
    {MEMMAP_DEVICE, PageRole::device, MEMMAP_DEVICE_FS_DAX},
    {MEMMAP_DEVICE, PageRole::device, MEMMAP_DEVICE_PRIVATE},
    {MEMMAP_DEVICE, PageRole::device, MEMMAP_DEVICE_COHERENT},
    {MEMMAP_DEVICE, PageRole::device, MEMMAP_DEVICE_PCI_P2PDMA},
};

struct LayoutsTest : testing::Test {
  // Records that differ from the reference; -1 where the engine refused.
  int nr_wrong(const memmap_layout& layout, const LayoutFacts& facts, const Case& which, memmap_version version);

  TestEnv env;
  TestTopology topology{2, 1, 1};
  TestPool pool{env, topology, 0, 64 * kSection};
};

int LayoutsTest::nr_wrong(const memmap_layout& layout, const LayoutFacts& facts, const Case& which,
                          memmap_version version) {
  Bytes memory(kPages * layout.record_bytes);
  std::memset(memory.at(), kPoison, memory.size());
  Span span(which.kind, kStart, kPages);
  memmap_request& request = span.request;
  request.hooks.write = nullptr;
  request.records = memory.at();
  request.layout = &layout;
  request.version = version;
  request.device = which.device;
  request.pgmap = kPgmap;
  request.zone = which.kind == MEMMAP_DEVICE ? (1u << layout.zone.width) / 2 : 1;
  request.nid = layout.node.width != 0 ? 1 : 0;
  const bool altmap = which.device == MEMMAP_DEVICE_FS_DAX;
  if (altmap) request.altmap = {kReserve, kFree};
  TestDomain domain(pool);
  if (domain.submit(span.prepare()) != MEMMAP_OK || memmap_domain_close(&domain.d) != MEMMAP_OK) return -1;
  int wrong = 0;
  for (uint64_t n = 0; n < kPages; ++n) {
    const char* const record = memory.at() + n * layout.record_bytes;
    const PageRole role = altmap && n < kReserve + kFree ? PageRole::reserved : which.role;
    const ExpectedContent page{role,        KernelVersion(version), simulator::DeviceType(which.device),
                               request.nid, request.zone,           kStart + n,
                               kPgmap};
    auto expected = expected_bytes(facts, page, reinterpret_cast<uintptr_t>(record));
    if (altmap && n < kReserve) expected.fill(kPoison);
    wrong += std::memcmp(record, expected.data(), layout.record_bytes) != 0;
  }
  return wrong;
}

TEST_F(LayoutsTest, EveryLayoutVersionAndKindIsTheReferencesImage) {
  uint32_t layouts = 0;
  for (const memmap_layout* layout = memmap_layout_at(0); layout; layout = memmap_layout_at(++layouts)) {
    const LayoutFacts* const facts = simulator::layout_facts(layout->name);
    ASSERT_NE(facts, nullptr) << layout->name;
    ASSERT_EQ(facts->record_bytes, layout->record_bytes) << layout->name;
    ASSERT_EQ(facts->page_bytes, uint64_t{1} << layout->page_shift) << layout->name;
    ASSERT_EQ(facts->section_pages, uint64_t{1} << layout->section_shift) << layout->name;
    for (int version = MEMMAP_LINUX_6_1; version <= MEMMAP_LINUX_2026; ++version)
      for (const Case& which : kCases)
        EXPECT_EQ(nr_wrong(*layout, *facts, which, memmap_version(version)), 0)
            << layout->name << ", version " << version << ", kind " << which.kind << ", device " << which.device;
  }
  EXPECT_EQ(layouts, 9u);
}

TEST_F(LayoutsTest, ARequestWithoutALayoutHasTheFirst) {
  Span span(MEMMAP_DEVICE, 1, 64);
  const size_t bytes = memmap_request_bytes(&span.request);
  span.request.layout = memmap_layout_at(0);
  EXPECT_EQ(memmap_request_bytes(&span.request), bytes);
  EXPECT_EQ(memmap_layout_at(9), nullptr);
}

TEST_F(LayoutsTest, NodesAndZonesThatAFieldCannotHoldAreRefused) {
  const memmap_layout& ppc = *memmap_layout_at(5);
  Span span(MEMMAP_DEVICE, 1, 64);
  span.request.layout = &ppc;
  span.request.zone = 2;
  span.request.nid = 255;
  EXPECT_GT(memmap_request_bytes(&span.request), 0u);
  span.request.nid = 256;
  EXPECT_EQ(memmap_request_bytes(&span.request), 0u) << "8 bits of node";
  span.request.nid = 0;
  span.request.zone = 4;
  EXPECT_EQ(memmap_request_bytes(&span.request), 0u) << "2 bits of zone";
  span.request.layout = memmap_layout_at(7);
  span.request.zone = 1;
  span.request.nid = 300;
  EXPECT_GT(memmap_request_bytes(&span.request), 0u) << "the node is not in the flags";
}

// Bug 14, 15: who backs the memmap and who writes it ask the same question.
TEST_F(LayoutsTest, WhereTailsMayShareTheirRecords) {
  const auto may = [](uint32_t layout, uint32_t order) {
    return memmap_may_share_records(memmap_layout_at(layout), order, false, true);
  };
  EXPECT_TRUE(may(0, 9) && may(0, 18) && may(2, 9));
  EXPECT_FALSE(may(0, 7)) << "two pages of memmap, none to share";
  EXPECT_TRUE(may(0, 8));
  EXPECT_FALSE(may(1, 9)) << "no virtual array";
  EXPECT_FALSE(may(6, 14)) << "56 bytes: records cross pages";
  EXPECT_FALSE(may(4, 11)) << "64 KiB pages hold 1,024 records each";
  EXPECT_TRUE(may(4, 12));
  EXPECT_FALSE(memmap_may_share_records(nullptr, 9, true, true)) << "altmap";
  EXPECT_FALSE(memmap_may_share_records(nullptr, 9, false, false)) << "a part of an early section";
  EXPECT_TRUE(memmap_may_share_records(nullptr, 9, false, true));
}

}  // namespace
}  // namespace memmap::pages
