// SPDX-License-Identifier: GPL-2.0-only OR MIT
// An application with oneTBB, through the public C++ headers: threads are lent, who waits in a task is suspended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_group.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "memmap/memmap.hpp"
#include "memmap/tbb.hpp"

namespace memmap {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr uint64_t kUnit = 512;  // pages

// A device whose hook counts pages and does what a test wants.
struct Device {
  Device(uint64_t start_pfn, uint64_t nr_pages, std::function<int(uint64_t pfn)> body = {})
      : on_write(std::move(body)) {
    request.start_pfn = start_pfn;
    request.nr_pages = nr_pages;
    request.kind = MEMMAP_DEVICE;
    request.hooks.write = write;
    request.hooks.context = this;
    storage.emplace(request);
  }
  static int write(void* context, uint64_t pfn, uint64_t nr_pages) {
    Device& own = *static_cast<Device*>(context);
    const int error = own.on_write ? own.on_write(pfn) : 0;
    if (error == 0) own.pages += nr_pages;
    return error;
  }

  memmap_request request{};
  std::function<int(uint64_t pfn)> on_write;
  std::atomic<uint64_t> pages{0};
  std::optional<RequestStorage> storage;
};

// Blocks those who come until it is opened.
struct Gate {
  void pass() {
    ++waiting;
    while (!open) std::this_thread::sleep_for(milliseconds(1));
  }
  void await(int n) const {
    while (waiting != n) std::this_thread::sleep_for(milliseconds(1));
  }
  std::atomic<int> waiting{0};
  std::atomic<bool> open{false};
};

// oneTBB has one thread, that of the test.
class OneThread {
  const tbb::global_control limit_{tbb::global_control::max_allowed_parallelism, 1};
};

// A thread that holds the domain's first unit, in its hook, until the gate is opened.
class Holder {
 public:
  Holder(Domain& domain, Device& device, Gate& gate) : gate_(gate) {
    const uint64_t first = device.request.start_pfn;
    device.on_write = [first, &gate](uint64_t pfn) {
      if (pfn == first) gate.pass();
      return 0;
    };
    EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
    // Where a lent task was faster this one only waits, or comes when all is over.
    thread_ = std::thread([&domain, first] {
      const int status = domain.flush_range(first, 1);
      EXPECT_TRUE(status == MEMMAP_OK || status == MEMMAP_CLOSED) << status;
    });
    gate.await(1);
  }
  ~Holder() {
    gate_.open = true;
    thread_.join();
  }

