// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The own-thread environment: park and unpark without a pool, selves, reports; then worker threads over a real pool.
#include "host/threads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <thread>

#include "host/limits.h"
#include "host/locality.h"
#include "host/placement.h"
#include "host/refused_calls.h"
#include "memmap/memmap.hpp"
#include "memmap/range.h"

namespace {
thread_local uint32_t nr_news;
}

[[gnu::noinline]] void* operator new(size_t bytes) {
  ++nr_news;
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace memmap::host {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// One node with these CPUs.
std::unique_ptr<EngineTopology> one_node(const std::vector<uint32_t>& cpus) {
  Topology topology;
  Node node;
  node.local_cpus = cpus;
  topology.nodes.push_back(node);
  for (uint32_t os_id : cpus) {
    Cpu cpu;
    cpu.os_id = cpu.core = os_id;
    topology.cpus.push_back(cpu);
  }
  derive_locality(topology);
  return *EngineTopology::create(topology);
}

class EnvironmentTest : public ::testing::Test {
 protected:
  void park(Atomic<uint32_t>& word, uint32_t value, uint64_t timeout_ns = 0) {
    env_.park(env_.context, word.address(), value, timeout_ns);
  }
  void unpark(Atomic<uint32_t>& word) { env_.unpark(env_.context, word.address()); }
  uint64_t now_ns() { return env_.clock_ns(env_.context); }

  const std::unique_ptr<EngineTopology> topology_ = one_node(affinity_cpus());
  ThreadEnvironment environment_{*topology_, true};
  const memmap_env& env_ = *environment_.env();
};

TEST_F(EnvironmentTest, HasAllThatTheEngineNeeds) {
  EXPECT_TRUE(env_.park && env_.unpark && env_.wake_later && env_.relax && env_.yield && env_.clock_ns && env_.self &&
              env_.fatal && env_.stalled);
  env_.relax(env_.context);
  env_.yield(env_.context);
}

TEST_F(EnvironmentTest, ParkReturnsAtOnceWhereTheWordHasChanged) {
  Atomic<uint32_t> word(7);
  park(word, 6);
}

TEST_F(EnvironmentTest, ParkEndsWithItsTimeout) {
  Atomic<uint32_t> word(7);
  const uint64_t began_ns = now_ns();
  while (now_ns() - began_ns < 30'000'000) park(word, 7, 10'000'000);  // may return for no reason
  EXPECT_LT(now_ns() - began_ns, uint64_t{10'000'000'000});
}

TEST_F(EnvironmentTest, UnparkWakesAllWhoAreParked) {
  Atomic<uint32_t> word(0);
  std::vector<std::thread> sleepers;
  for (int i = 0; i < 3; ++i) {
    sleepers.emplace_back([&] {
      while (word.load(acquire) == 0) park(word, 0);
    });
  }
  std::this_thread::sleep_for(milliseconds(20));
  word.store(1, release);
  unpark(word);
  for (std::thread& sleeper : sleepers) sleeper.join();
}

// Two threads hand a turn to and fro. A wake that is lost, between the look at the word and the sleep, hangs them.
TEST_F(EnvironmentTest, NoWakeIsLost) {
  constexpr uint32_t kTurns = 20'000;
  Atomic<uint32_t> turn(0);
  const auto play = [&](uint32_t parity) {
    for (uint32_t mine = parity; mine < kTurns; mine += 2) {
      uint32_t seen = 0;
      while ((seen = turn.load(acquire)) != mine) park(turn, seen);
      turn.store(mine + 1, release);
      (mine % 3 == 0 ? env_.wake_later : env_.unpark)(env_.context, turn.address());
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  EXPECT_EQ(turn.load(relaxed), kTurns);
}

TEST_F(EnvironmentTest, EachThreadHasOneSelfForEachEnvironment) {
  memmap_self* const mine = env_.self(env_.context);
  EXPECT_EQ(mine, env_.self(env_.context));
  EXPECT_EQ(mine->worker, MEMMAP_NO_WORKER);
  EXPECT_EQ(mine->depth, 0u);
  mine->depth = 1;
  ThreadEnvironment other(*topology_, true);
  EXPECT_NE(mine, other.self());
  EXPECT_EQ(other.self()->depth, 0u);
  EXPECT_EQ(mine, environment_.self());
  std::thread([&] { EXPECT_NE(mine, environment_.self()); }).join();
  mine->depth = 0;
}

TEST_F(EnvironmentTest, AnEnvironmentAfterAnotherStartsAfresh) {
  for (int i = 0; i < 1000; ++i) {
    ThreadEnvironment next(*topology_, true);
    EXPECT_EQ(next.self()->depth, 0u);
    next.self()->depth = 5;
  }
}

TEST_F(EnvironmentTest, FourSelvesOfAThreadNeedNoMemory) {
  std::thread([this] {
    const auto news_of = [](ThreadEnvironment& environment) {
      const uint32_t before = nr_news;
      environment.self();
      return nr_news - before;
    };
    std::array<std::unique_ptr<ThreadEnvironment>, 6> others;
    for (auto& other : others) other = std::make_unique<ThreadEnvironment>(*topology_, false);
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(news_of(*others[i]), 0u) << i;
    memmap_self* const fifth = others[4]->self();
    EXPECT_EQ(news_of(*others[4]), 0u);
    EXPECT_NE(news_of(environment_), 0u);
    others[1].reset();
    EXPECT_EQ(news_of(*others[5]), 0u) << "in the place of the one that is gone";
    EXPECT_EQ(others[4]->self(), fifth);
  }).join();
}

TEST_F(EnvironmentTest, AWorkersSelf) {
  std::thread([&] {
    environment_.enter_worker(0);
    const memmap_self& self = *env_.self(env_.context);
    EXPECT_EQ(self.worker, 0u);
    EXPECT_EQ(self.beside, 0u);
  }).join();
}

TEST_F(EnvironmentTest, OthersAreLocatedByTheirCpu) {
  cpu_set_t whole, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof(whole), &whole), 0);
  for (uint32_t worker = 0; worker < topology_->nr_workers(); ++worker) {
    CPU_ZERO(&one);
    CPU_SET(topology_->cpu_of_worker(worker), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(environment_.self()->beside, worker);
  }
  memmap_self* const self = environment_.self();
  self->depth = 1;
  self->group = 77;
  EXPECT_EQ(environment_.self()->group, 77u) << "inside of a hook it stays where it was";
  self->depth = 0;
  ThreadEnvironment elsewhere(*topology_, false);
  EXPECT_EQ(elsewhere.self()->beside, MEMMAP_NO_WORKER) << "CPUs of another machine mean nothing";
  sched_setaffinity(0, sizeof(whole), &whole);
}

TEST_F(EnvironmentTest, DescribesAStall) {
  const memmap_stall by_worker = {"pmem0", 200'000'000, 0, 1000, 24, "write"};
  std::thread([&] { environment_.enter_worker(0); }).join();
  EXPECT_THAT(
      environment_.describe(by_worker),
      ::testing::MatchesRegex("memmap: flush of 'pmem0' has waited 200 ms: worker 0 \\(cpu [0-9]+, tid [1-9][0-9]*\\) "
                              "holds pfn \\[1000, 1024\\) in write"));
  const memmap_stall by_caller = {"pmem0", 200'000'000, MEMMAP_NO_WORKER, 512, 8, "unknown"};
  EXPECT_EQ(environment_.describe(by_caller),
            "memmap: flush of 'pmem0' has waited 200 ms: no worker but a caller holds pfn [512, 520)");
  const memmap_stall by_nobody = {"pmem0", 200'000'000, MEMMAP_NO_WORKER, 0, 0, "unknown"};
  EXPECT_EQ(environment_.describe(by_nobody), "memmap: flush of 'pmem0' has waited 200 ms: all is done now");
  const memmap_stall of_close = {"pmem0", 200'000'000, MEMMAP_NO_WORKER, 0, 0, "inside"};
  EXPECT_EQ(environment_.describe(of_close),
            "memmap: close of 'pmem0' has waited 200 ms: somebody is in another call for it, maybe in an undo hook");
}

TEST_F(EnvironmentTest, FatalSaysWhatAndAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(env_.fatal(env_.context, "left is negative"), "memmap: broken invariant: left is negative");
}

// A pool over one node with these CPUs.
class Rig {
 public:
  explicit Rig(const std::vector<uint32_t>& cpus, WatchSources sources = WatchSources::of_this_system())
      : topology_(one_node(cpus)), environment_(*topology_, true), threads_(std::move(sources)) {
    memmap_pool_config config{};
    config.env = environment_.env();
    config.topology = topology_->table();
    config.nr_pages = 1 << 15;
    storage_ = *PlacedMemory::map(memmap_pool_bytes(&config), {});
    EXPECT_EQ(memmap_pool_init(&pool_, &config, storage_.address(), storage_.nr_bytes()), MEMMAP_OK);
  }
  absl::Status start() { return threads_.start(pool_, environment_); }
  WorkerThreads& threads() { return threads_; }
  memmap_pool* pool() { return pool_; }
  const EngineTopology& topology() const { return *topology_; }

 private:
  std::unique_ptr<EngineTopology> topology_;
  ThreadEnvironment environment_;
  PlacedMemory storage_;
  memmap_pool* pool_ = nullptr;
  WorkerThreads threads_;
};

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// /proc directories of this process's worker threads, in the order of their names.
std::vector<std::filesystem::path> worker_threads() {
  std::vector<std::filesystem::path> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (first_line(task.path() / "comm").rfind("memmap/", 0) == 0) found.push_back(task.path());
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return first_line(a / "comm") < first_line(b / "comm"); });
  return found;
}

// What /proc says of a thread under `key`.
std::string status_of(const std::filesystem::path& task, const std::string& key) {
  std::ifstream lines(task / "status");
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key + ":\t", 0) == 0) return line.substr(key.size() + 2);
  }
  return "";
}

