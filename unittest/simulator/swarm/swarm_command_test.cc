// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The suite's own swarm: 2,000 seeds, fewer where a sanitizer slows each down, must find nothing and leave no mark out.
// And the verb: its flags, what it prints, its exit status.
#include "simulator/swarm/swarm_command.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "support/text.h"

namespace memmap::swarm {
namespace {

#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
constexpr uint64_t kSeeds = 2000;
#else
constexpr uint64_t kSeeds = 150;
#endif

bool never() { return false; }

std::string wrong(std::vector<const char*> arguments) {
  return std::string(parse_swarm_options(arguments).status().message());
}

SwarmResultText run(std::vector<const char*> arguments, bool (*stopped)() = never) {
  const auto options = parse_swarm_options(arguments);
  EXPECT_TRUE(options.ok()) << options.status();
  return swarm_command(*options, "memmap-sim test", stopped);
}

using support::has;

TEST(Swarm, NoSeedViolatesAnInvariantAndNoMarkIsLeftOut) {
  SwarmOptions options;
  options.nr_seeds = kSeeds;
  const SwarmResult result = run_swarm(options, never);
  EXPECT_EQ(result.nr_seeds, kSeeds);
  for (const Failure& failure : result.failures) ADD_FAILURE() << report_failure(failure, options, "this build");
  for (size_t i = 0; kSeeds == 2000 && i < kMarks; ++i) EXPECT_GT(result.marks.counts[i], 0u) << kMarkNames[i];
  std::printf("a seed: %.2f ms in the median, p99 %.2f ms\n", result.seed_ms_p50, result.seed_ms_p99);
}

TEST(SwarmCommand, WhatIsWrongIsSaid) {
  EXPECT_EQ(wrong({"--seds=3"}), "found --seds, expected --seeds?");
  EXPECT_EQ(wrong({"--seeds=0"}), "found --seeds=0, expected a number from 1 to 1000000000");
  EXPECT_EQ(wrong({"--seed=x"}), "found --seed=x, expected a number");
  EXPECT_EQ(wrong({"--seed"}), "found --seed without a value, expected --seed=VALUE");
  EXPECT_EQ(wrong({"--plant=twise"}), "found --plant=twise, expected twice?");
  EXPECT_EQ(wrong({""}), "found an empty argument, expected one of --seeds, --first-seed, --seed, --plant");
}

TEST(SwarmCommand, AllIsWell) {
  const SwarmResultText text = run({"--seeds", "20", "--first-seed=100"});
  EXPECT_EQ(text.exit_status, 0) << text.complaint;
  EXPECT_TRUE(has(text.out, "20 seeds from 100 on: 0 violate an invariant")) << text.out;
  EXPECT_TRUE(has(text.out, "ms in the median")) << text.out;
  EXPECT_TRUE(has(text.out, "submit_ok")) << text.out;
}

TEST(SwarmCommand, AFailureIsToldMadeSmallerAndReplayed) {
  const SwarmResultText all = run({"--seeds=12", "--plant=skipped_page"});
  EXPECT_EQ(all.exit_status, 3);
  EXPECT_TRUE(has(all.out, "made smaller, from ")) << all.out;
  const size_t at = all.out.find("memmap-sim swarm --seed=");
  ASSERT_NE(at, std::string::npos) << all.out;
  const std::string seed = all.out.substr(at + 17, all.out.find(" --plant=skipped_page", at) - at - 17);
  const SwarmResultText one = run({seed.c_str(), "--plant=skipped_page"});
  EXPECT_EQ(one.exit_status, 3) << seed;
  const std::string shrunk = one.out.substr(one.out.find("made smaller"));
  EXPECT_TRUE(has(all.out, shrunk.c_str())) << "the same case, made as small\n" << one.out;
}

TEST(SwarmCommand, AnInterruptEndsIt) {
  const SwarmResultText text = run({"--seeds=1000000"}, [] {
    static int turns = 0;
    return __atomic_add_fetch(&turns, 1, __ATOMIC_RELAXED) > 20;
  });
  EXPECT_EQ(text.exit_status, 130);
  EXPECT_TRUE(has(text.complaint, "partial")) << text.complaint;
}

}  // namespace
}  // namespace memmap::swarm
