// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Everything at once, on real threads: several callers open, submit, flush, wait for parts, cancel, grow and close at
// random, with requests, range jobs, tasks and children, while workers run. Checked: every page and number once, none
// after its cancel returned, all that a flush promises. For ThreadSanitizer above all, and on one CPU, where a lost
// wake shows. The seed is printed; schedules are the machine's, so a seed is not a replay.
//
//   stress_test [--one-cpu] [--seconds=N] [--seed=N]
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "host/splitmix.h"
#include "memmap/memmap.hpp"
#include "memmap/range.h"
#include "memmap/runtime.hpp"

namespace {

using memmap::host::Splitmix;

constexpr uint64_t kSpanPages = 32'768;  // of each caller, at its own place
constexpr uint32_t kCallers = 4;

void require(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "stress_test: %s\n", what);
  abort();
}

// Counts what hooks are called with. One a round; afterwards each count is compared with what was accepted.
struct Witness {
  std::atomic<uint64_t> written{0}, handed_over{0}, undone{0};
  std::atomic<bool> quiet{false};  // nothing may be called any more
  bool fails = false;  // at this page:
  uint64_t bad_pfn = 0;

  static int write(void* self, uint64_t pfn, uint64_t nr) {
    Witness& own = *static_cast<Witness*>(self);
    require(!own.quiet, "a hook was called after its domain was cancelled or closed");
    own.written += nr;
    return own.fails && pfn == own.bad_pfn ? 99 : 0;
  }
  static int ready(void* self, uint64_t, uint64_t nr) { return static_cast<Witness*>(self)->handed_over += nr, 0; }
  static int undo(void* self, uint64_t, uint64_t nr) { return static_cast<Witness*>(self)->undone += nr, 0; }
};

class Caller {
 public:
  Caller(memmap_pool* pool, uint32_t number, uint64_t seed)
      : pool_(pool), start_pfn_((1 + 2 * uint64_t{number}) * kSpanPages), random_(seed) {}

  void round() {
    memmap::Domain parent(pool_, "parent");
    require(bool(parent), "a domain opens");
    if (random_.below(2) == 0) return event(parent);
    memmap_domain_options options{};
    options.parent = parent.get();
    options.background = random_.below(2) == 0;
    options.max_workers = random_.below(3);
    memmap::Domain child(pool_, options);
    if (!child) return;  // the table is full
    event(child);
    require(parent.flush() == MEMMAP_OK || child.status() != MEMMAP_OK, "a parent's flush includes its children");
  }
  uint64_t nr_rounds() const { return nr_rounds_; }

 private:
  void event(memmap::Domain& domain) {
    ++nr_rounds_;
    Witness pages, numbers;
    pages.fails = random_.below(8) == 0;
    memmap_request request = describe(pages);
    const memmap::RequestStorage request_storage(request);
    memmap_range range{};
    range.first = random_.below(1000);
    range.count = 1 + random_.below(3000);
    range.unit_shift = random_.below(6);
    range.unit_ns = random_.below(2) == 0 ? 1 : 100'000;
    range.run = Witness::write;
    range.context = &numbers;
    range.storage_bytes = memmap_range_bytes(&range);
    const std::unique_ptr<void, decltype(&free)> range_storage(aligned_alloc(64, range.storage_bytes), free);
    range.storage = memset(range_storage.get(), 0, range.storage_bytes);

    require(domain.submit(request) == MEMMAP_OK, "a request is accepted");
    const int second = memmap_range_async(&range, domain.get());
    require(second == MEMMAP_OK || pages.fails, "a range is accepted unless the domain has failed");
    std::thread fault;
    if (random_.below(4) == 0) fault = std::thread([this, &domain] { wait_for_a_part(domain); });
    if (random_.below(3) == 0) wait_for_a_part(domain);
    if (random_.below(4) == 0) grow();
    const bool cancelled = random_.below(4) == 0;
    if (cancelled) {
      require(domain.cancel() == MEMMAP_OK, "a cancel succeeds");
      pages.quiet = numbers.quiet = true;
      require(pages.undone == pages.handed_over, "exactly what was done is undone");
    }
    if (fault.joinable()) fault.join();
    const int closed = domain.close();
    pages.quiet = numbers.quiet = true;
    if (pages.fails) return require(closed == 99 || cancelled, "a failure is reported");
    require(closed == (cancelled ? int{MEMMAP_CANCELLED} : 0), "a close reports what became of the domain");
    if (cancelled) return;
    require(pages.written == request.nr_pages && pages.handed_over == request.nr_pages, "every page once");
    require(second != MEMMAP_OK || numbers.written == range.count, "every number once");
  }

  memmap_request describe(Witness& witness) {
    memmap_request request{};
    request.nr_pages = 1 + random_.below(uint32_t(kSpanPages));
    request.start_pfn = start_pfn_ + random_.below(uint32_t(kSpanPages - request.nr_pages + 1));
    request.kind = random_.below(2) == 0 ? MEMMAP_BOOT_FREED : MEMMAP_DEVICE;
    request.hooks = {Witness::write, Witness::ready, Witness::undo, &witness};
    first_ = witness.bad_pfn = request.start_pfn;
    nr_pages_ = request.nr_pages;
    return request;
  }

  void wait_for_a_part(memmap::Domain& domain) {
    const uint64_t pfn = first_ + nr_pages_ / 2;
    const int status = domain.flush_range(pfn, 1);
    require(status == MEMMAP_OK || status == 99 || status == MEMMAP_CANCELLED, "a part is waited for");
  }

  void grow() {
    uint64_t seen = memmap_node_ready_pages(pool_, 0);
    memmap_grow(pool_, 0, 1024, &seen);
  }

  memmap_pool* const pool_;
  const uint64_t start_pfn_;
  Splitmix random_;
  uint64_t first_ = 0, nr_pages_ = 0, nr_rounds_ = 0;
};

void use_one_cpu() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(unsigned(sched_getcpu()), &mask);
  require(sched_setaffinity(0, sizeof(mask), &mask) == 0, "one CPU");
}

uint64_t number_of(const char* argument, const char* name, uint64_t otherwise) {
  const size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 ? strtoull(argument + length, nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t seconds = 2, seed = uint64_t(std::chrono::steady_clock::now().time_since_epoch().count());
  for (int n = 1; n < argc; ++n) {
    if (strcmp(argv[n], "--one-cpu") == 0) use_one_cpu();
    seconds = number_of(argv[n], "--seconds=", seconds);
    seed = number_of(argv[n], "--seed=", seed);
  }
  printf("stress_test: seed %llu\n", static_cast<unsigned long long>(seed));
  memmap_runtime_options options{};
  options.nr_pages = 16 * kSpanPages;
  memmap::Runtime runtime(options);
  require(bool(runtime), "the runtime starts");
  std::vector<uint64_t> rounds(kCallers);
  std::vector<std::thread> threads;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (uint32_t n = 0; n < kCallers; ++n) {
    threads.emplace_back([&, n] {
      Caller caller(runtime.pool(), n, seed + n);
      while (std::chrono::steady_clock::now() < end) caller.round();
      rounds[n] = caller.nr_rounds();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const uint64_t n : rounds) require(n > 0, "every caller got on");
  require(runtime.stop() == MEMMAP_OK, "all domains were closed");
  uint64_t total = 0;
  for (const uint64_t n : rounds) total += n;
  printf("stress_test: %llu events\n", static_cast<unsigned long long>(total));
  return 0;
}
