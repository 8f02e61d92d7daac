// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Hosted start-up, end to end, through the public C++ headers: this machine's topology, pinned workers, real memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "memmap/env.h"
#include "memmap/memmap.hpp"
#include "memmap/runtime.hpp"
#include "support/sanitizers.h"

namespace memmap {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kRecordBytes = 64;
constexpr uint64_t kRecords = support::kSanitized ? uint64_t{1} << 18 : uint64_t{1} << 24;  // 16 MiB or 1 GiB of them
constexpr uint64_t kStartPfn = uint64_t{1} << 21;

// A node that we may allocate on: some machines have no node 0.
uint32_t any_nid(Runtime& runtime) {
  for (uint32_t nid = 0; nid < 1024; ++nid) {
    if (runtime.alloc(4096, nid)) return nid;
  }
  ADD_FAILURE() << "no node has memory";
  return 0;
}

size_t nr_threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

memmap_request device_request(uint32_t nid, uint64_t nr_pages) {
  memmap_request request{};
  request.start_pfn = kStartPfn;
  request.nr_pages = nr_pages;
  request.nid = request.records_nid = nid;
  request.zone = 4;
  request.kind = MEMMAP_DEVICE;
  request.pgmap = 0x1234567890;
  return request;
}

TEST(RuntimeTest, InitialisesADevice) {
  Runtime runtime;
  ASSERT_TRUE(runtime) << runtime.error();
  const uint32_t nid = any_nid(runtime);
  const Memory records = runtime.alloc(kRecords * kRecordBytes, nid);
  ASSERT_TRUE(records);
  memmap_request request = device_request(nid, kRecords);
  request.records = records.get();
  RequestStorage storage(request);
  Domain domain(runtime.pool(), "pmem0");
  ASSERT_EQ(domain.submit(request), MEMMAP_OK);
  ASSERT_EQ(domain.flush_range(kStartPfn + kRecords / 2, 1), MEMMAP_OK);
  EXPECT_TRUE(memmap_ready(runtime.pool(), kStartPfn + kRecords / 2));
  ASSERT_EQ(domain.flush(), MEMMAP_OK);
  memmap_progress_counts counts{};
  ASSERT_EQ(domain.progress(counts), MEMMAP_OK);
  EXPECT_EQ(counts.done_pages, kRecords);
  const uint64_t* const words = static_cast<const uint64_t*>(records.get());
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < kRecords; ++i) {
    const uint64_t flags = words[8 * i], pgmap = words[8 * i + 1], counters = words[8 * i + 6];
    wrong += flags >> 54 != nid || (flags >> 51 & 7) != 4 || pgmap != request.pgmap || counters != 0x1ffffffff;
  }
  EXPECT_EQ(wrong, 0u) << "node, zone, pgmap, _refcount 1 and _mapcount -1";
  EXPECT_FALSE(memmap_ready(runtime.pool(), kStartPfn + kRecords));
  EXPECT_EQ(domain.close(), MEMMAP_OK);
  EXPECT_EQ(runtime.stop(), MEMMAP_OK);
}

TEST(RuntimeTest, WithoutWorkersTheCallerDoesIt) {
  memmap_runtime_options options{};
  options.no_workers = true;
  const size_t before = nr_threads();
  Runtime runtime(options);
  ASSERT_TRUE(runtime) << runtime.error();
  EXPECT_EQ(nr_threads(), before);
  const uint32_t nid = any_nid(runtime);
  const Memory records = runtime.alloc(kRecordBytes << 15, nid);
  memmap_request request = device_request(nid, 1 << 15);
  request.records = records.get();
  RequestStorage storage(request);
  Domain domain(runtime.pool());
  EXPECT_EQ(domain.submit(request), MEMMAP_OK);
  EXPECT_TRUE(memmap_ready(runtime.pool(), kStartPfn + (1 << 15) - 1)) << "before the submit returned";
}

TEST(RuntimeTest, MaxWorkers) {
  memmap_runtime_options options{};
  options.max_workers = 1;
  const size_t before = nr_threads();
  Runtime runtime(options);
  EXPECT_EQ(nr_threads(), before + 1);
  memmap_worker_counts counts{};
  EXPECT_EQ(memmap_worker_counters(runtime.pool(), 0, &counts), MEMMAP_OK);
  EXPECT_EQ(memmap_worker_counters(runtime.pool(), 1, &counts), MEMMAP_INVALID);
}

