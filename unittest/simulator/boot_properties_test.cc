// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Boot of random machines through the engine, under random schedules: growth before, between and after the steps of
// workers, range flushes, zones in any order of nodes, holes and reserved pages down to a page. After it every record
// is the reference's, nobody touched what is not free, and each buddy has exactly what is. A machine that fails is made
// smaller while it still does, and printed with its seed (MEMMAP_TEST_SEED repeats it).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "simulator/kernel/buddy.h"
#include "simulator/memory/memory_map.h"
#include "simulator/poisoned_memmap.h"
#include "support/sanitizers.h"
#include "support/test_pool.h"

namespace memmap::simulator {
namespace {

using support::Bytes;
using support::TestDomain;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

constexpr uint32_t kNodes = 3;
constexpr uint64_t kPoolPages = 16 * kSectionPages;

struct BootMachine {
  MemoryMap map;
  uint64_t schedule = 0;  // seed of who does what when
};

// Zones begin at whole blocks, as they do in Linux; everything else may be anywhere.
BootMachine random_machine(std::mt19937_64& random) {
  BootMachine machine;
  uint64_t pfn = random() % 5 * kMaxOrderPages;
  for (uint64_t nr = 1 + random() % 4; nr > 0 && pfn < kPoolPages - 2 * kSectionPages; --nr) {
    const Place place = {uint32_t(random() % kNodes), uint32_t(random() % 4)};
    for (uint64_t parts = 1 + random() % 4; parts > 0; --parts) {
      const uint64_t length = 1 + random() % (random() % 3 == 0 ? kSectionPages : 2500);
      machine.map.ram.push_back({pfn, length, place});
      for (uint64_t at = pfn + random() % 700; at < pfn + length; at += 1 + random() % 5000) {
        const uint64_t taken = std::min(1 + random() % (random() % 2 == 0 ? 3 : 900), pfn + length - at);
        machine.map.reserved.push_back({at, taken});
        at += taken;
      }
      pfn += length + random() % 3 * (random() % 1500);
    }
    pfn = round_up(pfn + random() % 3000, kMaxOrderPages);
  }
  machine.map.source = "random machine";
  machine.schedule = random();
  return machine;
}

struct Zone {
  Zone(const ZoneSpan& zone, FreedBy freed_by)
      : span(zone),
        memory(zone.start_pfn, zone.nr_pages),
        pageblocks(zone.start_pfn, zone.nr_pages),
        buddy(memory.memmap(), pageblocks, zone.place, freed_by) {
    request.start_pfn = zone.start_pfn;
    request.nr_pages = zone.nr_pages;
    request.nid = request.records_nid = zone.place.nid;
    request.zone = zone.place.zone;
    request.kind = freed_by == FreedBy::freer ? MEMMAP_BOOT : MEMMAP_BOOT_FREED;
    request.pieces = span.pieces.data();
    request.nr_pieces = span.pieces.size();
    request.records = memory.memmap().first;
    request.hooks.context = &buddy;
    request.hooks.ready = [](void* to, uint64_t pfn, uint64_t nr_pages) {
      return static_cast<Buddy*>(to)->free_range(pfn, nr_pages), 0;
    };
    storage = Bytes(memmap_request_bytes(&request));
    request.storage = storage.at();
    request.storage_bytes = storage.size();
  }

  // Holes, reserved pages, what was kept over kexec: a request of their own, over before boot; the buddy reads them.
  std::string reserve(TestPool& pool, const std::vector<RamRange>& unavailable);
  std::string wrong();

