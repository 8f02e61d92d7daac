// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/prefault.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "memmap/image.h"
#include "memmap/prefault.h"
#include "memmap/writer.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace memmap::host {
namespace {

constexpr uint32_t kUnitShift = 21;            // a huge page: never split between two threads
constexpr uint32_t kPrefaultUnitNs = 100'000;  // of a huge page, in a virtual machine; of 512 pages it is more
constexpr uint32_t kZeroUnitNs = 80'000;
constexpr uint64_t kLineBytes = 64;

uint64_t page_bytes() {
  static const uint64_t bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// The pages that some bytes lie in.
struct Pages {
  Pages(uint64_t address, uint64_t nr_bytes)
      : begin(address / page_bytes() * page_bytes()),
        end((address + nr_bytes + page_bytes() - 1) / page_bytes() * page_bytes()) {}
  uint64_t begin, end;
};

void fill(memmap_range& range, void* memory, size_t nr_bytes, uint32_t nid) {
  range.first = reinterpret_cast<uintptr_t>(memory);
  range.count = nr_bytes;
  range.unit_shift = kUnitShift;
  range.grain_units = 1;
  range.nid = nid;
}

}  // namespace

bool can_populate() {
  static const bool can = madvise(nullptr, 0, MADV_POPULATE_WRITE) == 0;  // of nothing: only the name is looked at
  return can;
}

int populate(void*, uint64_t address, uint64_t nr_bytes) {
  const Pages pages(address, nr_bytes);
  while (madvise(reinterpret_cast<void*>(pages.begin), pages.end - pages.begin, MADV_POPULATE_WRITE) != 0) {
    if (errno != EINTR && errno != EAGAIN) return -errno;
  }
  return 0;
}

int touch(void*, uint64_t address, uint64_t nr_bytes) {
  const Pages pages(address, nr_bytes);
  static uint32_t nobody_waits_here = 0;
  constexpr uint32_t kAddNothing = FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0);
  for (uint64_t page = pages.begin; page < pages.end; page += page_bytes()) {
    if (syscall(SYS_futex, &nobody_waits_here, FUTEX_WAKE_OP_PRIVATE, 0, 0, page, kAddNothing) < 0) return -errno;
  }
  return 0;
}

int zero(void*, uint64_t address, uint64_t nr_bytes) {
  const uint64_t end = address + nr_bytes;
  const uint64_t first_line = (address + kLineBytes - 1) / kLineBytes * kLineBytes,
                 last_line = end / kLineBytes * kLineBytes;
  if (first_line >= last_line) {
    memset(reinterpret_cast<void*>(address), 0, nr_bytes);
    return 0;
  }
  memset(reinterpret_cast<void*>(address), 0, first_line - address);
  pages::write_records(reinterpret_cast<void*>(first_line), (last_line - first_line) / kLineBytes, pages::Image{},
                       pages::Stores::kStreaming);
  memset(reinterpret_cast<void*>(last_line), 0, end - last_line);
  pages::writer_fence();
  return 0;
}

}  // namespace memmap::host

using namespace memmap::host;

extern "C" void memmap_prefault_range(memmap_range* range, void* memory, size_t nr_bytes, uint32_t nid) {
  fill(*range, memory, nr_bytes, nid);
  range->run = can_populate() ? populate : touch;
  range->unit_ns = kPrefaultUnitNs;
}

extern "C" void memmap_zero_range(memmap_range* range, void* memory, size_t nr_bytes, uint32_t nid) {
  fill(*range, memory, nr_bytes, nid);
  range->run = zero;
  range->unit_ns = kZeroUnitNs;
}
