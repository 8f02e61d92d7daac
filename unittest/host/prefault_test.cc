// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Prefault and zeroing: pages become present and keep what they hold; what cannot be had is an error and no signal.
#include "host/prefault.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "memmap/memmap.hpp"
#include "memmap/prefault.h"
#include "memmap/runtime.hpp"

namespace memmap::host {
namespace {

const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));

class Mapping {
 public:
  explicit Mapping(size_t nr_bytes, int fd = -1)
      : nr_bytes_(nr_bytes),
        at_(static_cast<char*>(mmap(nullptr, nr_bytes, PROT_READ | PROT_WRITE,
                                    fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0))) {
    EXPECT_NE(at_, MAP_FAILED);
    madvise(at_, nr_bytes, MADV_NOHUGEPAGE);
  }
  ~Mapping() { munmap(at_, nr_bytes_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  char* at() const { return at_; }
  size_t nr_bytes() const { return nr_bytes_; }
  std::vector<unsigned char> present() const {
    std::vector<unsigned char> pages(nr_bytes_ / kPage);
    EXPECT_EQ(mincore(at_, nr_bytes_, pages.data()), 0);
    for (unsigned char& page : pages) page &= 1;
    return pages;
  }

 private:
  size_t nr_bytes_;
  char* at_;
};

uint64_t number(const void* address) { return reinterpret_cast<uintptr_t>(address); }

// A file of which only the first pages exist.
class ShortFile {
 public:
  explicit ShortFile(size_t nr_bytes) : fd(memfd_create("short", MFD_CLOEXEC)) {
    EXPECT_EQ(ftruncate(fd, static_cast<off_t>(nr_bytes)), 0);
  }
  ~ShortFile() { close(fd); }
  ShortFile(const ShortFile&) = delete;
  ShortFile& operator=(const ShortFile&) = delete;
  const int fd;
};

// Both ways, as a kernel has only one of them.
class Fault : public testing::TestWithParam<int (*)(void*, uint64_t, uint64_t)> {
 protected:
  void SetUp() override {
    if (GetParam() == populate && !can_populate()) GTEST_SKIP() << "this kernel has no MADV_POPULATE_WRITE";
  }
};

TEST_P(Fault, MakesTheTouchedPagesPresentAndNoOthers) {
  const Mapping memory(16 * kPage);
  EXPECT_EQ(GetParam()(nullptr, number(memory.at()) + 3 * kPage + 5, 2 * kPage), 0);
  EXPECT_EQ(memory.present(), (std::vector<unsigned char>{0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_P(Fault, KeepsWhatThePagesHold) {
  const Mapping memory(4 * kPage);
  memset(memory.at(), 0xA5, memory.nr_bytes());
  EXPECT_EQ(GetParam()(nullptr, number(memory.at()), memory.nr_bytes()), 0);
  EXPECT_EQ(std::count(memory.at(), memory.at() + memory.nr_bytes(), char(0xA5)), std::ptrdiff_t(memory.nr_bytes()));
}

TEST_P(Fault, BehindTheEndOfAFileIsAnErrorAndNoSignal) {
  const ShortFile file(2 * kPage);
  const Mapping memory(4 * kPage, file.fd);
  EXPECT_EQ(GetParam()(nullptr, number(memory.at()), 2 * kPage), 0);
  EXPECT_EQ(GetParam()(nullptr, number(memory.at()), 4 * kPage), -EFAULT);
}

TEST_P(Fault, WhatIsNotMappedIsAnError) {
  const Mapping memory(4 * kPage);
  munmap(memory.at() + kPage, kPage);
  const int error = GetParam()(nullptr, number(memory.at()), 4 * kPage);
  EXPECT_TRUE(error == -ENOMEM || error == -EFAULT) << error;
}

INSTANTIATE_TEST_SUITE_P(Both, Fault, testing::Values(populate, touch),
                         [](const auto& way) { return way.param == populate ? "Populate" : "Touch"; });

TEST(Zero, ExactlyTheseBytes) {
  for (const size_t offset : {0u, 1u, 63u, 64u}) {
    for (const size_t nr_bytes : {1u, 62u, 63u, 64u, 65u, 128u, 1000u, 4096u}) {
      std::vector<char> bytes(8192, 1);
      const size_t aligned = (64 - number(bytes.data()) % 64) % 64;
      char* const from = bytes.data() + aligned + 64 + offset;
      ASSERT_EQ(zero(nullptr, number(from), nr_bytes), 0);
      EXPECT_EQ(std::count(bytes.begin(), bytes.end(), 0), std::ptrdiff_t(nr_bytes)) << offset << ' ' << nr_bytes;
      EXPECT_EQ(std::count(from, from + nr_bytes, 0), std::ptrdiff_t(nr_bytes)) << offset << ' ' << nr_bytes;
    }
  }
}

// Through the whole library: workers, a first part at once, an error that becomes the domain's.
struct RunTest : testing::Test {
  int submit(memmap_range& job, Domain& domain) {
    job.storage_bytes = memmap_range_bytes(&job);
    storage = runtime.alloc(job.storage_bytes, 0);
    job.storage = storage.get();
    return memmap_range_async(&job, domain.get());
  }
  Runtime runtime;
  Memory storage;
};

TEST_F(RunTest, PreparesThePartThatIsAskedForAndThenTheRest) {
  ASSERT_TRUE(runtime);
  const Mapping memory(size_t{64} << 20);
  memmap_range job{};
  memmap_prefault_range(&job, memory.at(), memory.nr_bytes(), 0);
  Domain domain(runtime.pool(), "guest");
  ASSERT_EQ(submit(job, domain), MEMMAP_OK);
  char* const middle = memory.at() + (size_t{40} << 20);
  EXPECT_EQ(memmap_range_flush(domain.get(), &job, number(middle), kPage), MEMMAP_OK);
  unsigned char page = 0;
  EXPECT_EQ(mincore(middle, kPage, &page), 0);
  EXPECT_EQ(page & 1, 1);
  EXPECT_EQ(domain.close(), MEMMAP_OK);
  const std::vector<unsigned char> present = memory.present();
  EXPECT_EQ(std::count(present.begin(), present.end(), 1), std::ptrdiff_t(present.size()));
}

TEST_F(RunTest, AnErrorEndsItsDomainAndNotTheProcess) {
  const ShortFile file(size_t{10} << 20);
  const Mapping memory(size_t{32} << 20, file.fd);
  memmap_range job{};
  memmap_prefault_range(&job, memory.at(), memory.nr_bytes(), 0);
  Domain domain(runtime.pool(), "segment"), other(runtime.pool(), "other");
  ASSERT_EQ(submit(job, domain), MEMMAP_OK);
  EXPECT_EQ(domain.flush(), -EFAULT);
  memmap_progress_counts counts{};
  EXPECT_EQ(domain.progress(counts), MEMMAP_OK);
  EXPECT_EQ(counts.done_pages + counts.dropped_pages, memory.nr_bytes());
  EXPECT_LE(counts.done_pages, size_t{10} << 20);
  EXPECT_EQ(domain.close(), -EFAULT);
  EXPECT_EQ(other.flush(), MEMMAP_OK);
}

TEST_F(RunTest, Zeroes) {
  const Mapping memory(size_t{8} << 20);
  memset(memory.at(), 1, memory.nr_bytes());
  memmap_range job{};
  memmap_zero_range(&job, memory.at() + 100, memory.nr_bytes() - 200, 0);
  Domain domain(runtime.pool(), "zero");
  ASSERT_EQ(submit(job, domain), MEMMAP_OK);
  EXPECT_EQ(domain.close(), MEMMAP_OK);
  EXPECT_EQ(std::count(memory.at(), memory.at() + memory.nr_bytes(), 1), 200);
}

}  // namespace
}  // namespace memmap::host
