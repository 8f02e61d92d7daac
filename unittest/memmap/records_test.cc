// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Compounds: every record of them byte by byte against the reference, with records of their own and with shared ones.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "memmap/layouts.h"
#include "simulator/reference/layout_reference.h"
#include "support/sanitizers.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using simulator::ExpectedContent;
using simulator::KernelVersion;
using simulator::PageRole;
using support::kSection;
using support::kSubsection;
using support::Span;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr uint64_t kDevicePgmap = 0xFFFF'8880'1234'5678;
constexpr uint64_t kPageBytes = 4096;
constexpr int kUntouched = 0x5A;
constexpr uint64_t kDistinct = 128;  // records of 64 bytes in two pages

// The memmap of some compounds in address space. Shared: behind the second page of each there is that page again and
// again, as vmemmap_populate_compound_pages() maps it.
class CompoundMemmap {
 public:
  CompoundMemmap(uint64_t compounds, uint32_t order, bool shared) : bytes_((compounds << order) * 64) {
    file_ = memfd_create("memmap", 0);
    const uint64_t each = uint64_t{64} << order, all = shared ? compounds * 2 : bytes_ / kPageBytes;
    EXPECT_EQ(ftruncate(file_, off_t(all * kPageBytes)), 0);
    at_ = static_cast<char*>(mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    if (!shared) map(at_, 0, all);
    for (uint64_t n = 0; shared && n < compounds; ++n) {
      map(at_ + n * each, n * 2, 2);
      for (uint64_t page = 2; page < each / kPageBytes; ++page) map(at_ + n * each + page * kPageBytes, n * 2 + 1, 1);
    }
    for (uint64_t n = 0; n < (shared ? compounds : 1); ++n)
      std::memset(at_ + n * each, kUntouched, (shared ? 2 : all) * kPageBytes);
  }
  ~CompoundMemmap() { munmap(at_, bytes_), ::close(file_); }
  CompoundMemmap(const CompoundMemmap&) = delete;
  CompoundMemmap& operator=(const CompoundMemmap&) = delete;

  char* at() const { return at_; }

 private:
  void map(char* to, uint64_t page, uint64_t pages) {
    ASSERT_NE(
        mmap(to, pages * kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_, off_t(page * kPageBytes)),
        MAP_FAILED);
  }

  const uint64_t bytes_;
  int file_;
  char* at_;
};

struct CompoundsTest : testing::Test {
  TestEnv env;
  TestTopology topology{2, 1, 2};
  TestPool pool{env, topology, 0, 128 * kSection};
};

struct Compounds {
  uint64_t start_pfn;
  uint64_t nr;
  uint32_t order;
  memmap_version version = MEMMAP_LINUX_6_1;
  memmap_device device = MEMMAP_DEVICE_GENERIC;
  memmap_altmap altmap = {0, 0};

