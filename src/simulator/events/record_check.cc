// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/record_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "simulator/kernel/geometry.h"
#include "simulator/stage/plan.h"

namespace memmap::simulator {
namespace {

// Collects the spans of one array, ascending; what lies between them is untouched.
class ArraySpans {
 public:
  ArraySpans(const Memmap& memmap, std::vector<ExpectedSpan>& spans) : memmap_(memmap), spans_(spans) {
    add_guard(memmap.first - kGuardRecords, std::max(memmap.start_pfn, kGuardRecords) - kGuardRecords);
  }
  ~ArraySpans() {
    fill_up_to(memmap_.start_pfn + memmap_.nr_pages);
    add_guard(memmap_.first + memmap_.nr_pages, memmap_.start_pfn + memmap_.nr_pages);
  }

  void add(const memmap_piece& piece, const ExpectedPage& page, Phase phase) {
    fill_up_to(piece.pfn);
    spans_.push_back({memmap_.at(piece.pfn), piece.pfn, piece.nr_pages, page, phase});
    at_ = piece.pfn + piece.nr_pages;
  }

 private:
  void add_guard(const Record* first, uint64_t pfn) {
    spans_.push_back({first, pfn, kGuardRecords, {}, Phase::written});
  }
  void fill_up_to(uint64_t pfn) {
    if (pfn > at_) spans_.push_back({memmap_.at(at_), at_, pfn - at_, {}, Phase::written});
    at_ = pfn;
  }

  const Memmap& memmap_;
  std::vector<ExpectedSpan>& spans_;
  uint64_t at_ = memmap_.start_pfn;
};

void add_boot(const BootSpan& span, std::vector<ExpectedSpan>& spans) {
  struct Part {
    memmap_piece piece;
    Content content;
  };
  std::vector<Part> parts;
  for (const memmap_piece& piece : span.zone.pieces) parts.push_back({piece, Content::freed});
  for (const memmap_piece& piece : span.unavailable) parts.push_back({piece, Content::reserved});
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.piece.pfn < b.piece.pfn; });
  ArraySpans array(span.memmap, spans);
  for (const Part& part : parts) {
    const Phase phase = part.content == Content::freed ? Phase::handed_over : Phase::written;
    array.add(part.piece, {part.content, span.zone.place.nid, span.zone.place.zone, 0}, phase);
  }
}

void add_device(const DeviceSpan& span, std::vector<ExpectedSpan>& spans) {
  const Device& device = span.device;
  ArraySpans array(span.memmap, spans);
  if (device.altmap.free != 0) {
    const memmap_piece own_memmap = {device.start_pfn + device.altmap.reserve, device.altmap.free};
    array.add(own_memmap, {Content::reserved, device.nid, kZoneDevice, 0}, Phase::written);
  }
  array.add(span.data(), {Content::device, device.nid, kZoneDevice, span.pgmap}, Phase::written);
}

}  // namespace

std::vector<ExpectedSpan> expected_spans(const Stage& stage) {
  std::vector<ExpectedSpan> spans;
  for (const BootSpan& span : stage.boot()) add_boot(span, spans);
  for (const DeviceSpan& span : stage.devices()) add_device(span, spans);
  return spans;
}

void check_records(const Stage& stage, Column& column) {
  const Verification result = verify(expected_spans(stage));
  column.records_verified += result.verified;
  column.violations.found(&Violations::wrong, result.wrong, absl::StrCat(result.wrong, " records are wrong"));
  column.violations.found(&Violations::outside, result.outside,
                          absl::StrCat(result.outside, " records were written that nobody may write"));
  for (const Offender& offender : result.offenders) column.violations.places.push_back(describe(offender));
}

void plant_fault(const Stage& stage, Plant plant) {
  const Memmap& memmap = stage.big().memmap;
  const memmap_piece data = stage.big().data();
  if (plant == Plant::flip) memmap.at(data.pfn + data.nr_pages / 2)->flags ^= 1;
  if (plant == Plant::outside) memmap.first[memmap.nr_pages].index = 0;
}

}  // namespace memmap::simulator