TEST(WorkerThreadsTest, AreNamedPinnedAndLeftAloneBySignals) {
  Rig rig(affinity_cpus());
  ASSERT_TRUE(rig.start().ok());
  EXPECT_EQ(rig.threads().nr_unpinned(), 0u);
  const auto tasks = worker_threads();
  ASSERT_EQ(tasks.size(), rig.topology().nr_workers());
  for (uint32_t worker = 0; worker < tasks.size(); ++worker) {
    EXPECT_EQ(first_line(tasks[worker] / "comm"), "memmap/" + std::to_string(worker));
    EXPECT_EQ(status_of(tasks[worker], "Cpus_allowed_list"), std::to_string(rig.topology().cpu_of_worker(worker)));
    const uint64_t blocked = std::stoull(status_of(tasks[worker], "SigBlk"), nullptr, 16);
    EXPECT_TRUE(blocked & uint64_t{1} << (SIGUSR1 - 1));
    EXPECT_FALSE(blocked & uint64_t{1} << (SIGSEGV - 1)) << "a fault is its thread's own";
  }
  rig.threads().stop();
  EXPECT_TRUE(worker_threads().empty());
  rig.threads().stop();
}

TEST(WorkerThreadsTest, TheCallersSignalMaskIsLeftAsItWas) {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Rig rig(affinity_cpus());
  ASSERT_TRUE(rig.start().ok());
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGUSR1), sigismember(&after, SIGUSR1));
}

