// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A worker is stopped in the middle of a grain, as by a debugger or a hypervisor that took its CPU away. It must delay
// only those who wait for what it holds, and these must be told its name. (A signal handler that does not return stops
// one thread; SIGSTOP would stop the process.)
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "memmap/memmap.hpp"
#include "memmap/runtime.hpp"

namespace {

constexpr uint64_t kUnit = 512;
std::atomic<bool> stopped, released;

void stay(int) {
  stopped = true;
  while (!released) usleep(1000);
}

// What is written to stderr while it lives.
class Stderr {
 public:
  Stderr() : kept_(dup(2)), file_(open(".", O_TMPFILE | O_RDWR, 0600)) { dup2(file_, 2); }
  ~Stderr() {
    dup2(kept_, 2);
    close(kept_);
    close(file_);
  }
  std::string text() const {
    std::string text(size_t(lseek(file_, 0, SEEK_END)), 0);
    text.resize(size_t(std::max<ssize_t>(0, pread(file_, text.data(), text.size(), 0))));
    return text;
  }

 private:
  int kept_, file_;
};

struct Event {
  std::atomic<pid_t> victim{0};  // the first worker that came by
  std::atomic<uint64_t> held_pfn{0}, pages{0};
  pid_t caller = gettid();
};

// Stops its own thread, if it is the first worker's, in the middle of a unit.
int write_and_stop(void* context, uint64_t pfn, uint64_t nr_pages) {
  Event& event = *static_cast<Event*>(context);
  pid_t nobody = 0;
  if (gettid() != event.caller && event.victim.compare_exchange_strong(nobody, gettid())) {
    event.held_pfn = pfn;
    syscall(SYS_tgkill, getpid(), gettid(), SIGPROF);
  }
  event.pages += nr_pages;
  return 0;
}

int count_pages(void* context, uint64_t, uint64_t nr_pages) {
  static_cast<Event*>(context)->pages += nr_pages;
  return 0;
}

memmap_request request_of(uint64_t start_pfn, uint64_t nr_pages, memmap_hook* write, Event& event) {
  memmap_request request{};
  request.start_pfn = start_pfn;
  request.nr_pages = nr_pages;
  request.kind = MEMMAP_DEVICE;
  request.hooks.write = write;
  request.hooks.context = &event;
  return request;
}

TEST(StoppedWorker, DelaysOnlyWhoWaitsForWhatItHoldsAndIsNamed) {
  signal(SIGPROF, stay);
  memmap_runtime_options options{};
  options.stall_ms = 50;
  const memmap::Runtime runtime(options);
  ASSERT_TRUE(runtime) << "no runtime";

  Event big_event, small_event;
  memmap_request big = request_of(1u << 20, 1u << 22, write_and_stop, big_event);
  memmap_request small = request_of(1u << 24, 1u << 20, count_pages, small_event);
  const memmap::RequestStorage big_storage(big), small_storage(small);
  memmap::Domain pmem0(runtime.pool(), "pmem0"), pmem1(runtime.pool(), "pmem1");
  ASSERT_EQ(pmem0.submit(big), MEMMAP_OK);
  while (!stopped) usleep(100);

  // Another event is done while the worker is stopped, and so are pages of its own event that it does not hold.
  ASSERT_EQ(pmem1.submit(small), MEMMAP_OK);
  EXPECT_EQ(pmem1.flush(), MEMMAP_OK);
  EXPECT_EQ(small_event.pages, small.nr_pages);
  EXPECT_EQ(pmem0.flush_range(big.start_pfn + big.nr_pages - 1, 1), MEMMAP_OK);
  EXPECT_TRUE(memmap_ready(runtime.pool(), big.start_pfn + big.nr_pages - 1));
  EXPECT_FALSE(released);

  // Who waits for what it holds is told who it is.
  std::string said;
  {
    const Stderr captured;
    std::atomic<int> result{1};
    std::thread flusher([&] { result = pmem0.flush(); });
    const std::string name = "tid " + std::to_string(big_event.victim.load());
    for (int i = 0; i < 200 && said.find(name) == std::string::npos; ++i, usleep(10'000)) said = captured.text();
    EXPECT_EQ(result, 1) << "the flush came back while a grain was not written";
    EXPECT_FALSE(memmap_ready(runtime.pool(), big_event.held_pfn));
    EXPECT_NE(said.find(name), std::string::npos) << said;
    EXPECT_NE(said.find("pmem0"), std::string::npos) << said;
    released = true;
    flusher.join();
    EXPECT_EQ(result, MEMMAP_OK);
  }
  EXPECT_EQ(big_event.pages, big.nr_pages);
  EXPECT_TRUE(memmap_ready(runtime.pool(), big_event.held_pfn / kUnit * kUnit));
  puts(said.substr(0, said.find('\n')).c_str());
}

}  // namespace