  ZoneSpan span;
  PoisonedMemmap memory;
  Pageblocks pageblocks;
  Buddy buddy;
  memmap_request request{};
  Bytes storage;
};

std::string Zone::reserve(TestPool& pool, const std::vector<RamRange>& unavailable) {
  std::vector<memmap_piece> pieces;
  for (const RamRange& range : unavailable) {
    const uint64_t first = std::max(range.start_pfn, span.start_pfn);
    const uint64_t behind = std::min(range.end_pfn(), span.start_pfn + span.nr_pages);
    if (first >= behind) continue;
    if (!pieces.empty() && pieces.back().pfn + pieces.back().nr_pages == first)
      pieces.back().nr_pages += behind - first;
    else
      pieces.push_back({first, behind - first});
  }
  if (pieces.empty()) return "";
  memmap_request own = request;
  own.kind = MEMMAP_RESERVED;
  own.hooks = {};
  own.pieces = pieces.data();
  own.nr_pieces = pieces.size();
  const Bytes place(memmap_request_bytes(&own));
  own.storage = place.at();
  own.storage_bytes = place.size();
  TestDomain domain(pool);
  if (const int status = domain.submit(&own)) return memmap_status_text(status);
  if (const int status = memmap_domain_close(&domain.d)) return memmap_status_text(status);
  const ExpectedPage expected = {Content::reserved, span.place.nid, span.place.zone, 0};
  for (const memmap_piece& piece : pieces) {
    if (memory.nr_wrong(piece.pfn, piece.nr_pages, expected) != 0) return "reserved records";
    for (uint64_t pfn = piece.pfn; pfn < piece.pfn + piece.nr_pages; ++pfn)
      memory[pfn].index = pfn;  // who owns it has written here: nobody may again
  }
  return "";
}

std::string Zone::wrong() {
  uint64_t free = 0, at = span.start_pfn;
  for (const memmap_piece& piece : span.pieces) {
    for (; at < piece.pfn; ++at) {
      if (memory[at].index != at && memory[at].flags != kPoisonWord) return absl::StrCat("pfn ", at, " was touched");
    }
    const uint64_t bad = memory.nr_wrong(piece.pfn, piece.nr_pages,
                                         {Content::freed, span.place.nid, span.place.zone, 0}, Phase::handed_over);
    if (bad != 0) return absl::StrCat(bad, " records wrong of ", piece.nr_pages, " from ", piece.pfn);
    free += piece.nr_pages;
    at = piece.pfn + piece.nr_pages;
  }
  if (memory.nr_guards_written() != 0) return "guards were written";
  if (buddy.violations().total() != 0) return absl::StrCat("hand-over too early, pfn ", buddy.violations().first_pfn);
  if (buddy.free_pages() != free) return absl::StrCat("the buddy has ", buddy.free_pages(), ", not ", free);
  return buddy.consistent() ? "" : "free lists";
}

// Until all is done: growth, a worker's step, a range flush, whatever the schedule says. Early parts come first.
std::string run_schedule(TestPool& pool, TestDomain& domain, std::deque<Zone>& zones, uint64_t schedule) {
  std::mt19937_64 random(schedule);
  for (const Zone& zone : zones) {
    const uint64_t early = zone.span.early_end - zone.span.start_pfn;
    if (early != 0 && !zone.span.pieces.empty()) memmap_flush_range(&domain.d, zone.span.start_pfn, early);
  }
  for (uint64_t turns = random() % 60; turns > 0; --turns) {
    const Zone& zone = zones[random() % zones.size()];
    const uint32_t nid = zone.span.place.nid;
    uint64_t seen = memmap_node_ready_pages(pool.get(), nid);
    const uint64_t before = seen;
    switch (random() % 3) {
      case 0: {
        const bool moved = memmap_grow(pool.get(), nid, 1 + random() % kSectionPages, &seen);
        if (moved != (seen != before)) return "growth that is no progress";  // bug 7
        break;
      }
      case 1:
        pool.step(uint32_t(random() % 3));
        break;
      default:
        memmap_flush_range(&domain.d, zone.span.start_pfn + random() % zone.span.nr_pages, 1);
    }
  }
  if (random() % 2 == 0) memmap_flush(&domain.d);
  pool.run_all();  // and the workers leave it
  if (const int status = memmap_domain_close(&domain.d)) return memmap_status_text(status);
  for (const Zone& zone : zones) {
    uint64_t seen = memmap_node_ready_pages(pool.get(), zone.span.place.nid);
    if (memmap_grow(pool.get(), zone.span.place.nid, 1, &seen)) return "growth after boot";
  }
  return "";
}

// "": all is well.
std::string boot(const BootMachine& machine, FreedBy freed_by) {
  if (!validate(machine.map).ok()) return "";
  TestEnv env;
  TestTopology topology(kNodes, 1, 1);
  TestPool pool(env, topology, 0, kPoolPages);
  std::deque<Zone> zones;
  for (const ZoneSpan& span : zone_spans(machine.map)) {
    if (!span.pieces.empty()) zones.emplace_back(span, freed_by);
  }
  if (zones.empty()) return "";
  const std::vector<RamRange> unavailable = unavailable_pages(machine.map);
  for (size_t n = 0; n < zones.size(); ++n) {
    if (std::string wrong = zones[n].reserve(pool, unavailable); !wrong.empty()) return wrong;
    if (n + 1 < zones.size()) zones[n].request.next = &zones[n + 1].request;
  }
  TestDomain domain(pool);
  if (const int status = domain.submit(&zones[0].request)) return memmap_status_text(status);
  std::string wrong = run_schedule(pool, domain, zones, machine.schedule);
  for (size_t n = 0; n < zones.size() && wrong.empty(); ++n) wrong = zones[n].wrong();
  return wrong;
}

// Without a range, or a reserved piece; with half a range: the first of these that still fails.
bool shrink(BootMachine& machine, const std::function<bool(const BootMachine&)>& fails) {
  const auto accept = [&](BootMachine smaller) {
    std::erase_if(smaller.map.reserved, [&smaller](const memmap_piece& piece) {
      return std::none_of(smaller.map.ram.begin(), smaller.map.ram.end(), [&piece](const RamRange& range) {
        return piece.pfn >= range.start_pfn && piece.pfn + piece.nr_pages <= range.end_pfn();
      });
    });
    if (smaller.map.ram.empty() || !fails(smaller)) return false;
    machine = std::move(smaller);
    return true;
  };
  const auto without = [&](auto list, size_t n) {
    BootMachine smaller = machine;
    (smaller.map.*list).erase((smaller.map.*list).begin() + int64_t(n));
    return accept(std::move(smaller));
  };
  for (size_t n = 0; n < machine.map.ram.size(); ++n) {
    if (without(&MemoryMap::ram, n)) return true;
    BootMachine half = machine;
    half.map.ram[n].nr_pages /= 2;
    if (half.map.ram[n].nr_pages != 0 && accept(std::move(half))) return true;
  }
  for (size_t n = 0; n < machine.map.reserved.size(); ++n) {
    if (without(&MemoryMap::reserved, n)) return true;
  }
  return false;
}

std::string describe_smallest(BootMachine machine, const std::function<bool(const BootMachine&)>& fails) {
  while (shrink(machine, fails)) {
  }
  std::string text;
  for (const RamRange& range : machine.map.ram)
    absl::StrAppend(&text, "  RAM ", range.start_pfn, "+", range.nr_pages, " node ", range.place.nid, " zone ",
                    range.place.zone, "\n");
  for (const memmap_piece& piece : machine.map.reserved)
    absl::StrAppend(&text, "  reserved ", piece.pfn, "+", piece.nr_pages, "\n");
  return absl::StrCat(text, "  schedule ", machine.schedule);
}

TEST(BootProperties, RandomMachinesUnderRandomSchedules) {
  const char* const wanted = std::getenv("MEMMAP_TEST_SEED");
  const uint64_t seed = wanted ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
  std::mt19937_64 random(seed);
  for (int round = 0; round < (support::kSanitized ? 10 : 40); ++round) {
    const BootMachine machine = random_machine(random);
    for (const FreedBy freed_by : {FreedBy::freer, FreedBy::initialiser}) {
      const std::string wrong = boot(machine, freed_by);
      ASSERT_EQ(wrong, "") << "MEMMAP_TEST_SEED=" << seed << ", round " << round << ", smallest:\n"
                           << describe_smallest(machine,
                                                [&](const BootMachine& m) { return !boot(m, freed_by).empty(); });
    }
  }
}

// Bug 28, 17: what is between the free ranges of a block is reserved, and each half waits for the other.
TEST(BootProperties, TwoFreeRangesInOneBlock) {
  for (uint64_t schedule = 0; schedule < 20; ++schedule) {
    BootMachine machine;
    machine.map.ram = {{0, 4 * kMaxOrderPages, {0, 2}}};
    machine.map.reserved = {{kMaxOrderPages + 100, 24}, {2 * kMaxOrderPages + 511, 2}};
    machine.schedule = schedule;
    EXPECT_EQ(boot(machine, FreedBy::freer), "");
    EXPECT_EQ(boot(machine, FreedBy::initialiser), "");
  }
}

// Bug 18: what the last kernel kept, from single pages to blocks of the maximum order, lies among what is initialised
// late and on demand. Its owner has its records before anything else is there, and writes into them; they stay so.
TEST(BootProperties, PagesKeptOverKexecAreTheirOwnersWheneverBootComesBy) {
  for (uint64_t schedule = 0; schedule < 10; ++schedule) {
    BootMachine machine;
    machine.map.ram = {{0, 6 * kSectionPages, {0, 2}}};
    for (uint64_t order = 0; order <= 10; ++order)
      machine.map.reserved.push_back({(order + 2) * 12 * kMaxOrderPages + (order % 2 << order), uint64_t{1} << order});
    machine.schedule = schedule;
    EXPECT_EQ(boot(machine, FreedBy::freer), "");
    EXPECT_EQ(boot(machine, FreedBy::initialiser), "");
  }
}

// Bug 10.
TEST(BootProperties, NodesInDescendingOrder) {
  BootMachine machine;
  for (uint32_t n = 0; n < kNodes; ++n)
    machine.map.ram.push_back({n * 3 * kSectionPages, 2 * kSectionPages - 7, {kNodes - 1 - n, 2}});
  EXPECT_EQ(boot(machine, FreedBy::freer), "");
}

// Who shrinks must find the cause: here a reserved piece of 3 pages is called a fault.
TEST(BootProperties, ShrinksToTheCause) {
  std::mt19937_64 random(3);
  BootMachine machine;
  while (machine.map.reserved.size() < 10) machine = random_machine(random);
  machine.map.reserved[5].nr_pages = 1;
  machine.map.reserved.resize(6);
  const uint64_t culprit = machine.map.reserved[5].pfn;
  const std::string smallest = describe_smallest(machine, [culprit](const BootMachine& m) {
    return std::any_of(m.map.reserved.begin(), m.map.reserved.end(),
                       [culprit](const memmap_piece& piece) { return piece.pfn == culprit; });
  });
  EXPECT_EQ(std::count(smallest.begin(), smallest.end(), '\n'), 2) << smallest;
}

}  // namespace
}  // namespace memmap::simulator
