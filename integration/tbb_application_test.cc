// SPDX-License-Identifier: GPL-2.0-only OR MIT
// An application that has its own parallel_for beside a domain never has more threads that could run than CPUs, as the
// engine works in threads of oneTBB's. The same application with an engine that makes its own threads has more: the
// count can fail. Then all again in a process that may use one CPU.
#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "memmap/memmap.hpp"
#include "memmap/tbb.hpp"

namespace {

using std::chrono::steady_clock;

void work_for(std::chrono::microseconds time) {
  for (const auto until = steady_clock::now() + time; steady_clock::now() < until;) {
  }
}

int slow_write(void* pages, uint64_t, uint64_t nr_pages) {
  work_for(std::chrono::microseconds(100));
  *static_cast<std::atomic<uint64_t>*>(pages) += nr_pages;
  return 0;
}

// Counts this process's threads that run or could, without its own, again and again.
class RunnableThreads {
 public:
  RunnableThreads()
      : thread_([this] {
          while (!stop_) {
            const int now = count();
            most_ = std::max(most_, now);
            ++samples_;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }) {}
  int most() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    EXPECT_GT(samples_, 20);
    return most_;
  }

  static int count() {
    int runnable = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      if (task.path().filename() == std::to_string(gettid())) continue;
      std::ifstream file(task.path() / "stat");
      std::string line;
      std::getline(file, line);
      const size_t name_end = line.rfind(')');  // the state is behind the name
      runnable += name_end != std::string::npos && line.compare(name_end, 4, ") R ") == 0;
    }
    return runnable;
  }

 private:
  std::atomic<bool> stop_{false};
  int most_ = 0, samples_ = 0;
  std::thread thread_;
};

int nr_cpus() {
  cpu_set_t cpus;
  EXPECT_EQ(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
  return CPU_COUNT(&cpus);
}

// Some 200 ms of parallel_for beside some 200 ms of an event, which it then waits for, also from the tasks.
int most_runnable_beside(memmap_pool* pool) {
  std::atomic<uint64_t> pages{0};
  memmap_request request{};
  request.nr_pages = 2000 * 512;
  request.kind = MEMMAP_DEVICE;
  request.hooks.write = slow_write;
  request.hooks.context = &pages;
  const memmap::RequestStorage storage(request);
  memmap::Domain domain(pool);
  RunnableThreads runnable;
  EXPECT_EQ(domain.submit(request), MEMMAP_OK);
  tbb::parallel_for(0, 2000, [&](int i) {
    work_for(std::chrono::microseconds(100));
    if (i % 500 == 499) {
      EXPECT_EQ(domain.flush_range(uint64_t(i) * 512, 1), MEMMAP_OK);
    }
  });
  EXPECT_EQ(domain.flush(), MEMMAP_OK);
  const int most = runnable.most();
  EXPECT_EQ(pages, request.nr_pages);
  return most;
}

TEST(TbbApplication, NeverHasMoreRunnableThreadsThanCpus) {
  memmap::TbbRuntime runtime;
  ASSERT_TRUE(runtime) << runtime.error();
  const int most = most_runnable_beside(runtime.pool());
  printf("%d runnable threads at most, %d CPUs\n", most, nr_cpus());
  EXPECT_LE(most, nr_cpus());
  EXPECT_GE(most, 1);
}

TEST(TbbApplication, WouldHaveMoreWithAnEngineThatMakesThreads) {
  memmap::Runtime runtime;
  ASSERT_TRUE(runtime) << runtime.error();
  const int most = most_runnable_beside(runtime.pool());
  printf("%d runnable threads at most, %d CPUs\n", most, nr_cpus());
  EXPECT_GT(most, nr_cpus());
}

// Threads of the tests before may be on their way to sleep.
void wait_until_alone() {
  for (int times = 0; times < 20; times = RunnableThreads::count() == 0 ? times + 1 : 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(TbbApplication, MayBeLimitedByTheApplication) {
  wait_until_alone();
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
  memmap::TbbRuntime runtime;
  EXPECT_EQ(most_runnable_beside(runtime.pool()), 1);
}

// A process of its own: oneTBB asks once how many CPUs there are.
TEST(TbbApplication, OnOneCpu) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof(cpus), &cpus);
    int first = 0;
    while (!CPU_ISSET(first, &cpus)) ++first;
    CPU_ZERO(&cpus);
    CPU_SET(first, &cpus);
    if (sched_setaffinity(0, sizeof(cpus), &cpus) != 0) _exit(2);
    execl("/proc/self/exe", "tbb_application_test", "--gtest_filter=-*OnOneCpu", static_cast<char*>(nullptr));
    _exit(3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
