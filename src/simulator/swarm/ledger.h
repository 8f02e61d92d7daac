// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What has become of one span, page by page: its records, poisoned, with guards; who was called for which page. It
// knows pieces, blocks and compounds from the plan, and nothing of the engine.
#ifndef MEMMAP_SIMULATOR_SWARM_LEDGER_H
#define MEMMAP_SIMULATOR_SWARM_LEDGER_H

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "memmap/range.h"
#include "simulator/swarm/case.h"
#include "simulator/swarm/environment.h"
#include "simulator/swarm/expected_records.h"

namespace memmap::swarm {

constexpr uint64_t kNever = UINT64_MAX;

struct FreeMemory {
  void operator()(void* memory) const;
};
using Memory = std::unique_ptr<char, FreeMemory>;
Memory zeroed(size_t nr_bytes);

class Ledger {
 public:
  Ledger(const SpanPlan& plan, uint32_t index, Environment& environment, Marks& marks, Plant plant);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // From the hooks; what they return is the hook's. A violation ends the run.
  int write(uint64_t first, uint64_t count);
  int ready(uint64_t first, uint64_t count);
  int undo(uint64_t first, uint64_t count);

  // All present pages of [first, +count), and the units around them, are done: written, and handed over, once.
  void check_done(const char* invariant, uint64_t first, uint64_t count) const;
  bool unit_done(uint64_t page) const;
  bool unit_has_pages(uint64_t page) const;
  // When nobody is at work any more. clean: neither failed nor cancelled.
  void check_end(bool clean, bool undone) const;
  // Its cancel has returned.
  void freeze();

  uint64_t end() const { return plan.start + plan.nr_pages; }
  bool present(uint64_t page) const { return page - plan.start < plan.nr_pages && pages_[page - plan.start].present; }
  bool at_boot() const { return plan.kind == SpanPlan::request && plan.image <= MEMMAP_BOOT_FREED; }
  uint64_t nr_writes() const { return write_calls_; }
  // Pages that somebody has begun, as far as hooks can tell; not more than there are.
  uint64_t seen_pages() const { return std::max(begun_pages, handed_pages); }
  uint64_t unit_pages() const { return uint64_t{1} << expected_.unit_shift(); }
  bool accepted() const { return accepted_at != kNever; }
  bool failed() const { return (failed_by & 6) != 0; }                // undo's error ends nothing
  int error(int hook) const { return int(1000 + index * 4) + hook; }  // of write 1, ready 2, undo 3

  const SpanPlan& plan;
  const uint32_t index;
  memmap_request request{};
  memmap_range range{};
  memmap_task task{};
  Memory storage;
  uint32_t domain = kNone;                                                 // submitted to, or about to
  uint64_t begun_at = kNever, accepted_at = kNever, released_at = kNever;  // facts (see CaseRun)
  uint64_t present_pages = 0, begun_pages = 0, handed_pages = 0, undone_pages = 0;
  bool unready = false;                   // cancelled while it was open
  uint32_t failed_by = 0;                 // hooks that returned an error: bit n for hook n of error()
  std::function<void(Ledger&)> on_write;  // called by each write hook but those inside of a growth

 private:
  struct Page {
    uint8_t present : 1, written : 2, handed : 2, undone : 2;
  };
  using Unit = ExpectedRecords::Unit;
  Unit unit_of(uint64_t page) const { return expected_.unit_of(page); }
  void prepare();
  void check_range(const char* hook, uint64_t first, uint64_t count) const;
  void prepare_request();
  char* record(uint64_t page) const { return records_ + (kGuards + page - plan.start) * expected_.record_bytes(); }
  size_t records_bytes() const { return (plan.nr_pages + 2 * kGuards) * expected_.record_bytes(); }
  bool written(uint64_t page) const { return expected_.is_written(page, record(page)); }
  bool scribbled(uint64_t page) const;
  void wrong(const char* invariant, uint64_t page, const char* what) const;
  uint64_t records_hash() const;

  static constexpr uint64_t kGuards = 4;
  Environment& environment_;
  Marks& marks_;
  const Plant plant_;
  const ExpectedRecords expected_;
  std::vector<Page> pages_;
  Memory records_memory_;
  char* records_ = nullptr;  // null: the write hook takes notes only
  uint64_t write_calls_ = 0, ready_calls_ = 0, undo_calls_ = 0;
  bool frozen_ = false;
  uint64_t frozen_hash_ = 0;
};

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_LEDGER_H