 private:
  Gate& gate_;
  std::thread thread_;
};

TEST(TbbRuntimeTest, InitialisesADevice) {
  TbbRuntime runtime;
  ASSERT_TRUE(runtime) << runtime.error();
  Device device(0, 1 << 20);
  Domain domain(runtime.pool(), "pmem0");
  EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
  EXPECT_EQ(domain.flush_range(700'000, 1), MEMMAP_OK);
  EXPECT_TRUE(memmap_ready(runtime.pool(), 700'000));
  EXPECT_EQ(domain.flush(), MEMMAP_OK);
  EXPECT_EQ(device.pages, 1u << 20);
  EXPECT_EQ(runtime.stop(), MEMMAP_BUSY);
  EXPECT_EQ(domain.close(), MEMMAP_OK);
  EXPECT_EQ(runtime.stop(), MEMMAP_OK);
}

// Nobody waits, nobody helps: the work is done all the same, also with one thread, which is not oneTBB's.
TEST(TbbRuntimeTest, LentThreadsWorkByThemselves) {
  TbbRuntime runtime;
  for (const size_t nr_threads : {size_t{4}, size_t{1}}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, nr_threads);
    Device device(0, 1 << 18);
    Domain domain(runtime.pool());
    EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
    while (device.pages != 1 << 18) std::this_thread::sleep_for(milliseconds(1));
  }
}

TEST(TbbRuntimeTest, WhereNoThreadCanBeLentTheSubmitDoesIt) {
  const OneThread limit;
  TbbRuntime runtime;
  Device device(0, 1 << 20);
  Domain domain(runtime.pool());
  EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
  EXPECT_EQ(device.pages, 1u << 20) << "before it returned";
  tbb::task_group().run_and_wait([&] { EXPECT_EQ(domain.flush(), MEMMAP_OK); });
}

TEST(TbbRuntimeTest, AFlushOfABigDomainInTheOnlyTask) {
  TbbRuntime runtime;
  const OneThread limit;
  Device device(0, 1 << 24);
  Domain domain(runtime.pool());
  tbb::task_group().run_and_wait([&] {
    EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
    EXPECT_EQ(domain.flush(), MEMMAP_OK);
  });
  EXPECT_EQ(device.pages, 1u << 24);
}

// The only thread must get to the task that opens the gate. What waits is each of the calls that may block.
TEST(TbbRuntimeTest, WhoWaitsInATaskLeavesItsThreadToOthers) {
  TbbRuntime runtime;
  const OneThread limit;
  const std::vector<std::function<int(Domain&)>> calls = {[](Domain& domain) { return domain.flush(); },
                                                          [](Domain& domain) { return domain.flush_range(0, 1); },
                                                          [](Domain& domain) { return domain.close(); }};
  for (const auto& call : calls) {
    Device device(0, 1 << 18);
    Domain domain(runtime.pool());
    Gate gate;
    const Holder holder(domain, device, gate);
    tbb::task_group tasks;
    tasks.run_and_wait([&] {
      tasks.run([&] { gate.open = true; });
      EXPECT_EQ(call(domain), MEMMAP_OK);
      EXPECT_TRUE(gate.open);
    });
  }
}

TEST(TbbRuntimeTest, ACancelInATaskWaitsForWhatIsHeld) {
  TbbRuntime runtime;
  const OneThread limit;
  Device device(0, 1 << 18);
  Domain domain(runtime.pool());
  Gate gate;
  std::thread holder;
  device.on_write = [&](uint64_t pfn) {
    if (pfn == 0) gate.pass();
    return 0;
  };
  EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
  holder = std::thread([&] { EXPECT_EQ(domain.flush_range(0, 1), MEMMAP_CANCELLED); });
  gate.await(1);
  tbb::task_group tasks;
  tasks.run_and_wait([&] {
    tasks.run([&] { gate.open = true; });
    EXPECT_EQ(domain.cancel(), MEMMAP_OK);
    EXPECT_TRUE(gate.open);
  });
  holder.join();
  EXPECT_EQ(domain.close(), MEMMAP_CANCELLED);
}

// While a hook is suspended, its thread is not inside of a hook for others; when the hook goes on, wherever, it is.
TEST(TbbRuntimeTest, InsideOfAHookIsAPlaceNotAThread) {
  TbbRuntime runtime;
  const OneThread limit;
  Domain parent(runtime.pool()),
      child(runtime.pool(), {.name = "", .max_workers = 0, .background = false, .parent = parent.get()});
  Domain other(runtime.pool());
  Device held(1 << 20, 1 << 18), device(0, kUnit);
  Gate gate;
  const Holder holder(child, held, gate);
  tbb::task_group tasks;
  int while_suspended = -1;
  device.on_write = [&](uint64_t) {
    EXPECT_EQ(other.flush(), MEMMAP_WOULD_DEADLOCK);
    tasks.run([&] {
      while_suspended = other.flush();
      gate.open = true;
    });
    EXPECT_EQ(child.flush(), MEMMAP_OK) << "it is deeper";
    EXPECT_EQ(while_suspended, MEMMAP_OK);
    EXPECT_EQ(other.flush(), MEMMAP_WOULD_DEADLOCK);
    EXPECT_EQ(parent.flush(), MEMMAP_WOULD_DEADLOCK);
    return 0;
  };
  tasks.run_and_wait([&] {
    EXPECT_EQ(parent.submit(device.request), MEMMAP_OK);
    EXPECT_EQ(other.flush(), MEMMAP_OK) << "outside of the hook";
  });
  EXPECT_EQ(device.pages, kUnit);
  EXPECT_EQ(child.close(), MEMMAP_OK);
  EXPECT_EQ(parent.close(), MEMMAP_OK);
}

// The same where oneTBB moves tasks between threads as it likes.
TEST(TbbRuntimeTest, HooksThatWaitInManyTasks) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 4);
  TbbRuntime runtime;
  std::atomic<uint64_t> inner_pages{0};
  tbb::parallel_for(0, 64, [&](int i) {
    Domain outer(runtime.pool());
    const uint64_t start = uint64_t(i) << 17;
    Device device(start, 8 * kUnit, [&](uint64_t pfn) {
      Domain inner(runtime.pool(), {.name = "", .max_workers = 0, .background = false, .parent = outer.get()});
      if (inner.status() == MEMMAP_BUSY) return 0;  // no slot is left
      Device below(pfn * 4 + (1 << 26), 2 * kUnit);
      EXPECT_EQ(inner.submit(below.request), MEMMAP_OK);
      EXPECT_EQ(inner.flush(), MEMMAP_OK);
      EXPECT_EQ(outer.flush(), MEMMAP_WOULD_DEADLOCK);
      EXPECT_EQ(inner.close(), MEMMAP_OK);
      inner_pages += below.pages;
      return 0;
    });
    EXPECT_EQ(outer.submit(device.request), MEMMAP_OK);
    EXPECT_EQ(outer.flush(), MEMMAP_OK);
    EXPECT_EQ(outer.close(), MEMMAP_OK);
    EXPECT_EQ(device.pages, 8 * kUnit);
  });
  EXPECT_GE(inner_pages, kUnit);
}

TEST(TbbRuntimeTest, ManyEventsWithCancelsAndErrors) {
  TbbRuntime runtime;
  tbb::parallel_for(0, 300, [&](int i) {
    Domain domain(runtime.pool(), "event");
    const bool fails = i % 5 == 1, cancelled = i % 5 == 2;
    const uint64_t start = uint64_t(i) << 16;
    Device device(start, 64 * kUnit, [=](uint64_t pfn) { return fails && pfn == start + 50 * kUnit ? 1000 + i : 0; });
    EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
    if (cancelled) {
      EXPECT_EQ(domain.cancel(), MEMMAP_OK);
      const uint64_t pages = device.pages;
      EXPECT_EQ(domain.flush(), MEMMAP_CANCELLED);
      EXPECT_EQ(domain.close(), MEMMAP_CANCELLED);
      EXPECT_EQ(device.pages, pages) << "no write after a cancel";
    } else {
      EXPECT_EQ(domain.flush(), fails ? 1000 + i : int{MEMMAP_OK});
      EXPECT_EQ(domain.close(), fails ? 1000 + i : int{MEMMAP_OK});
      EXPECT_TRUE(fails || device.pages == 64 * kUnit);
    }
  });
  EXPECT_EQ(runtime.stop(), MEMMAP_OK);
}

TEST(TbbRuntimeTest, StartsAndStopsAHundredTimes) {
  for (int i = 0; i < 100; ++i) {
    TbbRuntime runtime;
    ASSERT_TRUE(runtime) << runtime.error();
    Device device(0, 64 * kUnit);
    Domain domain(runtime.pool());
    EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
  }
}

TEST(TbbRuntimeTest, StopsInATask) {
  TbbRuntime runtime;
  tbb::task_group().run_and_wait([&] {
    Device device(0, 64 * kUnit);
    Domain domain(runtime.pool());
    EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
    EXPECT_EQ(domain.close(), MEMMAP_OK);
    EXPECT_EQ(runtime.stop(), MEMMAP_OK);
  });
}

TEST(TbbRuntimeTest, BadOptionsAreExplained) {
  memmap_tbb_options options{};
  options.nr_pages = 100;
  const TbbRuntime runtime(options);
  EXPECT_FALSE(runtime);
  EXPECT_THAT(runtime.error(), HasSubstr("100 of them: expected multiples of 32768"));
  EXPECT_EQ(memmap_tbb_start(&options, nullptr), nullptr);
}

TEST(TbbRuntimeTest, WritesATraceWhenItStops) {
  const std::string path = ::testing::TempDir() + "/tbb-trace-" + std::to_string(getpid());
  memmap_tbb_options options{};
  options.trace_path = path.c_str();
  TbbRuntime runtime(options);
  ASSERT_TRUE(runtime) << runtime.error();
  Device device(0, 1 << 20);
  Domain domain(runtime.pool(), "traced");
  EXPECT_EQ(domain.submit(device.request), MEMMAP_OK);
  tbb::task_group().run_and_wait([&] { EXPECT_EQ(domain.flush(), MEMMAP_OK); });
  EXPECT_EQ(domain.close(), MEMMAP_OK);
  EXPECT_EQ(runtime.stop(), MEMMAP_OK);
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr("\"name\":\"traced\",\"cat\":\"grain\""));
  EXPECT_THAT(text, HasSubstr("\"name\":\"worker 0 (a task of oneTBB)\""));
  EXPECT_THAT(text, HasSubstr("\"dropped_events\":0"));
  std::filesystem::remove(path);
}

TEST(TbbRuntimeTest, ATraceFileThatCannotBeWrittenIsSaidAtOnce) {
  memmap_tbb_options options{};
  options.trace_path = "no/such/folder/trace.json";
  const TbbRuntime runtime(options);
  EXPECT_FALSE(runtime);
  EXPECT_THAT(runtime.error(), HasSubstr("no/such/folder/trace.json: cannot be written"));
}

// Who is suspended is told by somebody who comes by: here a thread that waits for something else.
TEST(TbbRuntimeTest, AStallIsReportedAlsoToATask) {
  memmap_tbb_options options{};
  options.stall_ms = 30;
  TbbRuntime runtime(options);
  Gate gate;
  const auto hold = [&gate](uint64_t) { return gate.pass(), 0; };
  Device by_task(0, kUnit, hold), by_thread(1 << 16, kUnit, hold);
  Domain first(runtime.pool(), "waited for by a task"), second(runtime.pool(), "waited for by a thread");
  // One unit is done by who submits it.
  std::thread holder([&] { EXPECT_EQ(first.submit(by_task.request), MEMMAP_OK); });
  std::thread other([&] { EXPECT_EQ(second.submit(by_thread.request), MEMMAP_OK); });
  gate.await(2);
  ::testing::internal::CaptureStderr();
  std::thread passer([&] { EXPECT_EQ(second.flush(), MEMMAP_OK); });
  std::thread opener([&] {
    std::this_thread::sleep_for(milliseconds(200));
    gate.open = true;
  });
  tbb::task_group().run_and_wait([&] { EXPECT_EQ(first.flush(), MEMMAP_OK); });
  for (std::thread* thread : {&holder, &other, &passer, &opener}) thread->join();
  const std::string printed = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(printed, HasSubstr("memmap: flush of 'waited for by a task' has waited "));
  EXPECT_THAT(printed, HasSubstr("no worker but a caller holds pfn [0, 512)"));
}

}  // namespace
}  // namespace memmap
