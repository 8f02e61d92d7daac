// SPDX-License-Identifier: GPL-2.0-only OR MIT
// PlacedMemory: anonymous memory on a node of one's choice, in huge pages, present before its first use.
//
// Only the mapping itself may fail. What the machine or a container refuses beyond that (binding, huge pages) is left
// out and said in shortfall(). Placement is preferred, not strict: a full node spills to its neighbours, as the
// kernel's own allocations do, because a strict one would let the OOM killer decide. So populated memory is looked at
// afterwards, and pages that lie elsewhere are a shortfall too.
#ifndef MEMMAP_HOST_PLACEMENT_H
#define MEMMAP_HOST_PLACEMENT_H

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace memmap::host {

inline constexpr uint32_t kAnyNode = UINT32_MAX;

struct Placement {
  uint32_t nid = kAnyNode;
  bool huge_pages = false;  // where the size allows; aligned to them
  bool populate = false;    // all pages present on return
  bool no_reserve = false;  // address space only: touched where used
};

class PlacedMemory {
 public:
  static absl::StatusOr<PlacedMemory> map(size_t nr_bytes, const Placement& placement);
  PlacedMemory() = default;
  PlacedMemory(PlacedMemory&& other) noexcept { swap(other); }
  PlacedMemory& operator=(PlacedMemory&& other) noexcept {
    swap(other);
    return *this;
  }
  ~PlacedMemory() { unmap(release(), nr_bytes_); }

  // Zeroed, page-aligned.
  void* address() const { return address_; }
  size_t nr_bytes() const { return nr_bytes_; }
  // What of the placement could not be had, in one sentence; empty if all was.
  const std::string& shortfall() const { return shortfall_; }

  // Leaves the memory to the caller, who gives it back with unmap() and the number of bytes that was asked for.
  void* release();
  static void unmap(void* address, size_t nr_bytes);

 private:
  void swap(PlacedMemory& other) noexcept;
  void lacks(const std::string& what);
  void advise_huge_pages();
  bool prefer(uint32_t nid);
  absl::Status populate();
  void look_where_it_lies(uint32_t nid);

  void* address_ = nullptr;
  size_t nr_bytes_ = 0;
  std::string shortfall_;
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_PLACEMENT_H
