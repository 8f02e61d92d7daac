// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/padata.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

PadataJob sections(uint64_t size, uint32_t max_threads) {
  return {.function = {},
          .start = 0,
          .size = size,
          .align = kSectionPages,
          .min_chunk = kSectionPages,
          .max_threads = max_threads};
}

// 384 GiB on a node of 52 CPUs: 100.66 M pages / 208 = 14.8 sections, so chunks of 15 and 205 of them.
TEST(PadataChunk, PublishedExample) {
  const PadataJob job = sections(uint64_t{384} << 18, 52);
  EXPECT_EQ(padata_threads(job), 52u);
  EXPECT_EQ(padata_chunk(job, 52), 15 * kSectionPages);
  EXPECT_EQ((job.size + padata_chunk(job, 52) - 1) / padata_chunk(job, 52), 205u);
}

TEST(PadataChunk, FewerHelpersMeanLargerChunks) {
  EXPECT_EQ(padata_chunk(sections(uint64_t{384} << 18, 52), 2), 384 * kSectionPages);
}

TEST(PadataChunk, SmallJobsUseOneThread) {
  EXPECT_EQ(padata_threads(sections(1, 52)), 1u);
  EXPECT_EQ(padata_threads(sections(2 * kSectionPages - 1, 52)), 1u);
  EXPECT_EQ(padata_threads(sections(2 * kSectionPages, 52)), 2u);
}

TEST(PadataChunk, NeverZeroAndAlwaysAligned) {
  for (const uint64_t size : {1u, 7u, 1000u, 123456u}) {
    for (const uint64_t min_chunk : {0u, 1u, 3u, 100u}) {
      for (const uint64_t align : {0u, 1u, 2u, 10u, 64u}) {
        for (const uint32_t threads : {1u, 2u, 7u}) {
          const uint64_t chunk = padata_chunk({.function = {},
                                               .start = 0,
                                               .size = size,
                                               .align = align,
                                               .min_chunk = min_chunk,
                                               .max_threads = threads},
                                              threads);
          EXPECT_GE(chunk, std::max<uint64_t>(min_chunk, 1));
          EXPECT_EQ(chunk % std::max<uint64_t>(align, 1), 0u);
        }
      }
    }
  }
}

// What a job did with each of its units.
struct Outcome {
  uint64_t not_once = 0;
  uint64_t outside = 0;
  uint64_t crooked_ends = 0;  // chunks that end inside the job, but at no multiple of the chunk
};

Outcome run_job(Padata& padata, uint64_t start, uint64_t size, uint64_t align, uint64_t min_chunk,
                uint32_t max_threads) {
  const auto visits = std::make_unique<std::atomic<int>[]>(size);
  std::atomic<uint64_t> outside{0}, crooked{0};
  PadataJob job{
      .function = {}, .start = start, .size = size, .align = align, .min_chunk = min_chunk, .max_threads = max_threads};
  job.function = [&](uint64_t first, uint64_t behind) {
    if (behind != start + size && behind % align != 0) ++crooked;
    if (first < start || behind > start + size || first >= behind) {
      ++outside;
      return;
    }
    for (uint64_t unit = first; unit < behind; ++unit) ++visits[unit - start];
  };
  padata.run(job);
  Outcome run{0, outside, crooked};
  for (uint64_t unit = 0; unit < size; ++unit) run.not_once += visits[unit] != 1;
  return run;
}

TEST(Padata, EveryUnitExactlyOnce) {
  for (const uint32_t nr_helpers : {0u, 1u, 3u}) {
    Padata padata(nr_helpers);
    for (const uint64_t size : {1u, 63u, 64u, 65u, 1000u, 10007u}) {
      for (const uint64_t start : {0u, 64u, 13u}) {
        for (const uint32_t max_threads : {1u, 2u, 4u, 9u}) {
          const Outcome run = run_job(padata, start, size, 64, 64, max_threads);
          EXPECT_EQ(run.not_once + run.outside + run.crooked_ends, 0u)
              << size << " from " << start << ", " << nr_helpers << " helpers, " << max_threads << " threads";
        }
      }
    }
  }
}

TEST(Padata, EmptyJobCallsNobody) {
  Padata padata(1);
  padata.run({.function = [](uint64_t, uint64_t) { FAIL(); },
              .start = 5,
              .size = 0,
              .align = 1,
              .min_chunk = 1,
              .max_threads = 2});
}

TEST(Padata, CallerAndHelpersWorkAtTheSameTime) {
  Padata padata(2);
  std::atomic<int> inside{0};
  const auto meet = [&inside](uint64_t, uint64_t) {
    ++inside;
    while (inside.load() < 3) std::this_thread::yield();  // hangs unless three threads are in their first chunk
  };
  padata.run({.function = meet, .start = 0, .size = 3, .align = 1, .min_chunk = 1, .max_threads = 3});
  EXPECT_EQ(inside, 3);
}

TEST(Padata, JobsShareTheHelpers) {
  Padata padata(2);
  std::vector<std::thread> callers;
  std::atomic<uint64_t> wrong{0};
  for (int n = 0; n < 4; ++n) {
    callers.emplace_back([&padata, &wrong] {
      for (int round = 0; round < 50; ++round) {
        const Outcome run = run_job(padata, 0, 500, 8, 8, 4);
        wrong += run.not_once + run.outside;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0u);
}

TEST(Padata, PinnedHelpersWorkToo) {
  const int cpus[] = {0};
  Padata padata(2, cpus);
  EXPECT_EQ(run_job(padata, 0, 1000, 8, 8, 3).not_once, 0u);
}

}  // namespace
}  // namespace memmap::simulator
