// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/first_faults.h"

#include "absl/strings/str_cat.h"
#include "simulator/arrivals.h"

namespace memmap::simulator {
namespace {

constexpr int kTries = 64;

}  // namespace

std::optional<uint64_t> page_not_ready(const memmap_pool* pool, const memmap_piece& piece, host::Splitmix& random) {
  for (int n = 0; n < kTries; ++n) {
    const uint64_t pfn = piece.pfn + random.next() % piece.nr_pages;
    if (!memmap_ready(pool, pfn)) return pfn;
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

void FirstFaults::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
}

void FirstFaults::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(next_pause_ns(random_)));
    const std::optional<uint64_t> pfn = page_not_ready(pool_, piece_, random_);
    if (pfn) samples_ns_.push_back(fault(pool_, domain_, *pfn, violations_));
  }
}

}  // namespace memmap::simulator
