// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/memory/vmemmap.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kHugeBytes = uint64_t{2} << 20;
constexpr int kProtection = PROT_READ | PROT_WRITE;

// True, and taken, where that much is left.
bool take(std::atomic<int64_t>& left, int64_t nr) {
  int64_t seen = left.load();
  while (seen >= nr) {
    if (left.compare_exchange_weak(seen, seen - nr)) return true;
  }
  return false;
}

bool map_private(char* at, uint64_t bytes, int protection) {
  return mmap(at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED;
}

// The first two pages, then the second wherever there is another.
bool map_shared(char* at, uint64_t bytes) {
  const int file = memfd_create("memmap", 0);
  bool mapped = file >= 0 && ftruncate(file, 2 * kPageBytes) == 0;
  for (uint64_t page = 0; mapped && page < bytes / kPageBytes; ++page) {
    const off_t from = page == 0 ? 0 : off_t(kPageBytes);
    mapped = mmap(at + page * kPageBytes, kPageBytes, kProtection, MAP_SHARED | MAP_FIXED, file, from) != MAP_FAILED;
  }
  if (file >= 0) close(file);
  return mapped;
}

}  // namespace

Vmemmap::Vmemmap(uint64_t start_pfn, uint64_t nr_pages, uint32_t order, BackingPages& memory)
    : nr_pages_(nr_pages),
      first_(order != 0 ? 0 : start_pfn % kSectionPages),
      order_(order),
      memory_(memory),
      bytes_(nr_pages * kRecordBytes) {
  units_ = std::make_unique<Unit[]>(((first_ + nr_pages - 1) >> unit_shift()) + 1);
}

absl::StatusOr<std::unique_ptr<Vmemmap>> Vmemmap::reserve(uint64_t start_pfn, uint64_t nr_pages, uint32_t order,
                                                          BackingPages& memory) {
  std::unique_ptr<Vmemmap> own(new Vmemmap(start_pfn, nr_pages, order, memory));
  void* const at = mmap(nullptr, own->bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) {
    return absl::ResourceExhaustedError(absl::StrCat("memmap: no address space for ", own->bytes_, " bytes"));
  }
  own->at_ = static_cast<char*>(at);
  return own;
}

Vmemmap::~Vmemmap() {
  if (at_ != nullptr) munmap(at_, bytes_);
}

memmap_range Vmemmap::populate() {
  memmap_range range{};
  range.first = first_;
  range.count = nr_pages_;
  range.unit_shift = unit_shift();
  range.run = [](void* self, uint64_t first, uint64_t nr_pages) {
    return static_cast<Vmemmap*>(self)->back(first, nr_pages);
  };
  range.undo = [](void* self, uint64_t first, uint64_t nr_pages) {
    static_cast<Vmemmap*>(self)->drop(first, nr_pages);
    return 0;
  };
  range.context = this;
  return range;
}

// A whole section's memmap is a huge page.
bool Vmemmap::take_pages(uint64_t bytes, Unit& unit) {
  if (order_ == 0 && bytes == kHugeBytes && take(memory_.huge, 1)) return unit.huge = 1, true;
  const int64_t wanted = order_ != 0 ? 2 : int64_t(divide_up(bytes, kPageBytes));
  while (unit.base < wanted) {
    if (!take(memory_.base, 1)) return give_back(unit), false;
    ++unit.base;
  }
  return true;
}

void Vmemmap::give_back(Unit& unit) {
  memory_.huge += unit.huge;
  memory_.base += unit.base;
  unit = {};
}

int Vmemmap::back(uint64_t number, uint64_t nr_pages) {
  Unit& unit = units_[number >> unit_shift()];
  const uint64_t bytes = nr_pages * kRecordBytes;
  if (!take_pages(bytes, unit)) return kNoMemory;
  if (!(order_ != 0 ? map_shared(at(number), bytes) : map_private(at(number), bytes, kProtection))) {
    map_private(at(number), bytes, PROT_NONE);
    give_back(unit);
    return kNoMemory;
  }
  huge_units_ += uint64_t(unit.huge);
  ++backed_units_;
  return 0;
}

void Vmemmap::drop(uint64_t number, uint64_t nr_pages) {
  Unit& unit = units_[number >> unit_shift()];
  if (unit.huge + unit.base == 0) return;
  map_private(at(number), nr_pages * kRecordBytes, PROT_NONE);
  huge_units_ -= uint64_t(unit.huge);
  --backed_units_;
  give_back(unit);
}

void Vmemmap::depopulate() {
  for (uint64_t number = first_; number < first_ + nr_pages_;) {
    const uint64_t behind = std::min(round_up(number + 1, uint64_t{1} << unit_shift()), first_ + nr_pages_);
    drop(number, behind - number);
    number = behind;
  }
}

}  // namespace memmap::simulator