  uint64_t data() const { return start_pfn + altmap.reserve + altmap.free; }
  uint64_t nr_pages() const { return altmap.reserve + altmap.free + (nr << order); }
};

memmap_request& describe(Span& span, const Compounds& what, char* records) {
  memmap_request& request = span.request;
  request.hooks.write = nullptr;
  request.records = records;
  request.zone = 4;
  request.nid = 1;
  request.vmemmap_shift = what.order;
  request.version = what.version;
  request.device = what.device;
  request.altmap = what.altmap;
  request.pgmap = kDevicePgmap;
  return request;
}

// Page n of the first of `count` records of each compound; where tails share records, seen through their addresses.
uint64_t nr_wrong(const Compounds& what, const char* first, uint64_t count) {
  const simulator::LayoutFacts& facts = *simulator::layout_facts("x86-64, Debian 6.1");
  uint64_t wrong = 0;
  for (uint64_t n = 0; n < what.nr; ++n) {
    const char* const head = first + (what.data() - what.start_pfn + (n << what.order)) * 64;
    for (uint64_t page = 0; page < count; ++page) {
      constexpr PageRole kRoles[] = {PageRole::head, PageRole::first_tail, PageRole::second_tail};
      ExpectedContent content{page < 3 ? kRoles[page] : PageRole::tail,
                              KernelVersion(what.version),
                              simulator::DeviceType(what.device),
                              1,
                              4,
                              0,
                              kDevicePgmap,
                              what.order,
                              reinterpret_cast<uintptr_t>(head)};
      const char* const record = head + page * 64;
      const auto expected = expected_bytes(facts, content, reinterpret_cast<uintptr_t>(record));
      wrong += std::memcmp(record, expected.data(), 64) != 0;
    }
  }
  return wrong;
}

TEST_F(CompoundsTest, EveryVersionAndTypeWithRecordsOfTheirOwn) {
  for (int version = 0; version <= MEMMAP_LINUX_2026; ++version)
    for (int device = 0; device <= MEMMAP_DEVICE_PCI_P2PDMA; ++device)
      for (const uint32_t order : {1u, 2u, 4u, 9u, 11u}) {
        const Compounds what{5 * kSubsection, 4, order, memmap_version(version), memmap_device(device)};
        const uint64_t nr = order < 9 ? 512 >> order : 4;  // whole pages of memmap
        Compounds all = what;
        all.nr = nr;
        CompoundMemmap memmap(nr, order, false);
        Span span(MEMMAP_DEVICE, all.start_pfn, all.nr_pages());
        describe(span, all, memmap.at());
        TestDomain domain(pool);
        ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
        ASSERT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
        EXPECT_EQ(nr_wrong(all, memmap.at(), uint64_t{1} << order), 0u)
            << "order " << order << " version " << version << " device " << device;
      }
}

// Both sizes, seen through all their addresses: of 512 and 262,144 records 128 are written, and no other.
TEST_F(CompoundsTest, SharedRecordsAreWrittenOnceAndReadEverywhere) {
  for (const auto& [order, nr] : {std::pair{9u, uint64_t{6}}, {18u, uint64_t{2}}})
    for (const memmap_version version : {MEMMAP_LINUX_6_1, MEMMAP_LINUX_6_16, MEMMAP_LINUX_2026}) {
      if (support::kSanitized && order == 18 && version != MEMMAP_LINUX_2026) continue;  // half a million comparisons
      const Compounds what{3 * kSubsection, nr, order, version};
      CompoundMemmap memmap(nr, order, true);
      Span span(MEMMAP_DEVICE, what.start_pfn, what.nr_pages());
      describe(span, what, memmap.at()).shared_records = true;
      const uint64_t spent = env.spent_pages;
      TestDomain domain(pool);
      ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
      pool.run_all();
      EXPECT_EQ(env.spent_pages - spent, nr * kDistinct) << "records written";
      EXPECT_EQ(span.pages(support::Call::ready), what.nr_pages()) << "for all pageblocks (bug 16)";
      ASSERT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
      EXPECT_EQ(nr_wrong(what, memmap.at(), uint64_t{1} << order), 0u) << "order " << order << " version " << version;
    }
}

// Not shared memory: what is behind the distinct records stays poison.
TEST_F(CompoundsTest, NothingButTheDistinctRecordsIsStored) {
  const Compounds what{kSection, 3, 9};
  CompoundMemmap memmap(3, 9, false);
  Span span(MEMMAP_DEVICE, what.start_pfn, what.nr_pages());
  describe(span, what, memmap.at()).shared_records = true;
  TestDomain domain(pool);
  ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
  ASSERT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
  EXPECT_EQ(nr_wrong(what, memmap.at(), kDistinct), 0u);
  for (uint64_t n = 0; n < 3; ++n)
    for (uint64_t byte = kDistinct * 64; byte < 512 * 64; ++byte)
      ASSERT_EQ(memmap.at()[n * 512 * 64 + byte], char(kUntouched)) << n << ", byte " << byte;
}

// The grid begins with the data, so that units are whole compounds wherever an altmap ends.
TEST_F(CompoundsTest, BehindAnAltmapWithReserve) {
  for (const memmap_altmap& altmap :
       {memmap_altmap{1, 511}, {16, 1520}, {0, kSubsection}, {kSubsection, 0}, {7, 9 * kSubsection - 7}}) {
    Compounds what{kSection - kSubsection, 3, 12};
    what.altmap = altmap;
    CompoundMemmap memmap(8, 12, false);
    Span span(MEMMAP_DEVICE, what.start_pfn, what.nr_pages());
    describe(span, what, memmap.at());
    TestDomain domain(pool);
    ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK);
    pool.run_all();
    ASSERT_EQ(memmap_domain_close(&domain.d), MEMMAP_OK);
    EXPECT_EQ(nr_wrong(what, memmap.at(), 4096), 0u) << altmap.reserve << " " << altmap.free;
    for (const support::Call& call : span.calls) {
      if (call.hook != support::Call::ready || call.pfn < what.data()) continue;
      EXPECT_EQ((call.pfn - what.data()) % 4096, 0u) << "a unit is a compound";
      EXPECT_EQ(call.nr_pages, 4096u);
    }
    for (uint64_t byte = 0; byte < altmap.reserve * 64; ++byte) ASSERT_EQ(memmap.at()[byte], char(kUntouched));
  }
}

TEST_F(CompoundsTest, OneFaultWritesOneCompound) {
  const Compounds what{kSubsection, 4, 12};
  CompoundMemmap memmap(4, 12, false);
  Span span(MEMMAP_DEVICE, what.start_pfn, what.nr_pages());
  describe(span, what, memmap.at());
  TestDomain domain(pool);
  pool.while_parked({0, 1, 2, 3}, [&] { ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK); });
  ASSERT_EQ(memmap_flush_range(&domain.d, what.start_pfn + 4096 + 17, 1), MEMMAP_OK);
  EXPECT_EQ(domain.progress().done_pages, 4096u);
  EXPECT_TRUE(memmap_ready(pool.get(), what.start_pfn + 4096) && memmap_ready(pool.get(), what.start_pfn + 8191));
  EXPECT_FALSE(memmap_ready(pool.get(), what.start_pfn + 4095) || memmap_ready(pool.get(), what.start_pfn + 8192));
}

// Defect 2 of 2018: a range that straddles a border, and is shorter than what it straddles.
TEST_F(CompoundsTest, AFlushAcrossABorderWritesBothSides) {
  const Compounds what{kSubsection, 4, 12};
  CompoundMemmap memmap(4, 12, false);
  Span span(MEMMAP_DEVICE, what.start_pfn, what.nr_pages());
  describe(span, what, memmap.at());
  TestDomain domain(pool);
  pool.while_parked({0, 1, 2, 3}, [&] { ASSERT_EQ(domain.submit(span.prepare()), MEMMAP_OK); });
  ASSERT_EQ(memmap_flush_range(&domain.d, what.start_pfn + 8191, 2), MEMMAP_OK);
  EXPECT_TRUE(memmap_ready(pool.get(), what.start_pfn + 4096) && memmap_ready(pool.get(), what.start_pfn + 8192));
  EXPECT_EQ(domain.progress().done_pages, 8192u);
}

}  // namespace
}  // namespace memmap::pages
