// SPDX-License-Identifier: GPL-2.0-only
// Hotplug through the kernel's names, on the user-space twin.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "kernel_shim/twin.h"
#include "simulator/reference/layout_reference.h"

namespace memmap {
namespace {

constexpr unsigned long kUnit = 512;

class Device : public ::testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override { twin_start(GetParam(), nullptr, 0); }
  void TearDown() override { twin_stop(); }

  // How many records of the whole machine are not as they should be: those of the spans written, the others not.
  struct Span {
    unsigned long start_pfn, nr_pages;
    int nid;
    dev_pagemap* pgmap;
  };
  static unsigned long wrong_records(const std::vector<Span>& spans) {
    unsigned long wrong = 0, pfn = 0;
    memmap_record expected;
    const auto compare_until = [&](unsigned long end_pfn) {
      for (; pfn < end_pfn; ++pfn) wrong += std::memcmp(pfn_to_page(pfn), expected.word, sizeof(expected.word)) != 0;
    };
    for (const Span& span : spans) {  // ascending
      std::memset(expected.word, 0xA5, sizeof(expected.word));
      compare_until(span.start_pfn);
      memmap_record_device(&expected, ZONE_DEVICE, span.nid, span.pgmap);
      compare_until(span.start_pfn + span.nr_pages);
    }
    std::memset(expected.word, 0xA5, sizeof(expected.word));
    compare_until(TWIN_NODES * TWIN_NODE_PAGES);
    return wrong;
  }

