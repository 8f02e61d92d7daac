// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/first_faults.h"

#include "absl/strings/str_cat.h"
#include "simulator/events/arrivals.h"
#include "simulator/events/requests.h"
#include "simulator/stage/engine.h"

namespace memmap::simulator {
namespace {

constexpr int kTries = 64;

}  // namespace

std::optional<uint64_t> find_page(const memmap_pool* pool, const memmap_piece& piece, bool ready,
                                  host::Splitmix& random) {
  for (int n = 0; n < kTries; ++n) {
    const uint64_t pfn = piece.pfn + random.next() % piece.nr_pages;
    if (memmap_ready(pool, pfn) == ready) return pfn;
  }
  return std::nullopt;
}

double fault(const memmap_pool* pool, Domain& domain, uint64_t pfn, Violations& violations) {
  const uint64_t began = now_ns();
  const int status = domain.flush_range(pfn, 1);
  const uint64_t took = now_ns() - began;
  violations.found(&Violations::calls, status != MEMMAP_OK,
                   absl::StrCat("first fault at pfn ", pfn, ": ", memmap_status_text(status)));
  violations.found(&Violations::ready, status == MEMMAP_OK && !memmap_ready(pool, pfn),
                   absl::StrCat("first fault at pfn ", pfn, ": it is not ready after its flush"));
  return double(took);
}

FirstFaults::FirstFaults(const memmap_pool* pool, Domain& domain, const memmap_piece& piece, uint64_t seed)
    : pool_(pool), domain_(domain), piece_(piece), random_(seed), thread_([this] { run(); }) {}

// Its only worker never comes, so that the device stays as it was submitted.
absl::StatusOr<Samples> lone_faults(const Machine& machine, const DeviceSpan& span, uint64_t end_pfn, uint64_t seed,
                                    Violations& violations) {
  constexpr uint32_t kFaults = 200;
  auto engine = Engine::make(machine, 1, end_pfn);
  if (!engine.ok()) return engine.status();
  DeviceRequest request(span);
  Domain domain((*engine)->pool(), "nobody's");
  violations.found(&Violations::calls, domain.submit(request.renewed()) != MEMMAP_OK, "a submit that nobody serves");
  host::Splitmix random(seed);
  Samples samples_ns;
  for (uint32_t n = 0; n < kFaults; ++n) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(next_pause_ns(random)));
    const std::optional<uint64_t> pfn = find_page((*engine)->pool(), span.data(), false, random);
    if (pfn) samples_ns.push_back(fault((*engine)->pool(), domain, *pfn, violations));
  }
  violations.found(&Violations::calls, domain.cancel() != MEMMAP_OK || domain.close() != MEMMAP_CANCELLED,
                   "a cancel of what nobody serves");
  return samples_ns;
}

void FirstFaults::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
}

void FirstFaults::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(next_pause_ns(random_)));
    const std::optional<uint64_t> pfn = find_page(pool_, piece_, false, random_);
    if (pfn) samples_ns_.push_back(fault(pool_, domain_, *pfn, violations_));
  }
}

}  // namespace memmap::simulator
