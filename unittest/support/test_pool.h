// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A pool for tests in one thread: an environment that counts, a topology of so many nodes, groups and workers, storage.
// Nobody works by itself: a test takes the steps of each worker by hand, so that it knows who did what.
//
//     TestEnv env;
//     TestTopology topology(2, 1, 2);                    // 2 nodes, each with a group of 2 workers
//     TestPool pool(env, topology, 0, 16 * kSection);
//     Span span(MEMMAP_DEVICE, 0, kSection);             // its write hook only takes notes
//     ... memmap_init_async(span.prepare(), &domain.d) ... pool.step(0) ... span.calls ...
//
// The calls of the engine are made from this header, so that the library links with any build of the engine.
#ifndef MEMMAP_UNITTEST_SUPPORT_TEST_POOL_H
#define MEMMAP_UNITTEST_SUPPORT_TEST_POOL_H

#include <cstdint>
#include <functional>
#include <vector>

#include "memmap/env.h"

namespace memmap::support {

constexpr uint64_t kSubsection = 512;
constexpr uint64_t kBlock = 1024;
constexpr uint64_t kSection = 32'768;

// Zeroed bytes, exactly so many (what comes behind is for AddressSanitizer), at `offset` behind a multiple of 128.
class Bytes {
 public:
  explicit Bytes(size_t nr_bytes = 0, size_t offset = 0);
  ~Bytes();
  Bytes(Bytes&& other) noexcept;
  Bytes& operator=(Bytes&& other) noexcept;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  char* at() const { return at_; }
  size_t size() const { return size_; }
  bool all(char byte) const;

 private:
  void* allocated_ = nullptr;
  char* at_ = nullptr;
  size_t size_ = 0;
};

// One thread; the clock moves by clock_step_ns each time somebody looks.
class TestEnv {
 public:
  TestEnv();
  TestEnv(const TestEnv&) = delete;
  TestEnv& operator=(const TestEnv&) = delete;

  memmap_env env{};
  memmap_self self{MEMMAP_NO_WORKER, 0, MEMMAP_NO_WORKER, 0};
  uint64_t now_ns = 0, clock_step_ns = 100;
  uint64_t parks = 0, unparks = 0, wakes_later = 0, yields = 0, spent_pages = 0;
  // What others do while this thread is parked. Unset: nobody would ever wake it, so park says so and aborts.
  std::function<void(uint32_t* word)> on_park;
  std::function<void(uint32_t* word)> on_wake;  // unpark or wake_later
  std::function<void()> on_yield;
  std::function<void(const memmap_stall&)> on_stall;

 private:
  static TestEnv& of(void* context) { return *static_cast<TestEnv*>(context); }
  void park(uint32_t* word, uint32_t value, uint64_t timeout_ns);
};

// Node n has groups [n * groups_per_nid, ...); group g has workers [g * workers_per_group, ...). Ranks: 0 its own, then
// the same node, then by the distance of node ids. Change the tables before view().
class TestTopology {
 public:
  TestTopology(uint32_t nids, uint32_t groups_per_nid, uint32_t workers_per_group);
  memmap_topology* view();
  uint32_t group_of(uint32_t worker) const { return group_of_worker[worker]; }
  uint32_t nr_workers() const { return uint32_t(group_of_worker.size()); }

  std::vector<uint16_t> group_of_worker, steal_rank, home_begin, home, width;

 private:
  memmap_topology topology_{};
};

// An initialised pool of pfns [start_pfn, start_pfn + nr_pages). Never small-at-the-caller, no spin, unless `change`
// says so. Dies with a message where the pool does not start; says so on stderr where domains are left open.
class TestPool {
 public:
  using Change = std::function<void(memmap_pool_config&)>;
  TestPool(TestEnv& env, TestTopology& topology, uint64_t start_pfn, uint64_t nr_pages, const Change& change = {})
      : env_(env), topology_(topology), config_(configure(start_pfn, nr_pages, change)) {
    storage_ = Bytes(memmap_pool_bytes(&config_));
    require(memmap_pool_init(&pool_, &config_, storage_.at(), storage_.size()) == MEMMAP_OK, "the pool starts");
  }
  ~TestPool() { require(memmap_pool_fini(pool_) == MEMMAP_OK, "all domains were closed"); }
  TestPool(const TestPool&) = delete;
  TestPool& operator=(const TestPool&) = delete;

  memmap_pool* get() { return pool_; }
  const memmap_pool_config& config() const { return config_; }
  const Bytes& storage() const { return storage_; }