TEST(RuntimeTest, StartsAndStopsAHundredTimesAndLeavesNothing) {
  { Runtime first; }
  const size_t before = nr_threads();
  for (int i = 0; i < 100; ++i) {
    Runtime runtime;
    ASSERT_TRUE(runtime) << runtime.error();
  }
  EXPECT_EQ(nr_threads(), before);
}

TEST(RuntimeTest, SeveralAtOnce) {
  Runtime first, second;
  ASSERT_TRUE(first && second);
  EXPECT_NE(first.pool(), second.pool());
  const uint32_t nid = any_nid(first);
  const Memory records = first.alloc(kRecordBytes << 18, nid);
  for (Runtime* runtime : {&first, &second}) {
    memmap_request request = device_request(nid, 1 << 18);
    request.records = records.get();
    RequestStorage storage(request);
    Domain domain(runtime->pool());
    EXPECT_EQ(domain.submit(request), MEMMAP_OK);
    EXPECT_EQ(domain.flush(), MEMMAP_OK);
    EXPECT_EQ(domain.close(), MEMMAP_OK);
  }
}

TEST(RuntimeTest, IsBusyWhileADomainIsOpen) {
  Runtime runtime;
  Domain domain(runtime.pool());
  const size_t before = nr_threads();
  EXPECT_EQ(runtime.stop(), MEMMAP_BUSY);
  EXPECT_EQ(nr_threads(), before) << "nothing happened";
  EXPECT_EQ(domain.close(), MEMMAP_OK);
  EXPECT_EQ(runtime.stop(), MEMMAP_OK);
  EXPECT_EQ(runtime.stop(), MEMMAP_OK);
  EXPECT_FALSE(runtime);
}

TEST(RuntimeTest, BadOptionsAreExplained) {
  memmap_runtime_options options{};
  options.nr_pages = 100;
  const char* error = nullptr;
  EXPECT_EQ(memmap_runtime_start(&options, &error), nullptr);
  EXPECT_THAT(error, HasSubstr("100 of them: expected multiples of 32768"));
  EXPECT_EQ(memmap_runtime_start(&options, nullptr), nullptr);
  options.nr_pages = uint64_t{1} << 62;
  EXPECT_EQ(memmap_runtime_start(&options, &error), nullptr);
}

TEST(RuntimeTest, UnknownPoolsNodesAndSizes) {
  EXPECT_EQ(memmap_runtime_stop(nullptr), MEMMAP_INVALID);
  EXPECT_EQ(memmap_runtime_alloc(nullptr, 4096, 0), nullptr);
  memmap_runtime_free(nullptr, 4096);
  Runtime runtime;
  EXPECT_FALSE(runtime.alloc(4096, 1000)) << "no such node";
  EXPECT_FALSE(runtime.alloc(0, any_nid(runtime)));
  EXPECT_FALSE(runtime.alloc(SIZE_MAX, any_nid(runtime)));
}

TEST(RuntimeTest, MovesWithItsMemory) {
  Runtime first;
  memmap_pool* const pool = first.pool();
  const uint32_t nid = any_nid(first);
  Memory memory = first.alloc(4096, nid);
  void* const address = memory.get();
  Runtime second = std::move(first);
  EXPECT_EQ(second.pool(), pool);
  EXPECT_FALSE(first);
  Memory moved;
  moved = std::move(memory);
  EXPECT_EQ(moved.get(), address);
  EXPECT_EQ(moved.size(), 4096u);
  EXPECT_EQ(memory.size(), 0u);
  second = Runtime();
  EXPECT_EQ(memmap_runtime_stop(pool), MEMMAP_INVALID) << "the one before was stopped";
  EXPECT_TRUE(second);
}

