// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/figures/pinned.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>

namespace memmap::simulator {
namespace {

TEST(PinnedTest, PartsAreContiguousAndCoverAll) {
  uint64_t at = 0;
  for (size_t n = 0; n < 3; ++n) {
    const Part part = part_of(1000, 64, n, 3);
    EXPECT_EQ(part.begin, at);
    EXPECT_EQ(part.begin % 64, 0);
    at = part.end;
  }
  EXPECT_EQ(at, 1000);
  EXPECT_EQ(part_of(10, 64, 0, 2).end, 0);
  EXPECT_EQ(part_of(10, 64, 1, 2).end, 10);
}

TEST(PinnedTest, RunsOnceOnEachCpu) {
  cpu_set_t mask;
  ASSERT_EQ(sched_getaffinity(0, sizeof(mask), &mask), 0);
  std::vector<uint32_t> cpus;
  for (uint32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &mask)) cpus.push_back(cpu);
  }
  std::vector<int> seen(cpus.size(), -1);
  std::atomic<int> calls{0};
  const uint64_t took = run_pinned(cpus, [&](size_t n) {
    seen[n] = sched_getcpu();
    ++calls;
  });
  EXPECT_GT(took, 0);
  EXPECT_EQ(calls, int(cpus.size()));
  for (size_t n = 0; n < cpus.size(); ++n) EXPECT_EQ(seen[n], int(cpus[n]));
}

}  // namespace
}  // namespace memmap::simulator
