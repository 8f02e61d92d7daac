// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Records for tests, poisoned, with guard records on both sides that nobody may write.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "simulator/kernel/record.h"
#include "simulator/reference/reference.h"

namespace memmap::simulator {

class PoisonedMemmap {
 public:
  static constexpr uint64_t kGuards = 64;

  PoisonedMemmap(uint64_t start_pfn, uint64_t nr_pages) : slots_(nr_pages + 2 * kGuards), start_pfn_(start_pfn) {
    std::memset(slots_.data(), kPoisonByte, slots_.size() * sizeof(Slot));
  }

  Memmap memmap() { return {&slots_[kGuards].record, start_pfn_, slots_.size() - 2 * kGuards}; }
  Record& operator[](uint64_t pfn) { return *memmap().at(pfn); }

  // How many of the records [pfn, +nr_pages) are not as expected.
  uint64_t nr_wrong(uint64_t pfn, uint64_t nr_pages, const ExpectedPage& page, Phase phase = Phase::written) {
    return count_wrong(memmap().at(pfn), nr_pages, page, phase);
  }

  uint64_t nr_guards_written() {
    const Memmap all = memmap();
    return count_wrong(&slots_[0].record, kGuards, {}, Phase::written) +
           count_wrong(all.first + all.nr_pages, kGuards, {}, Phase::written);
  }

 private:
  struct alignas(64) Slot {
    Record record;
  };

  static uint64_t count_wrong(const Record* record, uint64_t nr_pages, const ExpectedPage& page, Phase phase) {
    uint64_t wrong = 0;
    for (; nr_pages > 0; --nr_pages, ++record) {
      wrong += difference(*record, expected_record(page, reinterpret_cast<uintptr_t>(record)), phase).has_value();
    }
    return wrong;
  }

  std::vector<Slot> slots_;
  const uint64_t start_pfn_;
};

}  // namespace memmap::simulator
