// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/engine_boot.h"

#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr size_t kAllocationsMax = 8192;

// Somebody who needs memory while it is initialised: takes max-order blocks of one zone and keeps them.
class Consumer {
 public:
  Consumer(memmap_pool* pool, Buddy& buddy, uint32_t nid) : pool_(pool), buddy_(buddy), nid_(nid) {}
  ~Consumer() {
    for (const uint64_t pfn : blocks_) buddy_.release(pfn, kMaxOrder);
  }

  // True: one allocation failed, and succeeded after growing. False: none failed, or there is nothing left to grow by.
  bool consume_until_growth() {
    while (blocks_.size() < kAllocationsMax) {
      uint64_t seen = memmap_node_ready_pages(pool_, nid_);
      if (allocate()) continue;
      while (memmap_grow(pool_, nid_, kSectionPages, &seen)) {
        if (allocate()) return true;
      }
      return false;
    }
    return false;
  }

 private:
  bool allocate() {
    const std::optional<uint64_t> pfn = buddy_.alloc(kMaxOrder);
    if (pfn) blocks_.push_back(*pfn);
    return pfn.has_value();
  }

  memmap_pool* const pool_;
  Buddy& buddy_;
  const uint32_t nid_;
  std::vector<uint64_t> blocks_;
};

// The zone whose pages are mostly initialised late.
size_t largest_deferred(const Stage& stage) {
  size_t largest = 0;
  uint64_t most = 0;
  for (size_t n = 0; n < stage.boot().size(); ++n) {
    const BootSpan& span = stage.boot()[n];
    const uint64_t late = span.zone.start_pfn + span.zone.nr_pages - span.early_end;
    if (late > most) largest = n, most = late;
  }
  return largest;
}

// One flush waits for all nodes.
void add_node_times(const Stage& stage, Column& column) {
  std::set<uint32_t> nids;
  for (const BootSpan& span : stage.boot()) {
    if (span.early_end < span.zone.start_pfn + span.zone.nr_pages) nids.insert(span.zone.place.nid);
  }
  for (const uint32_t nid : nids) column.node_times.push_back({nid, column.boot_ns});
}

void check(const char* call, int status, Column& column) {
  column.violations.found(&Violations::calls, status != MEMMAP_OK,
                          absl::StrCat("boot: ", call, ": ", memmap_status_text(status)));
}

}  // namespace

absl::Status engine_boot(const Stage& stage, Zones& zones, Engine& engine, Domain& domain, const BootRequests& requests,
                         Column& column) {
  const size_t largest = largest_deferred(stage);
  Consumer consumer(engine.pool(), zones.of(largest), stage.boot()[largest].zone.place.nid);
  const uint64_t began = now_ns();
  check("submit", domain.submit(requests.first()), column);
  for (const BootSpan& span : stage.boot()) {
    const uint64_t start_pfn = span.zone.start_pfn;
    if (span.zone.pieces.empty() || span.early_end == start_pfn) continue;
    check("early budget", domain.flush_range(start_pfn, span.early_end - start_pfn), column);
  }
  const bool grown = consumer.consume_until_growth();
  column.growths += grown;
  const uint64_t all = stage.boot_pages();
  memmap_progress_counts counts{};
  check("progress", domain.progress(counts), column);
  column.violations.found(&Violations::calls, !grown && counts.done_pages != all,
                          "boot: an allocation failed before any worker ran, and growing did not serve it");
  if (absl::Status status = engine.start_workers(); !status.ok()) return status;
  column.growths += consumer.consume_until_growth();
  check("flush", domain.flush(), column);
  column.boot_ns = now_ns() - began;
  add_node_times(stage, column);
  check("progress", domain.progress(counts), column);
  column.violations.found(&Violations::calls, counts.done_pages != all,
                          absl::StrCat("boot: ", counts.done_pages, " pages done, expected ", all));
  return absl::OkStatus();
}

int engine_boot_at_once(Domain& domain, const BootRequests& requests) {
  const int status = domain.submit(requests.first());
  return status == MEMMAP_OK ? domain.flush() : status;
}

}  // namespace memmap::simulator