TEST(DomainTest, SaysItsStateAndCannotBeUsedClosed) {
  Runtime runtime;
  Domain domain;
  EXPECT_FALSE(domain);
  EXPECT_EQ(domain.flush(), MEMMAP_CLOSED);
  EXPECT_EQ(domain.submit(memmap_request{}), MEMMAP_CLOSED);
  EXPECT_EQ(domain.open(nullptr), MEMMAP_INVALID);
  EXPECT_EQ(domain.status(), MEMMAP_INVALID);
  EXPECT_EQ(domain.open(runtime.pool()), MEMMAP_OK);
  EXPECT_EQ(domain.open(runtime.pool()), MEMMAP_BUSY) << "already";
  EXPECT_TRUE(domain);
  EXPECT_EQ(domain.cancel(), MEMMAP_OK);
  EXPECT_EQ(domain.close(), MEMMAP_CANCELLED);
  EXPECT_EQ(domain.close(), MEMMAP_CLOSED);
}

TEST(DomainTest, ACloseThatIsRefusedLeavesItOpen) {
  Runtime runtime;
  ASSERT_TRUE(runtime) << runtime.error();
  {
    Domain parent(runtime.pool(), "parent");
    memmap_domain_options options{};
    options.parent = parent.get();
    {
      const Domain child(runtime.pool(), options);
      EXPECT_EQ(parent.close(), MEMMAP_BUSY);
      EXPECT_TRUE(parent) << parent.status();
    }
    EXPECT_EQ(parent.flush(), MEMMAP_OK);
  }
  EXPECT_EQ(runtime.stop(), MEMMAP_OK) << "the destructor has closed it";
}

TEST(DomainTest, AHooksErrorThatReadsAsARefusalClosesItAllTheSame) {
  Runtime runtime;
  ASSERT_TRUE(runtime) << runtime.error();
  for (int error : {MEMMAP_BUSY, MEMMAP_WOULD_DEADLOCK}) {
    Domain domain(runtime.pool(), "fails");
    memmap_request request = device_request(any_nid(runtime), kRecords);
    request.hooks.context = &error;
    request.hooks.write = [](void* its, uint64_t, uint64_t) { return *static_cast<int*>(its); };
    const RequestStorage storage(request);
    ASSERT_EQ(domain.submit(request), MEMMAP_OK);
    EXPECT_EQ(domain.close(), error);
    EXPECT_FALSE(domain);
    EXPECT_EQ(domain.open(runtime.pool()), MEMMAP_OK);
  }
}

TEST(DomainDeathTest, AParentThatGoesBeforeItsChildEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Runtime runtime;
        auto parent = std::make_unique<Domain>(runtime.pool(), "parent");
        memmap_domain_options options{};
        options.parent = parent->get();
        const Domain child(runtime.pool(), options);
        parent.reset();
      },
      "");
}

TEST(RequestStorageTest, IsZeroedAndAligned) {
  memmap_request request = device_request(0, 1 << 20);
  request.records = reinterpret_cast<void*>(kRecordBytes);
  RequestStorage storage(request);
  ASSERT_NE(request.storage, nullptr);
  EXPECT_EQ(request.storage_bytes, memmap_request_bytes(&request));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(request.storage) % 64, 0u);
  const auto* const bytes = static_cast<const unsigned char*>(request.storage);
  EXPECT_TRUE(std::all_of(bytes, bytes + request.storage_bytes, [](unsigned char byte) { return byte == 0; }));
}

TEST(RequestStorageTest, OfAnInvalidRequestIsNone) {
  memmap_request request{};
  RequestStorage storage(request);
  EXPECT_EQ(request.storage, nullptr);
  EXPECT_EQ(request.storage_bytes, 0u);
}

// The first worker that writes stays in its hook for a while; everybody else waits until one does.
struct SlowWorker {
  std::atomic<bool> taken{false};
  std::atomic<pid_t> tid{0};
  uint64_t pfn = 0;
  std::string name;

  static int write(void* context, uint64_t pfn, uint64_t) {
    SlowWorker& slow = *static_cast<SlowWorker*>(context);
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof(name));
    if (std::string(name).rfind("memmap/", 0) == 0 && !slow.taken.exchange(true)) {
      slow.pfn = pfn;
      slow.name = name + 7;
      slow.tid = gettid();
      std::this_thread::sleep_for(std::chrono::milliseconds(400));
    }
    while (slow.tid == 0) std::this_thread::yield();
    return 0;
  }
};

