// SPDX-License-Identifier: GPL-2.0-only OR MIT
// An application on oneTBB needs memory that somebody else prepares just now. With an engine that has threads of its
// own the task that waits blocks one of oneTBB's threads, and the application's other tasks wait too. With oneTBB as
// the lender the task is suspended and its thread does them.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_group.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include "memmap/memmap.hpp"
#include "memmap/tbb.hpp"

namespace {

using std::chrono::steady_clock;

constexpr uint64_t kUnitPages = 512, kUnits = 4000;
constexpr int kItems = 20;
constexpr auto kSlowest = std::chrono::milliseconds(400);

struct Application {
  std::atomic<bool> held{false};    // the unit that the application will want is being prepared
  std::atomic<bool> wanted{false};  // and the application wants it
  std::atomic<int> items_done{0};
};

// Prepares one unit. Unit 0 is slow, like a device that answers when it likes: until the application has done its other
// items, which is how one sees whether it could, or at most kSlowest.
int prepare(void* context, uint64_t pfn, uint64_t nr_pages) {
  auto& application = *static_cast<Application*>(context);
  if (pfn != 0) return 0;
  application.held = true;
  const auto until = steady_clock::now() + kSlowest;
  while ((!application.wanted || application.items_done < kItems) && steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  return nr_pages == kUnitPages ? 0 : -1;
}

struct Outcome {
  bool ok = false;
  bool lent = false;  // somebody else had the unit: there was something to wait for
  int items_meanwhile = 0;
  double ms = 0;
};

// The application's tasks: one that needs unit 0, and items that need nothing.
Outcome run(memmap_pool* pool) {
  Application application;
  Outcome outcome;
  memmap_request request{};
  request.nr_pages = kUnits * kUnitPages;
  request.kind = MEMMAP_DEVICE;
  request.hooks.write = prepare;
  request.hooks.context = &application;
  const memmap::RequestStorage storage(request);
  memmap::Domain domain(pool, "application");
  if (domain.submit(request) != MEMMAP_OK) return outcome;
  for (const auto until = steady_clock::now() + kSlowest; !application.held && steady_clock::now() < until;)
    std::this_thread::yield();
  outcome.lent = application.held && !memmap_ready(pool, 0);
  const auto began = steady_clock::now();
  tbb::task_group group;
  for (int item = 0; item < kItems; ++item) group.run([&] { ++application.items_done; });
  group.run([&] {  // the last that came is the first that this thread takes
    application.wanted = true;
    outcome.ok = domain.flush_range(0, 1) == MEMMAP_OK;
    outcome.items_meanwhile = application.items_done;
  });
  group.wait();
  outcome.ms = std::chrono::duration<double, std::milli>(steady_clock::now() - began).count();
  outcome.ok = domain.close() == MEMMAP_OK && outcome.ok;
  return outcome;
}

void say(const char* when, const char* who, const Outcome& outcome) {
  std::printf("%s  %s: %2d of %d other items done while a task waited; all after %6.1f ms\n", when, who,
              outcome.items_meanwhile, kItems, outcome.ms);
}

}  // namespace

int main() {
  // Two threads in both cases: the application's and one that prepares.
  Outcome blocked, suspended;
  {
    const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
    memmap_runtime_options options{};
    options.max_workers = 1;
    options.stall_ms = 300;  // then it says on stderr who is waited for
    memmap::Runtime runtime(options);
    if (!runtime) return std::fprintf(stderr, "tbb_app: %s\n", runtime.error()), 1;
    blocked = run(runtime.pool());
    say("before", "own threads", blocked);
  }
  {
    const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
    memmap::TbbRuntime runtime;
    if (!runtime) return std::fprintf(stderr, "tbb_app: %s\n", runtime.error()), 1;
    suspended = run(runtime.pool());
    say("after ", "oneTBB lends", suspended);
  }
  if (!suspended.lent) std::printf("no thread was lent: one CPU, so the submit did everything itself\n");
  return blocked.ok && suspended.ok && (!suspended.lent || suspended.items_meanwhile == kItems) ? 0 : 1;
}