  // One step, or one search for work, as that worker.
  bool step(uint32_t worker) {
    return as(worker, [&] { return memmap_worker_step(pool_, worker); });
  }
  bool idle(uint32_t worker) {
    return as(worker, [&] { return memmap_worker_idle(pool_, worker); });
  }
  // Steps until that worker finds nothing: how many found something.
  uint64_t run(uint32_t worker) {
    uint64_t steps = 0;
    while (step(worker)) ++steps;
    return steps;
  }
  uint64_t run_all() {
    uint64_t steps = 0;
    for (uint32_t worker = 0; worker < topology_.nr_workers(); ++worker) steps += run(worker);
    return steps;
  }
  // Parks these workers, the last one first, and calls body as a caller that is no worker.
  void while_parked(std::vector<uint32_t> workers, const std::function<void()>& body) {
    if (workers.empty()) return body();
    const uint32_t worker = workers.back();
    workers.pop_back();
    const auto before = env_.on_park;
    bool parked = false;
    env_.on_park = [&](uint32_t*) {
      const memmap_self self = env_.self;
      env_.self = {MEMMAP_NO_WORKER, 0, MEMMAP_NO_WORKER, 0};
      env_.on_park = before;
      parked = true;
      while_parked(workers, body);
      env_.self = self;
    };
    require(!step(worker), "nothing to do before parking");
    idle(worker);
    env_.on_park = before;
    require(parked, "the worker parks");
  }
  memmap_worker_counts counts(uint32_t worker) const {
    memmap_worker_counts counts{};
    require(memmap_worker_counters(pool_, worker, &counts) == MEMMAP_OK, "counters");
    return counts;
  }

 private:
  static void require(bool holds, const char* what);
  memmap_pool_config configure(uint64_t start_pfn, uint64_t nr_pages, const Change& change);
  template <typename Body>
  bool as(uint32_t worker, Body body) {
    const memmap_self before = env_.self;
    env_.self = {worker, topology_.group_of(worker), worker, 0};
    const bool result = body();
    env_.self = before;
    return result;
  }

  TestEnv& env_;
  TestTopology& topology_;
  memmap_pool_config config_;
  Bytes storage_;
  memmap_pool* pool_ = nullptr;
};

// A domain, opened; closed by the destructor if the test has not: declare it behind the spans that are submitted to it.
class TestDomain {
 public:
  explicit TestDomain(TestPool& pool, const memmap_domain_options& options = {}) {
    status = memmap_domain_open(&d, pool.get(), &options);
  }
  ~TestDomain() { memmap_domain_close(&d); }
  TestDomain(const TestDomain&) = delete;
  TestDomain& operator=(const TestDomain&) = delete;

  memmap_domain d{};
  int status;

  int submit(const memmap_request* request) { return memmap_init_async(request, &d); }
  memmap_progress_counts progress() {
    memmap_progress_counts counts{};
    memmap_progress(&d, &counts);
    return counts;
  }
};

// One call of a hook.
struct Call {
  enum Hook { write, ready, undo } hook;
  uint64_t pfn, nr_pages;
  friend bool operator==(const Call&, const Call&) = default;
};

// A request with its storage. Its hooks take notes of who was called with what, and return what on_call says.
class Span {
 public:
  Span(memmap_kind kind, uint64_t start_pfn, uint64_t nr_pages, std::vector<memmap_piece> present = {});
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  // The request: complete, its storage new and as small as it may be.
  const memmap_request* prepare() {
    fill();
    const size_t nr_bytes = memmap_request_bytes(&request);
    if (nr_bytes != 0) set_storage(nr_bytes);
    return &request;
  }
  Span& then(Span& next) {  // a chain
    request.next = &next.request;
    return *this;
  }

  uint64_t nr(Call::Hook hook) const;     // calls
  uint64_t pages(Call::Hook hook) const;  // of these calls
  bool called(Call::Hook hook, uint64_t pfn) const;

  memmap_request request{};
  std::vector<memmap_piece> pieces;
  std::vector<Call> calls;
  std::function<int(const Call&)> on_call;
  Bytes storage;

 private:
  template <Call::Hook hook>
  static int note(void* span, uint64_t pfn, uint64_t nr_pages);
  void fill();
  void set_storage(size_t nr_bytes);
};

}  // namespace memmap::support
#endif  // MEMMAP_UNITTEST_SUPPORT_TEST_POOL_H
