// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/strict_pass.h"

#include <atomic>

#include "absl/strings/str_format.h"
#include "simulator/reference/reference.h"
#include "simulator/reference/write_counter.h"

namespace memmap::simulator {
namespace {

std::vector<memmap_piece> pieces_of(const memmap_request& request) {
  if (request.nr_pieces != 0) return {request.pieces, request.pieces + request.nr_pieces};
  return {{request.start_pfn + request.altmap.reserve, request.nr_pages - request.altmap.reserve}};
}

Record& record_at(const memmap_request& request, uint64_t pfn) {
  return static_cast<Record*>(request.records)[pfn - request.start_pfn];
}

Record expected_at(const memmap_request& request, uint64_t pfn) {
  ExpectedPage page{Content::device, request.nid, request.zone, request.pgmap};
  if (request.kind == MEMMAP_BOOT) page.content = Content::ram;
  if (request.kind == MEMMAP_BOOT_FREED) page.content = Content::freed;
  const bool in_altmap = pfn < request.start_pfn + request.altmap.reserve + request.altmap.free;
  if (request.kind == MEMMAP_DEVICE && in_altmap) page.content = Content::reserved;
  return expected_record(page, reinterpret_cast<uint64_t>(&record_at(request, pfn)));
}

}  // namespace

struct StrictPass::Wrapped {
  explicit Wrapped(const memmap_request& original)
      : request(original),
        pieces(pieces_of(original)),
        counter(original.start_pfn, original.nr_pages, write_reference, this) {}

  static Wrapped& from(void* context) { return *static_cast<Wrapped*>(context); }
  static int count_write(void* context, uint64_t pfn, uint64_t nr_pages);
  static int write_reference(void* context, uint64_t pfn, uint64_t nr_pages);
  static int pass_on(void* context, uint64_t pfn, uint64_t nr_pages);
  static int compare(void* context, uint64_t pfn, uint64_t nr_pages);

  const memmap_request request;  // with its own hooks
  const std::vector<memmap_piece> pieces;
  WriteCounter counter;
  std::atomic<Plant> plant{Plant::none};
  std::atomic<uint64_t> early{0};
  std::atomic<uint64_t> early_pfn{0};  // the last one
};

int StrictPass::Wrapped::count_write(void* context, uint64_t pfn, uint64_t nr_pages) {
  Wrapped& wrapped = from(context);
  const Plant fault = wrapped.plant.exchange(Plant::none, std::memory_order_relaxed);
  if (fault == Plant::skip) --nr_pages;
  if (fault == Plant::twice) WriteCounter::write(&wrapped.counter, pfn, 1);
  return WriteCounter::write(&wrapped.counter, pfn, nr_pages);
}

// Something must be written, as the buddy will read it.
int StrictPass::Wrapped::write_reference(void* context, uint64_t pfn, uint64_t nr_pages) {
  const memmap_request& request = from(context).request;
  for (uint64_t page = pfn; page < pfn + nr_pages; ++page) record_at(request, page) = expected_at(request, page);
  return 0;
}

int StrictPass::Wrapped::pass_on(void* context, uint64_t pfn, uint64_t nr_pages) {
  const memmap_hooks& hooks = from(context).request.hooks;
  return hooks.ready == nullptr ? 0 : hooks.ready(hooks.context, pfn, nr_pages);
}

int StrictPass::Wrapped::compare(void* context, uint64_t pfn, uint64_t nr_pages) {
  Wrapped& wrapped = from(context);
  for (uint64_t page = pfn; page < pfn + nr_pages; ++page) {
    const Record& found = record_at(wrapped.request, page);
    if (!difference(found, expected_at(wrapped.request, page), Phase::written)) continue;
    wrapped.early.fetch_add(1, std::memory_order_relaxed);
    wrapped.early_pfn.store(page, std::memory_order_relaxed);
  }
  return pass_on(context, pfn, nr_pages);
}

StrictPass::StrictPass(Kind kind, Plant plant) : kind_(kind), plant_(plant) {}
StrictPass::~StrictPass() = default;

void StrictPass::wrap(memmap_request& request) {
  requests_.push_back(std::make_unique<Wrapped>(request));
  request.hooks.context = requests_.back().get();
  if (kind_ == Kind::compare_before_ready) {
    request.hooks.ready = Wrapped::compare;
    return;
  }
  const bool faulty = requests_.size() == 1 && (plant_ == Plant::skip || plant_ == Plant::twice);
  if (faulty) requests_.back()->plant = plant_;
  request.hooks.write = Wrapped::count_write;
  request.hooks.ready = Wrapped::pass_on;
}

Violations StrictPass::violations() const {
  Violations violations;
  for (const std::unique_ptr<Wrapped>& wrapped : requests_) {
    const std::string span = absl::StrFormat("pfns [%d, +%d)", wrapped->request.start_pfn, wrapped->request.nr_pages);
    violations.found(&Violations::early, wrapped->early,
                     absl::StrFormat("%s: %d handed over before they were written, one is pfn %d", span,
                                     wrapped->early.load(), wrapped->early_pfn.load()));
    if (kind_ != Kind::count_writes) continue;
    const WriteCounts counts = wrapped->counter.count(wrapped->pieces);
    violations.found(&Violations::twice, counts.twice, absl::StrFormat("%s: %d written twice", span, counts.twice));
    violations.found(&Violations::missed, counts.missed, absl::StrFormat("%s: %d never written", span, counts.missed));
    violations.found(&Violations::outside, counts.outside,
                     absl::StrFormat("%s: %d writes outside of its pieces", span, counts.outside));
  }
  return violations;
}

uint64_t StrictPass::nr_records() const {
  uint64_t sum = 0;
  for (const std::unique_ptr<Wrapped>& wrapped : requests_) {
    for (const memmap_piece& piece : wrapped->pieces) sum += piece.nr_pages;
  }
  return sum;
}

}  // namespace memmap::simulator
