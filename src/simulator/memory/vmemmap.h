// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The stage before records are written: memory for them. Address space for the memmap of some pages, backed section by
// section or compound by compound by range jobs of the engine (memmap/range.h), as vmemmap_populate() does: a huge page
// where there is one, else base pages, all of a unit or nothing. Where a compound's tails share records, its memmap has
// two pages of its own, and the second again and again. Who stores where nothing was backed, dies.
#ifndef MEMMAP_SIMULATOR_MEMORY_VMEMMAP_H
#define MEMMAP_SIMULATOR_MEMORY_VMEMMAP_H

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "memmap/memmap.h"
#include "memmap/range.h"

namespace memmap::simulator {

// How much may be taken; what is in use is taken from it. A huge page is 2 MiB.
struct BackingPages {
  std::atomic<int64_t> huge{0};
  std::atomic<int64_t> base{0};
};

class Vmemmap {
 public:
  static constexpr int kNoMemory = -12;

  // For records of 64 bytes of [start_pfn, +nr_pages), subsections, nothing of it backed. `order` 0: units are sections
  // of 32,768 pages, else compounds that share records, which begin at start_pfn. `memory` is lent.
  static absl::StatusOr<std::unique_ptr<Vmemmap>> reserve(uint64_t start_pfn, uint64_t nr_pages, uint32_t order,
                                                          BackingPages& memory);
  ~Vmemmap();
  Vmemmap(const Vmemmap&) = delete;
  Vmemmap& operator=(const Vmemmap&) = delete;

  // The job that backs all of it, and by undo takes it back. Storage is the caller's.
  memmap_range populate();
  // At removal: gives back whatever is backed. Nobody reads or writes records meanwhile.
  void depopulate();

  void* records() const { return at_; }
  uint64_t backed_units() const { return backed_units_.load(); }
  uint64_t huge_units() const { return huge_units_.load(); }

 private:
  struct Unit {
    int64_t huge = 0, base = 0;  // pages in use
  };
  Vmemmap(uint64_t start_pfn, uint64_t nr_pages, uint32_t order, BackingPages& memory);
  int back(uint64_t number, uint64_t nr_pages);
  void drop(uint64_t number, uint64_t nr_pages);
  bool take_pages(uint64_t bytes, Unit& unit);
  void give_back(Unit& unit);
  uint32_t unit_shift() const { return order_ != 0 ? order_ : 15; }
  // Numbers of the job: pfns, moved so that units begin where sections do, or where the compounds do.
  char* at(uint64_t number) const { return at_ + (number - first_) * 64; }

  const uint64_t nr_pages_, first_;
  const uint32_t order_;
  BackingPages& memory_;
  char* at_ = nullptr;
  uint64_t bytes_ = 0;
  std::unique_ptr<Unit[]> units_;
  std::atomic<uint64_t> backed_units_{0}, huge_units_{0};
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_MEMORY_VMEMMAP_H
