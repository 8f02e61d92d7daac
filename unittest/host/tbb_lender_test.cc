// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The lender over a machine of its own: how many tasks there are, what they are for the engine. What the public sees is
// in tbb_runtime_test.cc, what every environment must get right in tbb_conformance_test.cc.
#include "host/tbb_lender.h"

#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "host/chrome_trace.h"
#include "host/tbb_nodes.h"
#include "host/two_nodes.h"
#include "support/conformance.h"

namespace memmap::host {
namespace {

using conformance::CheckedSpan;
using conformance::Event;
using std::chrono::milliseconds;

constexpr uint64_t kUnit = 512;

class TbbLenderTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kWorkers = 4;

  void start(uint32_t width) { start(width, two_nodes(kWorkers)); }
  void start(uint32_t width, std::unique_ptr<EngineTopology> topology) { start(std::move(topology), {.width = width}); }
  void start(std::unique_ptr<EngineTopology> topology, const TbbLenderOptions& options) {
    topology_ = std::move(topology);
    const std::vector<int> tbb_nodes(topology_->table()->nr_groups, kAnyTbbNode);
    lender_ = std::make_unique<TbbLender>(*topology_, tbb_nodes, options);
    start_pool();
  }
  void start_pool() {
    memmap_pool_config config{};
    config.env = lender_->env();
    config.topology = lender_->table();
    config.nr_pages = 1 << 20;
    config.grain_pages = kUnit;
    config.wake_ns = 1;  // nothing is too small to be left to the workers
    storage_ = std::make_unique<conformance::Storage>(memmap_pool_bytes(&config));
    ASSERT_EQ(memmap_pool_init(&pool_, &config, storage_->memory.get(), storage_->nr_bytes), MEMMAP_OK);
    lender_->start(pool_);
  }
  void stop() {
    lender_->stop();
    EXPECT_EQ(memmap_pool_fini(pool_), MEMMAP_OK);
  }
  // Leaves the work to the lent threads.
  static void await(const CheckedSpan& span) {
    while (span.written_pages() != span.request.nr_pages) std::this_thread::sleep_for(milliseconds(1));
  }

