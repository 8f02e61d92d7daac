// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Boot with the hand-over of all pages to the buddy, against other ways to do both.
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <functional>

#include "host/record_cost.h"
#include "memmap/writer.h"
#include "openmp.h"
#include "rounds.h"
#include "simulator/events/engine_boot.h"
#include "simulator/events/requests.h"
#include "simulator/events/zones.h"
#include "simulator/kernel/deferred_init.h"

namespace memmap::bench {
namespace {

using simulator::BootSpan;
using simulator::Buddy;
using simulator::FreedBy;
using simulator::kMaxOrderPages;
using simulator::now_ns;
using simulator::Violations;
using simulator::Zones;

// What somebody takes at a time: a part of a zone, in whole max-order blocks.
struct Chunk {
  const BootSpan* span;
  Buddy* buddy;
  uint64_t first;
  uint64_t end;
};

std::vector<Chunk> chunks_of(const simulator::Stage& stage, Zones& zones, uint32_t nr_workers) {
  std::vector<Chunk> chunks;
  for (size_t n = 0; n < zones.size(); ++n) {
    const BootSpan& span = stage.boot()[n];
    const uint64_t end = span.zone.start_pfn + span.zone.nr_pages;
    uint64_t present = 0;
    for (const memmap_piece& piece : span.zone.pieces) present += piece.nr_pages;
    const uint64_t grain_pages = host::grain_pages_of(present, nr_workers);
    for (uint64_t first = span.zone.start_pfn; first < end;) {
      const uint64_t behind = std::min(simulator::round_up(first + 1, grain_pages), end);
      chunks.push_back({&span, &zones.of(n), first, behind});
      first = behind;
    }
  }
  return chunks;
}

// visit(pfn, nr_pages) for the present pages of [first, end).
template <typename Visit>
void for_each_present(const BootSpan& span, uint64_t first, uint64_t end, Visit visit) {
  const std::vector<memmap_piece>& pieces = span.zone.pieces;
  const auto ends_before = [first](const memmap_piece& piece) { return piece.pfn + piece.nr_pages <= first; };
  for (auto piece = std::partition_point(pieces.begin(), pieces.end(), ends_before);
       piece != pieces.end() && piece->pfn < end; ++piece) {
    const uint64_t from = std::max(piece->pfn, first);
    visit(from, std::min(piece->pfn + piece->nr_pages, end) - from);
  }
}

// Our writer with the stores that our own boot has, and our image; then block by block the hand-over: what the engine
// does with a grain.
void write_and_free(const Chunk& chunk, memmap_kind kind) {
  const simulator::Place place = chunk.span->zone.place;
  const pages::Image image = pages::image_of(kind, place.nid, place.zone, 0);
  for_each_present(*chunk.span, chunk.first, chunk.end, [&](uint64_t pfn, uint64_t nr_pages) {
    pages::write_records(chunk.span->memmap.at(pfn), nr_pages, image, pages::Stores::kNarrowStreaming);
  });
  pages::writer_fence();
  for (uint64_t first = chunk.first; first < chunk.end;) {
    const uint64_t end = std::min(simulator::round_up(first + 1, kMaxOrderPages), chunk.end);
    for_each_present(*chunk.span, first, end,
                     [&](uint64_t pfn, uint64_t nr_pages) { chunk.buddy->free_range(pfn, nr_pages); });
    first = end;
  }
}

void boot_by_engine(const Rig& rig, Zones& zones) {
  const simulator::BootRequests requests(rig.stage, zones);
  Domain domain(rig.engine.pool(), "boot");
  int status = engine_boot_at_once(domain, requests);
  if (status == MEMMAP_OK) status = domain.close();
  rig.violations.found(&Violations::calls, status != MEMMAP_OK, std::string("boot: ") + memmap_status_text(status));
}

// 2015: a thread for each node, and a wait for all of them.
void boot_by_node_threads(const Rig& rig, Zones& zones) {
  std::vector<simulator::DeferredZone> deferred;
  for (size_t n = 0; n < zones.size(); ++n) {
    const BootSpan& span = rig.stage.boot()[n];
    deferred.push_back({span.memmap, span.zone.place, span.zone.pieces, &zones.of(n), 1});
  }
  deferred_init_all(deferred, rig.padata);
}

// padata (2020) with the writer of 2026: records of pages in use, non-temporal, which freeing reads and writes again.
void boot_by_template(const Rig& rig, Zones& zones) {
  for (size_t n = 0; n < zones.size(); ++n) {
    const BootSpan& span = rig.stage.boot()[n];
    const uint64_t end_pfn = span.zone.start_pfn + span.zone.nr_pages;
    rig.padata.run({.function =
                        [&](uint64_t start, uint64_t end) {
                          for (uint64_t first = start; first < end; first += kMaxOrderPages) {
                            const uint64_t behind = std::min({first + kMaxOrderPages, end, end_pfn});
                            write_and_free({&span, &zones.of(n), first, behind}, MEMMAP_BOOT);
                          }
                        },
                    .start = simulator::round_down(span.zone.start_pfn, simulator::kSectionPages),
                    .size = simulator::round_up(end_pfn, simulator::kSectionPages) -
                            simulator::round_down(span.zone.start_pfn, simulator::kSectionPages),
                    .align = simulator::kSectionPages,
                    .min_chunk = simulator::kSectionPages,
                    .max_threads = rig.machine.nr_cpus(span.zone.place.nid)});
  }
}

// Our writer, image and hand-over, shared out by oneTBB and by OpenMP.
void boot_by_tbb(const Rig& rig, Zones& zones) {
  const std::vector<Chunk> chunks = chunks_of(rig.stage, zones, rig.engine.nr_workers());
  oneapi::tbb::parallel_for(size_t{0}, chunks.size(), [&](size_t n) { write_and_free(chunks[n], MEMMAP_BOOT_FREED); });
}

void boot_by_openmp(const Rig& rig, Zones& zones) {
  const std::vector<Chunk> chunks = chunks_of(rig.stage, zones, rig.engine.nr_workers());
  auto part = [&chunks](long first, long end) {
    for (long n = first; n < end; ++n) write_and_free(chunks[size_t(n)], MEMMAP_BOOT_FREED);
  };
  on_team_dynamically(unsigned(rig.machine.cpus.size()), long(chunks.size()), 1, part);
}

double boot_ns(const Rig& rig, FreedBy freed_by, void (*boot)(const Rig&, Zones&)) {
  Zones zones(rig.stage, freed_by);
  std::this_thread::sleep_for(kPause);
  const uint64_t began = now_ns();
  boot(rig, zones);
  const uint64_t took = now_ns() - began;
  rig.violations.add(zones.check());
  return double(took);
}

struct BootWay {
  const char* who;
  const char* key;
  double target;
  FreedBy freed_by;
  void (*boot)(const Rig&, Zones&);
};

constexpr BootWay kWays[] = {
    {"this engine", "", 0, FreedBy::initialiser, boot_by_engine},
    {"thread per node, barrier (2015)", "boot_vs_thread_per_node", 2.5, FreedBy::freer, boot_by_node_threads},
    {"padata, template, non-temporal (2026)", "boot_vs_template_nt", 1.5, FreedBy::freer, boot_by_template},
    {"our image by oneTBB", "boot_vs_tbb", 0.97, FreedBy::initialiser, boot_by_tbb},
    {"our image by OpenMP, dynamic", "boot_vs_openmp_dynamic", 0.97, FreedBy::initialiser, boot_by_openmp},
};

}  // namespace

void boot_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  Comparison comparison{.title = "boot with hand-over to the buddy",
                        .contestants = {},
                        .of = Comparison::Of::throughput,
                        .nr_records = rig.stage.boot_pages()};
  for (const BootWay& way : kWays) {
    comparison.contestants.push_back(
        {way.who, way.key, way.target, once([&rig, &way] { return boot_ns(rig, way.freed_by, way.boot); })});
  }
  compare(bench, std::move(comparison), rig.nr_pairs);
}

}  // namespace memmap::bench