TEST(StallTest, NamesTheWorkerThatIsWaitedFor) {
  memmap_runtime_options options{};
  options.stall_ms = 50;
  Runtime runtime(options);
  const uint32_t nid = any_nid(runtime);
  SlowWorker slow;
  memmap_request request = device_request(nid, 1 << 18);
  request.hooks.write = &SlowWorker::write;
  request.hooks.context = &slow;
  RequestStorage storage(request);
  Domain domain(runtime.pool(), "slow");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(domain.submit(request), MEMMAP_OK);
  EXPECT_EQ(domain.flush(), MEMMAP_OK);
  const std::string printed = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(printed, HasSubstr("memmap: flush of 'slow' has waited "));
  EXPECT_THAT(printed, HasSubstr(" ms: worker " + slow.name + " (cpu "));
  EXPECT_THAT(printed,
              HasSubstr("tid " + std::to_string(slow.tid) + ") holds pfn [" + std::to_string(slow.pfn) + ", "));
  EXPECT_THAT(printed, HasSubstr(") in write\n"));
}

// A caller that is no worker stays in its hook for a while; workers keep what they have until it is there.
struct SlowCaller {
  std::atomic<bool> inside{false};

  static int write(void* context, uint64_t, uint64_t) {
    SlowCaller& slow = *static_cast<SlowCaller*>(context);
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof(name));
    if (std::string(name) == "slow" && !slow.inside.exchange(true))
      std::this_thread::sleep_for(std::chrono::milliseconds(400));
    while (!slow.inside) std::this_thread::yield();
    return 0;
  }
};

TEST(StallTest, NamesThePagesThatACallerHolds) {
  memmap_runtime_options options{};
  options.stall_ms = 50;
  Runtime runtime(options);
  SlowCaller slow;
  memmap_request request = device_request(any_nid(runtime), 1 << 20);
  request.hooks.write = &SlowCaller::write;
  request.hooks.context = &slow;
  RequestStorage storage(request);
  Domain domain(runtime.pool(), "slow");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(domain.submit(request), MEMMAP_OK);
  const uint64_t pfn = kStartPfn + (1 << 20) - 512;
  std::thread caller([&] {
    pthread_setname_np(pthread_self(), "slow");
    EXPECT_EQ(domain.flush_range(pfn, 1), MEMMAP_OK);
  });
  while (!slow.inside) std::this_thread::yield();
  EXPECT_EQ(domain.flush(), MEMMAP_OK);
  caller.join();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("no worker but a caller holds pfn [" + std::to_string(pfn) + ", " + std::to_string(pfn + 512)));
}

TEST(TraceOptionTest, WritesWhatWasDoneWhenItStops) {
  const std::string path = ::testing::TempDir() + "/trace-" + std::to_string(getpid());
  memmap_runtime_options options{};
  options.trace_path = path.c_str();
  Runtime runtime(options);
  ASSERT_TRUE(runtime) << runtime.error();
  memmap_request request = device_request(any_nid(runtime), 1 << 20);
  request.hooks.write = [](void*, uint64_t, uint64_t) { return 0; };
  RequestStorage storage(request);
  Domain domain(runtime.pool(), "traced");
  EXPECT_EQ(domain.submit(request), MEMMAP_OK);
  EXPECT_EQ(domain.close(), MEMMAP_OK);
  EXPECT_EQ(runtime.stop(), MEMMAP_OK);
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr("\"name\":\"traced\",\"cat\":\"grain\""));
  EXPECT_THAT(text, HasSubstr("\"dropped_events\":0"));
  std::filesystem::remove(path);
}

TEST(TraceOptionTest, AFileThatCannotBeWrittenIsSaidAtOnce) {
  memmap_runtime_options options{};
  options.trace_path = "no/such/folder/trace.json";
  const char* error = nullptr;
  EXPECT_EQ(memmap_runtime_start(&options, &error), nullptr);
  EXPECT_THAT(error, HasSubstr("no/such/folder/trace.json: cannot be written"));
}

}  // namespace
}  // namespace memmap