TEST(WorkerThreadsTest, AWorkerThatCannotBePinnedIsSaidAndRuns) {
  Rig rig({affinity_cpus().front(), 4000});
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(rig.start().ok());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              StartsWith("memmap: 1 of 2 workers run unpinned; worker 1 on cpu 4000: "));
  EXPECT_EQ(rig.threads().nr_unpinned(), 1u);
  EXPECT_EQ(worker_threads().size(), 2u);
}

TEST(WorkerThreadsTest, NoThreadIsAnError) {
  in_child([] {
    Rig rig(affinity_cpus());
    forbid(SYS_clone3, EAGAIN);
    forbid(SYS_clone, EAGAIN);
    const absl::Status status = rig.start();
    EXPECT_THAT(std::string(status.message()), HasSubstr("thread 1 of"));
  });
}

// Somebody takes a worker's CPU away (here the system's answer says so): it does nothing any more, the others do all,
// and it comes back.
TEST(WorkerThreadsTest, AWorkerWhoseCpuIsTakenAwayStaysAwayAndComesBack) {
  if (affinity_cpus().size() < 2) GTEST_SKIP() << "the last worker always stays";
  std::atomic<bool> taken{false};
  WatchSources sources = WatchSources::of_this_system();
  sources.interval_ns = 5'000'000;
  sources.mask = [&taken] {
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof name);
    return taken && std::string(name) == "memmap/1" ? std::vector<uint32_t>{1000} : affinity_cpus();
  };
  Rig rig(affinity_cpus(), sources);
  ASSERT_TRUE(rig.start().ok());
  const auto grains_of_second = [&rig] {
    memmap_worker_counts counts{};
    EXPECT_EQ(memmap_worker_counters(rig.pool(), 1, &counts), MEMMAP_OK);
    return counts.grains;
  };
  const auto work_a_while = [&rig] {
    memmap_range range{};
    range.count = 60;
    range.run = [](void*, uint64_t, uint64_t) { return usleep(1000), 0; };
    range.storage_bytes = memmap_range_bytes(&range);
    const PlacedMemory storage = *PlacedMemory::map(range.storage_bytes, {});
    range.storage = storage.address();
    Domain domain(rig.pool(), "work");
    EXPECT_EQ(memmap_range_async(&range, domain.get()), MEMMAP_OK);
    memmap_progress_counts counts{};
    while (domain.progress(counts) == MEMMAP_OK && counts.done_pages != range.count) usleep(1000);
    EXPECT_EQ(domain.close(), MEMMAP_OK);
  };
  work_a_while();
  EXPECT_GT(grains_of_second(), 0u);
  taken = true;
  work_a_while();  // it notices
  const uint64_t before = grains_of_second();
  work_a_while();
  EXPECT_EQ(grains_of_second(), before);
  taken = false;
  for (int i = 0; i < 100 && grains_of_second() == before; ++i) work_a_while();
  EXPECT_GT(grains_of_second(), before);
}

TEST(WorkerThreadsTest, StartAndStopAgainAndAgain) {
  for (int i = 0; i < 50; ++i) {
    Rig rig(affinity_cpus());
    ASSERT_TRUE(rig.start().ok());
  }
  EXPECT_TRUE(worker_threads().empty());
}

}  // namespace
}  // namespace memmap::host
