// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A memory pool that mounts several segments at once: a domain for each. The first object is read before its segment is
// complete, nobody's mount waits for another's, and an unmount in the midst of it cancels what is left.
//
//   segment_pool [MIB]     (of each of the three segments)
#include <sys/mman.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "memmap/memmap.hpp"
#include "memmap/prefault.h"
#include "memmap/runtime.hpp"

namespace {

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Anonymous memory that is not there yet.
class Mapping {
 public:
  explicit Mapping(size_t nr_bytes) : nr_bytes_(nr_bytes) {
    void* mapped = mmap(nullptr, nr_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) std::perror("mmap"), std::exit(2);
    madvise(mapped, nr_bytes, MADV_NOHUGEPAGE);  // as a pool of shared memory: 4 KiB pages
    memory_ = static_cast<char*>(mapped);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { munmap(memory_, nr_bytes_); }
  char* memory() const { return memory_; }
  size_t nr_bytes() const { return nr_bytes_; }

 private:
  const size_t nr_bytes_;
  char* memory_ = nullptr;
};

class Segment {
 public:
  // Maps it and makes all that a mount needs: who maps while others fault waits for them, in the kernel (mmap_lock).
  Segment(memmap::Runtime& runtime, const char* name, size_t nr_bytes)
      : mapping_(nr_bytes), domain_(runtime.pool(), name) {
    memmap_prefault_range(&job_, mapping_.memory(), nr_bytes, 0);
    storage_ = runtime.alloc(memmap_range_bytes(&job_), 0);
    job_.storage = storage_.get();
    job_.storage_bytes = storage_.size();
  }
  // Returns at once.
  int mount() { return memmap_range_async(&job_, domain_.get()); }

  // The object at `offset`, as soon as its own pages are there; null: the segment has an error or was unmounted.
  char* object(size_t offset, size_t nr_bytes) {
    const int status = memmap_range_flush(domain_.get(), &job_, job_.first + offset, nr_bytes);
    return status == MEMMAP_OK ? mapping_.memory() + offset : nullptr;
  }
  int complete() { return domain_.flush(); }

  // After this nobody works on the memory any more: it may be unmapped, registered elsewhere, given back.
  memmap_progress_counts unmount() {
    memmap_progress_counts counts{};
    if (domain_.cancel() != MEMMAP_OK || domain_.progress(counts) != MEMMAP_OK) std::abort();
    return counts;
  }

 private:
  Mapping mapping_;
  memmap::Memory storage_;
  memmap_range job_{};
  memmap::Domain domain_;  // closed before the memory goes
};

// One mount after the other, by one thread: when the last segment's first object can be read.
double mount_serially_ms(size_t nr_segments, size_t nr_bytes) {
  const double began = now_ms();
  for (size_t n = 0; n < nr_segments; ++n) {
    const Mapping segment(nr_bytes);
    for (size_t at = 0; at < nr_bytes; at += 4096) *static_cast<volatile char*>(segment.memory() + at) = 1;
  }
  return now_ms() - began;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr size_t kSegments = 3;
  const size_t nr_bytes = (argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 32) << 20;
  memmap::Runtime runtime;
  if (!runtime) return std::fprintf(stderr, "segment_pool: %s\n", runtime.error()), 1;
  if (nr_bytes == 0) return std::fprintf(stderr, "segment_pool: expected MIB, a number\n"), 1;
  std::printf("before  3 mounts in turn: first object of the last one after %8.2f ms\n",
              mount_serially_ms(kSegments, nr_bytes));

  constexpr std::array<const char*, kSegments> kNames = {"hot", "warm", "leaving"};
  std::array<std::unique_ptr<Segment>, kSegments> segments;
  bool right = true;
  for (size_t n = 0; n < kSegments; ++n) segments[n] = std::make_unique<Segment>(runtime, kNames[n], nr_bytes);
  const double began = now_ms();
  for (const auto& segment : segments) right = right && segment->mount() == MEMMAP_OK;
  std::printf("after   3 mounts at once: all accepted after                 %8.2f ms\n", now_ms() - began);
  char* object = segments[1]->object(nr_bytes / 2 + 12345, 1000);
  right = right && object != nullptr;
  if (object != nullptr) object[0] = 1;
  std::printf("                          first object of one after          %8.2f ms\n", now_ms() - began);
  const memmap_progress_counts left = segments[2]->unmount();
  std::printf(
      "                          another unmounted after            %8.2f ms: %llu MiB were there, %llu dropped\n",
      now_ms() - began, static_cast<unsigned long long>(left.done_pages >> 20),
      static_cast<unsigned long long>(left.dropped_pages >> 20));
  right = right && left.done_pages + left.dropped_pages == nr_bytes && segments[2]->object(0, 1) == nullptr;
  segments[2].reset();
  right = right && segments[0]->complete() == MEMMAP_OK && segments[1]->complete() == MEMMAP_OK;
  std::printf("                          the other two complete after       %8.2f ms\n", now_ms() - began);
  return right ? 0 : 1;
}