  const tbb::global_control threads_{tbb::global_control::max_allowed_parallelism, kWorkers + 2};
  std::unique_ptr<EngineTopology> topology_;
  std::unique_ptr<TbbLender> lender_;
  std::unique_ptr<conformance::Storage> storage_;
  memmap_pool* pool_ = nullptr;
};

// Most hooks at once, of an event of 64 units that takes a while.
uint32_t most_at_once(memmap_pool* pool) {
  std::atomic<uint32_t> inside{0}, most{0};
  CheckedSpan span(MEMMAP_DEVICE, 0, 64 * kUnit);
  span.on_write = [&](uint64_t) {
    const uint32_t now = ++inside;
    for (uint32_t seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(milliseconds(1));
    --inside;
    return 0;
  };
  Event event(pool);
  EXPECT_EQ(event.submit(span), MEMMAP_OK);
  while (span.written_pages() != span.request.nr_pages) std::this_thread::sleep_for(milliseconds(1));
  return most;
}

TEST_F(TbbLenderTest, LendsNoMoreThanTheWidthOfEachGroup) {
  start(1);
  EXPECT_LE(most_at_once(pool_), 2u) << "two groups";
  stop();
}

TEST_F(TbbLenderTest, LendsAllWorkersWhereTheWidthAllows) {
  start(2);
  uint32_t most = 0;
  for (int i = 0; i < 50 && most < kWorkers; ++i) most = std::max(most, most_at_once(pool_));
  EXPECT_EQ(most, kWorkers);
  stop();
}

TEST_F(TbbLenderTest, NoTaskWhereThereIsNoWork) {
  start(2);
  std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(lender_->nr_lent(), 0u);
  CheckedSpan span(MEMMAP_DEVICE, 0, 64 * kUnit);
  {
    Event event(pool_);
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    await(span);
  }
  EXPECT_GE(lender_->nr_lent(), 1u);
  stop();
}

TEST_F(TbbLenderTest, ATaskIsAWorkerAndItsStackIsItselfAgainAfterwards) {
  start(2);
  const memmap_self& caller = *lender_->self();
  CheckedSpan span(MEMMAP_DEVICE, 0, 64 * kUnit);
  std::atomic<uint32_t> wrong{0};
  span.on_write = [&](uint64_t) {
    const memmap_self& self = *lender_->self();
    wrong += self.worker >= kWorkers || self.group != lender_->table()->group_of_worker[self.worker] || self.depth != 1;
    return 0;
  };
  {
    Event event(pool_);
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    await(span);
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(&caller, lender_->self());
  EXPECT_EQ(caller.worker, MEMMAP_NO_WORKER);
  EXPECT_EQ(caller.depth, 0u);
  stop();
  lender_->stop();
}

TEST_F(TbbLenderTest, AnEventThatIsCancelledMidwayLeavesNoTask) {
  start(2);
  CheckedSpan span(MEMMAP_DEVICE, 0, 1024 * kUnit);
  span.on_write = [](uint64_t) { return std::this_thread::sleep_for(std::chrono::microseconds(200)), 0; };
  {
    Event event(pool_);
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    while (span.written_pages() == 0) std::this_thread::yield();
    EXPECT_EQ(memmap_cancel(&event.domain), MEMMAP_OK);
    span.expect_cancelled();
  }
  stop();
}

// Two workers of one group, one thread for both. A worker with a long event gives the thread back after its turn, so
// that a hook which was suspended goes on; and meanwhile it holds no domain in place, so that the event can be closed.
TEST_F(TbbLenderTest, WorkersTakeTurns) {
  const tbb::global_control one_lent(tbb::global_control::max_allowed_parallelism, 2);
  start(2, *EngineTopology::create(*load_synthetic("numa:1 core:2 pu:1")));
  Atomic<uint32_t> word(0), waits(0), resumed(0), closed(0);
  CheckedSpan suspended(MEMMAP_DEVICE, 0, kUnit), lasting(MEMMAP_DEVICE, 1 << 16, 1024 * kUnit);
  suspended.on_write = [&](uint64_t) {
    waits.store(1, release);
    while (word.load(acquire) == 0) lender_->env()->park(lender_->env()->context, word.address(), 0, 0);
    resumed.store(1, release);
    for (int ms = 0; ms < 10'000 && closed.load(acquire) == 0; ++ms) std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(closed.load(relaxed), 1u) << "the event could not be closed";
    return 0;
  };
  lasting.on_write = [](uint64_t) { return std::this_thread::sleep_for(milliseconds(1)), 0; };
  {
    Event event(pool_), lasting_event(pool_);
    EXPECT_EQ(event.submit(suspended), MEMMAP_OK);
    while (waits.load(acquire) == 0) std::this_thread::yield();
    EXPECT_EQ(lasting_event.submit(lasting), MEMMAP_OK);
    while (lasting.written_pages() == 0) std::this_thread::yield();
    word.store(1, release);
    lender_->env()->unpark(lender_->env()->context, word.address());
    while (resumed.load(acquire) == 0) std::this_thread::yield();
    EXPECT_LT(lasting.written_pages(), lasting.request.nr_pages) << "it went on before the other event was over";
    EXPECT_EQ(memmap_cancel(&lasting_event.domain), MEMMAP_OK);
    EXPECT_EQ(memmap_domain_close(&lasting_event.domain), MEMMAP_CANCELLED);
    closed.store(1, release);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
  }
  stop();
}

constexpr char kFourCores[] = "numa:1 core:4 pu:1";  // width 2

// Four hooks that sleep do as much in the time of one: a wider group gets more done.
TEST_F(TbbLenderTest, WidensWhileThatGetsMoreDone) {
  start(*EngineTopology::create(*load_synthetic(kFourCores)), {});
  uint32_t most = 0;
  for (int i = 0; i < 50 && most < 4; ++i) most = std::max(most, most_at_once(pool_));
  EXPECT_EQ(most, 4u);
  stop();
}

TEST_F(TbbLenderTest, AWidthThatWasAskedForStays) {
  start(3, *EngineTopology::create(*load_synthetic(kFourCores)));
  for (int i = 0; i < 5; ++i) EXPECT_LE(most_at_once(pool_), 3u);
  stop();
}

// CPUs of the machine as a test says, looked at again and again.
struct ToldCpus {
  std::atomic<uint32_t> mask{~0u}, allowance{UINT32_MAX};

  WatchSources sources() {
    WatchSources sources;
    sources.interval_ns = 1'000'000;
    sources.mask = [this] {
      std::vector<uint32_t> cpus;
      for (uint32_t cpu = 0; cpu < 32; ++cpu)
        if (mask >> cpu & 1) cpus.push_back(cpu);
      return cpus;
    };
    sources.online = [](uint32_t) { return true; };
    sources.pin = [](uint32_t) { return false; };
    sources.allowance = [this](uint32_t nr) { return std::min<uint32_t>(nr, allowance); };
    return sources;
  }
};

class TbbLenderCpusTest : public TbbLenderTest {
 protected:
  void SetUp() override { start(two_nodes(kWorkers), {.located = true, .width = 2, .sources = told_.sources()}); }
  void TearDown() override { stop(); }
  // Most of some events that were inside of hooks at once, when the lender has noticed what it is told.
  uint32_t most_now() {
    for (int i = 0; i < 3; ++i) most_at_once(pool_);
    return most_at_once(pool_);
  }
  // The same, until it is that; all workers need not come to each event.
  void expect_most(uint32_t expected) {
    uint32_t most = 0;
    for (int i = 0; i < 50 && most != expected; ++i) most = most_now();
    EXPECT_EQ(most, expected);
  }
  uint64_t grains_of(uint32_t worker) const {
    memmap_worker_counts counts{};
    EXPECT_EQ(memmap_worker_counters(pool_, worker, &counts), MEMMAP_OK);
    return counts.grains;
  }

  ToldCpus told_;
};

TEST_F(TbbLenderCpusTest, AWorkerWhoseCpuIsTakenAwayStaysAwayAndComesBack) {
  expect_most(4);
  told_.mask = ~2u;  // of worker 1
  most_now();        // it notices
  const uint64_t before = grains_of(1), others = grains_of(0);
  EXPECT_LE(most_now(), 3u);
  EXPECT_EQ(grains_of(1), before);
  EXPECT_GT(grains_of(0), others);
  told_.mask = ~0u;
  expect_most(4);
  EXPECT_GT(grains_of(1), before);
}

TEST_F(TbbLenderCpusTest, FollowsTheQuota) {
  told_.allowance = 1;
  most_now();
  EXPECT_EQ(most_now(), 1u);
  told_.allowance = 4;
  expect_most(4);
}

TEST_F(TbbLenderCpusTest, TheLastOneStays) {
  told_.mask = 0;
  most_now();
  EXPECT_EQ(most_now(), 1u) << "and all of it was done";
}

TEST_F(TbbLenderCpusTest, StartedAgainItHasAllWorkersAgain) {
  for (int i = 0; i < 3; ++i) {
    told_.allowance = 1;
    most_now();
    EXPECT_EQ(most_now(), 1u) << "the others are away";
    stop();
    told_.allowance = 4;
    start_pool();
    expect_most(4);
  }
}

// Work that is too short for a turn: those that are away come back all the same.
TEST_F(TbbLenderCpusTest, ShortEventsBringThemBackToo) {
  told_.allowance = 1;
  most_now();
  told_.allowance = 4;
  const uint64_t before = grains_of(1) + grains_of(2) + grains_of(3);
  for (uint64_t i = 0; i < 5000 && grains_of(1) + grains_of(2) + grains_of(3) == before; ++i) {
    CheckedSpan span(MEMMAP_DEVICE, 0, 4 * kUnit);
    span.on_write = [](uint64_t) { return std::this_thread::sleep_for(std::chrono::microseconds(20)), 0; };
    Event event(pool_);
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    await(span);
  }
  EXPECT_GT(grains_of(1) + grains_of(2) + grains_of(3), before);
}

// What an own thread does is drawn in the same way: grains and parks on the worker's track, calls on a caller's.
TEST_F(TbbLenderTest, RecordsWhoDidWhat) {
  const auto topology = load_synthetic("pack:2 [numa] core:2 pu:1");
  auto tables = *EngineTopology::create(*topology);
  const auto trace = *Trace::create(*topology, *tables, "a task of oneTBB");
  start(std::move(tables), {.width = 2, .trace = trace.get()});
  for (int i = 0; i < 3; ++i) most_at_once(pool_);
  stop();
  uint64_t nr_pages = 0, nr_parks = 0, nr_closes = 0;
  for (uint32_t track = 0; track < trace->nr_tracks(); ++track) {
    for (uint64_t n = 0; n < trace->nr_events(track); ++n) {
      const memmap_trace& event = trace->events(track)[n];
      const bool worker = track < trace->nr_workers();
      if (event.kind == MEMMAP_TRACE_GRAIN && worker) nr_pages += event.nr_pages;
      nr_parks += event.kind == MEMMAP_TRACE_PARK && worker;
      nr_closes += event.kind == MEMMAP_TRACE_CLOSE && !worker;
      EXPECT_LE(event.begin_ns, event.end_ns);
    }
  }
  EXPECT_EQ(nr_pages, 3 * 64 * kUnit) << "nobody else helped";
  EXPECT_GE(nr_parks, 3u) << "a worker rests between events";
  EXPECT_EQ(nr_closes, 3u);
  EXPECT_EQ(trace->nr_dropped(), 0u);
  const std::string json = chrome_trace(*trace);
  for (const char* drawn : {"\"name\":\"node 1\"", "\"name\":\"worker 3 (a task of oneTBB)\"", "\"cat\":\"park\""})
    EXPECT_NE(json.find(drawn), std::string::npos) << drawn;
}

TEST_F(TbbLenderTest, DescribesAStall) {
  start(2);
  EXPECT_EQ(
      lender_->describe({"pmem0", 200'000'000, 3, 1000, 24, "write"}),
      "memmap: flush of 'pmem0' has waited 200 ms: worker 3 (a task of oneTBB, group 1) holds pfn [1000, 1024) in "
      "write");
  EXPECT_EQ(lender_->describe({"pmem0", 200'000'000, MEMMAP_NO_WORKER, 1000, 24, "unknown"}),
            "memmap: flush of 'pmem0' has waited 200 ms: no worker but a caller holds pfn [1000, 1024)");
  EXPECT_EQ(lender_->describe({"pmem0", 200'000'000, MEMMAP_NO_WORKER, 0, 0, "unknown"}),
            "memmap: flush of 'pmem0' has waited 200 ms: all is done now");
  stop();
}

}  // namespace
}  // namespace memmap::host