  dev_pagemap pgmap_{{}, MEMORY_DEVICE_FS_DAX, 0, 0};
};

TEST_P(Device, WritesEveryRecordAndSetsEveryPageblock) {
  for (const bool movnti : {false, true}) {
    memmap_shim.movnti = movnti;
    const unsigned long start = TWIN_NODE_PAGES + 300, nr = 2 * PAGES_PER_SECTION + 77;
    memmap_init_zone_device(twin_device_zone(1), start, nr, &pgmap_);
    EXPECT_EQ(wrong_records({{start, nr, 1, &pgmap_}}), 0u);
    for (unsigned long pfn = (start / kUnit + 1) * kUnit; pfn < start + nr; pfn += kUnit)
      EXPECT_EQ(fake_migratetype(pfn), MIGRATE_MOVABLE) << pfn;
    EXPECT_EQ(fake_migratetype(start), -1) << "a pageblock that begins before the device is not its own";
  }
  EXPECT_EQ(twin_stock_calls(), 0);
}

TEST_P(Device, DataBeginsBehindTheAltmap) {
  pgmap_.flags = PGMAP_ALTMAP_VALID;
  pgmap_.altmap = {PAGES_PER_SECTION, 2, 600};
  memmap_init_zone_device(twin_device_zone(0), PAGES_PER_SECTION, PAGES_PER_SECTION, &pgmap_);
  EXPECT_EQ(wrong_records({{PAGES_PER_SECTION + 602, PAGES_PER_SECTION - 602, 0, &pgmap_}}), 0u);
  EXPECT_EQ(twin_stock_calls(), 0);
}

// Against the simulator's reference. Records of a compound behind its first `nr_records` must be as they were.
unsigned long wrong_in_compounds(unsigned long start_pfn, unsigned long nr_pages, const dev_pagemap& pgmap,
                                 unsigned long nr_records) {
  const simulator::LayoutFacts& layout = *simulator::layout_facts("x86-64, Debian 6.1");
  const unsigned long pages = 1UL << pgmap.vmemmap_shift;
  unsigned long wrong = 0;
  for (unsigned long i = 0; i < nr_pages; ++i) {
    const unsigned long place = i % pages;
    const page* const record = pfn_to_page(start_pfn + i);
    simulator::ExpectedContent content{};
    content.role = place == 0   ? simulator::PageRole::head
                   : place == 1 ? simulator::PageRole::first_tail
                                : simulator::PageRole::tail;
    content.type = simulator::DeviceType::fs_dax;
    content.zone = ZONE_DEVICE;
    content.pgmap = reinterpret_cast<uintptr_t>(&pgmap);
    content.order = uint32_t(pgmap.vmemmap_shift);
    content.head_address = reinterpret_cast<uintptr_t>(record - place);
    auto expected = simulator::expected_bytes(layout, content, reinterpret_cast<uintptr_t>(record));
    if (place >= nr_records) expected.fill(0xA5);
    wrong += std::memcmp(record, expected.data(), sizeof(*record)) != 0;
  }
  return wrong;
}

TEST_P(Device, CompoundsWriteTheRecordsThatTheirTailsDoNotShare) {
  constexpr unsigned long kStart = 6 * kUnit, kPages = 2 * PAGES_PER_SECTION;
  for (const unsigned long order : {9ul, 14ul}) {
    pgmap_.vmemmap_shift = order;
    memmap_init_zone_device(twin_device_zone(0), kStart, kPages, &pgmap_);
    EXPECT_EQ(wrong_in_compounds(kStart, kPages, pgmap_, 128), 0u) << order;
    EXPECT_EQ(fake_migratetype(kStart + kPages - 1), MIGRATE_MOVABLE);
    std::memset(static_cast<void*>(pfn_to_page(kStart)), 0xA5, kPages * sizeof(page));
  }
  EXPECT_EQ(twin_stock_calls(), 0);
}

TEST_P(Device, CompoundsBehindAnAltmapOrInAnEarlySectionShareNothing) {
  for (const bool movnti : {false, true}) {
    memmap_shim.movnti = movnti;
    pgmap_.vmemmap_shift = 9;
    pgmap_.flags = PGMAP_ALTMAP_VALID;
    pgmap_.altmap = {0, 2, 510};
    memmap_init_zone_device(twin_device_zone(0), 0, 71 * kUnit, &pgmap_);
    EXPECT_EQ(wrong_in_compounds(kUnit, 70 * kUnit, pgmap_, kUnit), 0u);
    pgmap_.flags = 0;
    fake_sections[3].early = true;
    memmap_init_zone_device(twin_device_zone(0), 3 * PAGES_PER_SECTION, 8 * kUnit, &pgmap_);
    EXPECT_EQ(wrong_in_compounds(3 * PAGES_PER_SECTION, 8 * kUnit, pgmap_, kUnit), 0u);
  }
  EXPECT_EQ(twin_stock_calls(), 0);
}

TEST_P(Device, SmallCompoundsToo) {
  pgmap_.vmemmap_shift = 2;
  memmap_init_zone_device(twin_device_zone(0), 2 * kUnit, 4096, &pgmap_);
  EXPECT_EQ(wrong_in_compounds(2 * kUnit, 4096, pgmap_, 4), 0u);
  EXPECT_EQ(twin_stock_calls(), 0);
}

TEST_P(Device, WhatWeCannotDoStockDoes) {
  const char* why = nullptr;
  const auto refused = [&](unsigned long start_pfn, unsigned long nr_pages) {
    EXPECT_EQ(memmap_init_zone_device_begin(twin_device_zone(0), start_pfn, nr_pages, &pgmap_, &why), nullptr);
    return std::string(why);
  };
  pgmap_.vmemmap_shift = 9;
  EXPECT_EQ(refused(0, 1023), "compound pages off the grid");
  EXPECT_EQ(refused(1, 1024), "compound pages off the grid") << "not on a subsection";
  fake_sections[1].early = true;
  EXPECT_EQ(refused(0, 2 * PAGES_PER_SECTION), "compound pages of which only some have records from boot");
  EXPECT_EQ(refused(0, 3 * PAGES_PER_SECTION), "compound pages of which only some have records from boot") << "amid";
  fake_sections[1].early = false;
  memmap_shim.compounds = false;
  EXPECT_EQ(refused(0, 1024), "compound pages, which this kernel makes in another way");
  memmap_init_zone_device(twin_device_zone(0), 0, 1024, &pgmap_);
  EXPECT_EQ(twin_stock_calls(), 1);
  pgmap_.vmemmap_shift = 0;

  memmap_shim.events[0].storage_bytes = 64;
  memmap_init_zone_device(twin_device_zone(0), 1024, 1024, &pgmap_);
  EXPECT_EQ(twin_stock_calls(), 2) << "too little storage";
  memmap_shim.events[0].storage_bytes = 16'384;

  memmap_init_zone_device(twin_device_zone(0), TWIN_NODES * TWIN_NODE_PAGES - 1, 1, &pgmap_);
  EXPECT_EQ(twin_stock_calls(), 2) << "the last page is ours";
  EXPECT_EQ(memmap_init_zone_device_begin(twin_device_zone(0), TWIN_NODES * TWIN_NODE_PAGES, 1, &pgmap_, &why),
            nullptr);
  EXPECT_EQ(std::string(why), memmap_status_text(MEMMAP_OUTSIDE));
  memmap_init_zone_device(twin_device_zone(0), 2048, 1024, &pgmap_);
  EXPECT_EQ(twin_stock_calls(), 2) << "a slot that failed is free again";
}

TEST_P(Device, EventsAtOnceAndOneMoreThanSlots) {
  std::vector<memmap_event*> events;
  std::vector<Span> spans;
  const char* why = nullptr;
  for (unsigned long i = 0; i <= MEMMAP_SHIM_EVENTS; ++i) {
    const Span span = {i * 8 * kUnit, 8 * kUnit, 0, &pgmap_};
    memmap_event* const event =
        memmap_init_zone_device_begin(twin_device_zone(0), span.start_pfn, span.nr_pages, span.pgmap, &why);
    if (event == nullptr) break;
    events.push_back(event);
    spans.push_back(span);
  }
  EXPECT_EQ(events.size(), size_t{MEMMAP_SHIM_EVENTS});
  EXPECT_EQ(std::string(why), "more events at once than slots");
  for (memmap_event* event : events) EXPECT_EQ(memmap_init_zone_device_end(event, nullptr, nullptr), MEMMAP_OK);
  EXPECT_EQ(wrong_records(spans), 0u);
}

TEST_P(Device, SyncWaitsForItsPages) {
  const char* why = nullptr;
  memmap_event* const event =
      memmap_init_zone_device_begin(twin_device_zone(0), 0, 2 * PAGES_PER_SECTION, &pgmap_, &why);
  ASSERT_NE(event, nullptr) << why;
  const unsigned long pfn = PAGES_PER_SECTION + 4711;
  EXPECT_EQ(memmap_sync(pfn, 1), MEMMAP_OK);
  memmap_record expected;
  memmap_record_device(&expected, ZONE_DEVICE, 0, &pgmap_);
  EXPECT_EQ(std::memcmp(pfn_to_page(pfn), expected.word, sizeof(expected.word)), 0);
  EXPECT_TRUE(memmap_ready(memmap_shim.pool, pfn));
  EXPECT_EQ(memmap_sync(TWIN_NODE_PAGES, 100), MEMMAP_OK) << "nobody is to write these";
  EXPECT_EQ(memmap_init_zone_device_end(event, nullptr, nullptr), MEMMAP_OK);
  EXPECT_EQ(memmap_sync(pfn, 1), MEMMAP_OK);
}

TEST_P(Device, ManyCallersAtOnce) {
  std::vector<std::thread> callers;
  for (unsigned long i = 0; i < 6; ++i)
    callers.emplace_back([this, i] {
      for (int round = 0; round < 4; ++round) {
        memmap_init_zone_device(twin_device_zone(int(i % 2)), i * PAGES_PER_SECTION, PAGES_PER_SECTION, &pgmap_);
        EXPECT_EQ(memmap_sync(0, TWIN_NODES * TWIN_NODE_PAGES), MEMMAP_OK);
      }
    });
  for (std::thread& caller : callers) caller.join();
  std::vector<Span> spans;
  for (unsigned long i = 0; i < 6; ++i)
    spans.push_back({i * PAGES_PER_SECTION, PAGES_PER_SECTION, int(i % 2), &pgmap_});
  EXPECT_EQ(wrong_records(spans), 0u);
  EXPECT_EQ(twin_stock_calls(), 0);
}

struct Counts {
  int64_t twice = 0, pages = 0;
};

void take_counts(const memmap_event* event, void* context) {
  Counts& counts = *static_cast<Counts*>(context);
  counts.twice = atomic64_read(&event->twice);
  for (const atomic64_t& pages : event->pages_on) counts.pages += atomic64_read(&pages);
}

TEST_P(Device, PlantedFaultsShow) {
  const unsigned long nr = PAGES_PER_SECTION;
  for (const memmap_plant plant : {MEMMAP_PLANT_NONE, MEMMAP_PLANT_SKIP, MEMMAP_PLANT_TWICE, MEMMAP_PLANT_FLIP}) {
    std::memset(static_cast<void*>(pfn_to_page(0)), 0xA5, nr * sizeof(page));
    memmap_shim.plant = plant;
    const char* why = nullptr;
    memmap_event* const event = memmap_init_zone_device_begin(twin_device_zone(0), 0, nr, &pgmap_, &why);
    ASSERT_NE(event, nullptr) << why;
    Counts counts;
    EXPECT_EQ(memmap_init_zone_device_end(event, take_counts, &counts), MEMMAP_OK);
    const unsigned long wrong = plant == MEMMAP_PLANT_SKIP ? kUnit : plant == MEMMAP_PLANT_FLIP ? 1 : 0;
    EXPECT_EQ(wrong_records({{0, nr, 0, &pgmap_}}), wrong) << plant;
    EXPECT_EQ(counts.twice, plant == MEMMAP_PLANT_TWICE) << plant;
    EXPECT_EQ(counts.pages, int64_t(nr) + (plant == MEMMAP_PLANT_TWICE  ? int64_t(kUnit)
                                           : plant == MEMMAP_PLANT_SKIP ? -int64_t(kUnit)
                                                                        : 0));
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, Device, ::testing::Values(0, 4));

}  // namespace
}  // namespace memmap
