// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mapping, binding, populating: see placement.h. mbind(2) and move_pages(2) are called directly: libnuma would be one
// more library for two calls, and hwloc stays in topology.cc.
#include "host/placement.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14
#endif

namespace memmap::host {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;
constexpr size_t kSampledPages = 64;

size_t page_bytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }
size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

// Maps a little more than asked for and cuts off what is not aligned. Null on failure.
void* map_aligned(size_t nr_bytes, size_t alignment, int flags) {
  const size_t slack = alignment > page_bytes() ? alignment : 0;
  void* const mapped = mmap(nullptr, nr_bytes + slack, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  char* const begin = static_cast<char*>(mapped);
  char* const aligned =
      begin + (round_up(reinterpret_cast<uintptr_t>(begin), alignment) - reinterpret_cast<uintptr_t>(begin));
  if (aligned != begin) munmap(begin, static_cast<size_t>(aligned - begin));
  if (aligned != begin + slack) munmap(aligned + nr_bytes, static_cast<size_t>(begin + slack - aligned));
  return aligned;
}

}  // namespace

absl::StatusOr<PlacedMemory> PlacedMemory::map(size_t nr_bytes, const Placement& placement) {
  if (nr_bytes == 0 || nr_bytes > PTRDIFF_MAX - 2 * kHugePageBytes) {
    return absl::InvalidArgumentError(absl::StrCat(nr_bytes, " bytes of memory: expected 1 up to the address space"));
  }
  const bool huge = placement.huge_pages && nr_bytes >= kHugePageBytes;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (placement.no_reserve ? MAP_NORESERVE : 0);
  PlacedMemory memory;
  memory.nr_bytes_ = round_up(nr_bytes, page_bytes());
  memory.address_ = map_aligned(memory.nr_bytes_, huge ? kHugePageBytes : page_bytes(), flags);
  if (memory.address_ == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat("mmap of ", nr_bytes, " bytes: ", strerror(errno)));
  }
  if (huge) memory.advise_huge_pages();
  const bool placed = placement.nid != kAnyNode && memory.prefer(placement.nid);
  if (placement.populate) {
    if (const absl::Status status = memory.populate(); !status.ok()) return status;
    if (placed) memory.look_where_it_lies(placement.nid);
  }
  return memory;
}

void* PlacedMemory::release() { return std::exchange(address_, nullptr); }

void PlacedMemory::unmap(void* address, size_t nr_bytes) {
  if (address != nullptr) munmap(address, round_up(nr_bytes, page_bytes()));
}

void PlacedMemory::swap(PlacedMemory& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(nr_bytes_, other.nr_bytes_);
  std::swap(shortfall_, other.shortfall_);
}

void PlacedMemory::lacks(const std::string& what) {
  absl::StrAppend(&shortfall_, shortfall_.empty() ? "" : "; ", what);
}

void PlacedMemory::advise_huge_pages() {
  if (madvise(address_, nr_bytes_, MADV_HUGEPAGE) != 0)
    lacks(absl::StrCat("no huge pages (madvise: ", strerror(errno), ")"));
}

bool PlacedMemory::prefer(uint32_t nid) {
  constexpr size_t kBits = 8 * sizeof(unsigned long);
  std::vector<unsigned long> nodes(nid / kBits + 1);
  nodes[nid / kBits] = 1ul << nid % kBits;
  const unsigned long maxnode = nodes.size() * kBits + 1;  // the kernel looks at one bit less
  if (syscall(SYS_mbind, address_, nr_bytes_, MPOL_PREFERRED, nodes.data(), maxnode, 0) == 0) return true;
  lacks(absl::StrCat("not placed on node ", nid, " (mbind: ", strerror(errno), ")"));
  return false;
}

absl::Status PlacedMemory::populate() {
  if (madvise(address_, nr_bytes_, MADV_POPULATE_WRITE) == 0) return absl::OkStatus();
  if (errno != EINVAL && errno != ENOSYS && errno != EPERM) {
    return absl::ResourceExhaustedError(absl::StrCat("populating ", nr_bytes_, " bytes: ", strerror(errno)));
  }
  // An older kernel, or one that a container keeps us from asking: touch each page.
  volatile char* const byte = static_cast<char*>(address_);
  for (size_t at = 0; at < nr_bytes_; at += page_bytes()) byte[at] = 0;
  return absl::OkStatus();
}

void PlacedMemory::look_where_it_lies(uint32_t nid) {
  const size_t nr_pages = nr_bytes_ / page_bytes();
  const size_t nr_sampled = std::min(nr_pages, kSampledPages);
  std::vector<void*> pages(nr_sampled);
  std::vector<int> nodes(nr_sampled, -1);
  for (size_t i = 0; i < nr_sampled; ++i)
    pages[i] = static_cast<char*>(address_) + i * nr_pages / nr_sampled * page_bytes();
  if (syscall(SYS_move_pages, 0, nr_sampled, pages.data(), nullptr, nodes.data(), 0) != 0) {
    lacks(absl::StrCat("placement on node ", nid, " not verified (move_pages: ", strerror(errno), ")"));
    return;
  }
  const auto elsewhere =
      std::count_if(nodes.begin(), nodes.end(), [&](int node) { return node != static_cast<int>(nid); });
  if (elsewhere != 0) lacks(absl::StrCat(elsewhere, " of ", nr_sampled, " sampled pages are not on node ", nid));
}

}  // namespace memmap::host
