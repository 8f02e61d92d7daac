// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What each record of a span must hold, and what is done as a whole: from the plan and the references, which share
// nothing with the engine. The image that most spans have is the one of reference.h, which is quick to look up; other
// layouts, versions, kinds and compounds are those of layout_reference.h.
#ifndef MEMMAP_SIMULATOR_SWARM_EXPECTED_RECORDS_H
#define MEMMAP_SIMULATOR_SWARM_EXPECTED_RECORDS_H

#include <cstdint>

#include "simulator/reference/layout_reference.h"
#include "simulator/swarm/case.h"

namespace memmap::swarm {

// Behind the tables of layouts.h, one of our own.
constexpr uint32_t kOwnLayoutIndex = 9;
const memmap_layout* layout_of(const SpanPlan& plan);  // null: the default

class ExpectedRecords {
 public:
  struct Unit {
    uint64_t first, last;  // pages
  };

  explicit ExpectedRecords(const SpanPlan& plan);

  uint32_t record_bytes() const { return facts_.record_bytes; }
  uint32_t zone() const;
  uint64_t pgmap() const;
  // What is done as a whole: the buddy's largest blocks of RAM, subsections and compounds of a device, units of a
  // range.
  uint32_t unit_shift() const;
  Unit unit_of(uint64_t page) const;
  // Of a page that is there: it has a record of its own (tails of compounds may share theirs).
  bool has_record(uint64_t page) const;
  // The record at `at` is the written one of a page that is there, or else as it was before.
  bool is_written(uint64_t page, const char* at) const;
  bool is_untouched(const char* at) const;

 private:
  uint64_t data_begin() const { return plan_.start + plan_.altmap.reserve + plan_.altmap.free; }
  uint64_t in_compound(uint64_t page) const { return (page - data_begin()) & ((uint64_t{1} << plan_.order) - 1); }
  simulator::PageRole role_of(uint64_t page) const;
  bool is_plain_image(uint64_t page, const char* at) const;

  const SpanPlan& plan_;
  const simulator::LayoutFacts& facts_;
  const bool plain_;
};

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_EXPECTED_RECORDS_H
