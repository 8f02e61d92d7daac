// SPDX-License-Identifier: GPL-2.0-only OR MIT
// CPU quotas read from trees of files like those of cgroup v1, v2 and hybrids.
#include "host/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace memmap::host {
namespace {

using ::testing::HasSubstr;

class QuotaTest : public ::testing::Test {
 protected:
  QuotaTest() {
    files_.membership = root_ + "/cgroup";
    files_.mounts = root_ + "/mountinfo";
    std::filesystem::create_directories(root_);
  }
  ~QuotaTest() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  // A v2 tree mounted at /v2 and a v1 one at /v1; `root` is the part of the hierarchy that is mounted.
  void mount(const std::string& root = "/") {
    write("/mountinfo", "22 1 0:20 / /proc rw - proc proc rw\n30 22 0:26 " + root + " " + root_ +
                            "/v2 rw,nosuid shared:4 - cgroup2 cgroup rw\n31 22 0:27 " + root + " " + root_ +
                            "/v1 rw - cgroup cgroup rw,cpuacct,cpu\n");
  }
  std::optional<uint64_t> quota() {
    const auto read = cpu_quota_milli(files_);
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *read : std::nullopt;
  }
  std::string complaint() { return std::string(cpu_quota_milli(files_).status().message()); }

  std::string root_ = ::testing::TempDir() + "/quota-" + std::to_string(getpid());
  CgroupFiles files_;
};

TEST_F(QuotaTest, NoCgroupsNoBound) { EXPECT_EQ(quota(), std::nullopt); }

TEST_F(QuotaTest, V2) {
  mount();
  write("/cgroup", "0::/a/b\n");
  write("/v2/a/b/cpu.max", "250000 100000\n");
  EXPECT_EQ(quota(), 2500u);
  write("/v2/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(QuotaTest, AnAncestorMayBeTighter) {
  mount();
  write("/cgroup", "0::/a/b\n");
  write("/v2/a/b/cpu.max", "400000 100000\n");
  write("/v2/a/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 1500u);
}

TEST_F(QuotaTest, V1) {
  mount();
  write("/cgroup", "4:memory:/x\n3:cpuacct,cpu:/job\n0::/\n");
  write("/v1/job/cpu.cfs_quota_us", "50000\n");
  write("/v1/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 500u);
  write("/v1/job/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(QuotaTest, HybridTakesTheLeast) {
  mount();
  write("/cgroup", "3:cpu:/job\n0::/job\n");
  write("/v1/job/cpu.cfs_quota_us", "300000\n");
  write("/v1/job/cpu.cfs_period_us", "100000\n");
  write("/v2/job/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2000u);
}

TEST_F(QuotaTest, AContainerThatSeesTheHostsPath) {
  write("/cgroup", "0::/docker/0123\n");
  mount();  // the path does not exist below the mount point, which is the container's own cgroup
  write("/v2/cpu.max", "100000 100000\n");
  EXPECT_EQ(quota(), 1000u);
  mount("/docker");  // only this part is mounted: the path counts from there
  write("/v2/0123/cpu.max", "70000 100000\n");
  EXPECT_EQ(quota(), 700u);
}

TEST_F(QuotaTest, MalformedFilesAreNamed) {
  mount();
  write("/cgroup", "0::/\n");
  for (const char* text : {"lots\n", "100000\n", "100000 0\n", "100000 100000 1\n", "-5 100000\n"}) {
    write("/v2/cpu.max", text);
    EXPECT_THAT(complaint(), HasSubstr("/v2/cpu.max:1: found")) << text;
  }
  write("/cgroup", "3:cpu:/\n");
  write("/v1/cpu.cfs_quota_us", "many\n");
  EXPECT_THAT(complaint(), HasSubstr("cpu.cfs_quota_us:1: found \"many\""));
  write("/v1/cpu.cfs_quota_us", "1000\n");
  EXPECT_THAT(complaint(), HasSubstr("cpu.cfs_period_us:1"));
}

TEST_F(QuotaTest, HugeQuotaIsNoBound) {
  mount();
  write("/cgroup", "0::/\n");
  write("/v2/cpu.max", "18446744073709551 1\n");
  EXPECT_GT(quota().value_or(0), 1000000u);
  write("/v2/cpu.max", "18446744073709551615 1\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST(QuotaOfThisProcessTest, CanBeRead) { EXPECT_TRUE(cpu_quota_milli().ok()) << cpu_quota_milli().status(); }

TEST(WorkersTest, RoundedUpAtLeastOneAtMostTheCpus) {
  EXPECT_EQ(workers_under_quota(8, std::nullopt), 8u);
  EXPECT_EQ(workers_under_quota(8, 2500), 3u);
  EXPECT_EQ(workers_under_quota(8, 3000), 3u);
  EXPECT_EQ(workers_under_quota(8, 1), 1u);
  EXPECT_EQ(workers_under_quota(8, 0), 1u);
  EXPECT_EQ(workers_under_quota(8, 90000), 8u);
  EXPECT_EQ(workers_under_quota(8, UINT64_MAX), 8u);
}

TEST(AffinityTest, IsTheCallersMask) {
  const std::vector<uint32_t> before = affinity_cpus();
  ASSERT_FALSE(before.empty());
  cpu_set_t whole, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof(whole), &whole), 0);
  CPU_ZERO(&one);
  CPU_SET(before.back(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_THAT(affinity_cpus(), ::testing::ElementsAre(before.back()));
  sched_setaffinity(0, sizeof(whole), &whole);
}

TEST(AffinityTest, OfTheProcessIsThatOfAllThreads) {
  const std::vector<uint32_t> all = affinity_cpus();
  std::vector<uint32_t> beside_another, alone;
  std::thread([&] {  // the test's own thread is the other one
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(all.back(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    beside_another = process_cpus();
    cpu_set_t whole;
    ASSERT_EQ(sched_getaffinity(getpid(), sizeof(whole), &whole), 0);
    ASSERT_EQ(sched_setaffinity(getpid(), sizeof(one), &one), 0);
    alone = process_cpus();
    sched_setaffinity(getpid(), sizeof(whole), &whole);
  })
      .join();
  EXPECT_EQ(beside_another, all);
  EXPECT_THAT(alone, ::testing::ElementsAre(all.back()));
}

}  // namespace
}  // namespace memmap::host
