// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "support/test_pool.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace memmap::support {

namespace {

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "test_pool: %s\n", what);
  std::abort();
}

}  // namespace

Bytes::Bytes(size_t nr_bytes, size_t offset) : size_(nr_bytes) {
  if (nr_bytes == 0) return;
  if (posix_memalign(&allocated_, 128, offset + nr_bytes) != 0) die("out of memory");
  std::memset(allocated_, 0, offset + nr_bytes);
  at_ = static_cast<char*>(allocated_) + offset;
}

Bytes::~Bytes() { std::free(allocated_); }

Bytes::Bytes(Bytes&& other) noexcept { *this = std::move(other); }

Bytes& Bytes::operator=(Bytes&& other) noexcept {
  std::swap(allocated_, other.allocated_);
  std::swap(at_, other.at_);
  std::swap(size_, other.size_);
  return *this;
}

bool Bytes::all(char byte) const {
  return std::all_of(at_, at_ + size_, [byte](char found) { return found == byte; });
}

TestEnv::TestEnv() {
  env.context = this;
  env.park = [](void* context, uint32_t* word, uint32_t value, uint64_t timeout_ns) {
    of(context).park(word, value, timeout_ns);
  };
  env.unpark = [](void* context, uint32_t* word) {
    ++of(context).unparks;
    if (of(context).on_wake) of(context).on_wake(word);
  };
  env.wake_later = [](void* context, uint32_t* word) {
    ++of(context).wakes_later;
    if (of(context).on_wake) of(context).on_wake(word);
  };
  env.relax = [](void*) {};
  env.yield = [](void* context) {
    ++of(context).yields;
    if (of(context).on_yield) of(context).on_yield();
  };
  env.clock_ns = [](void* context) { return of(context).now_ns += of(context).clock_step_ns; };
  env.self = [](void* context) { return &of(context).self; };
  env.fatal = [](void*, const char* what) { die(what); };
  env.spend = [](void* context, uint32_t, uint64_t nr_pages) { of(context).spent_pages += nr_pages; };
  env.stalled = [](void* context, const memmap_stall* stall) {
    if (of(context).on_stall) of(context).on_stall(*stall);
  };
}

void TestEnv::park(uint32_t* word, uint32_t value, uint64_t timeout_ns) {
  ++parks;
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value) return;
  if (!on_park) die("parked in a test of one thread: nobody will ever wake it");
  now_ns += timeout_ns;
  const auto others = on_park;  // which may set another one
  others(word);
}

TestTopology::TestTopology(uint32_t nids, uint32_t groups_per_nid, uint32_t workers_per_group) {
  const uint32_t nr_groups = nids * groups_per_nid;
  home_begin.push_back(0);
  for (uint32_t g = 0; g < nr_groups; ++g) {
    for (uint32_t i = 0; i < workers_per_group; ++i) group_of_worker.push_back(uint16_t(g));
    home.push_back(uint16_t(g));
    if ((g + 1) % groups_per_nid == 0) home_begin.push_back(uint16_t(g + 1));
    for (uint32_t h = 0; h < nr_groups; ++h) {
      const uint32_t a = g / groups_per_nid, b = h / groups_per_nid;
      steal_rank.push_back(uint16_t(g == h ? 0 : a == b ? 1 : 1 + std::max(a, b) - std::min(a, b)));
    }
  }
}

memmap_topology* TestTopology::view() {
  topology_.nr_workers = uint32_t(group_of_worker.size());
  topology_.nr_nids = uint32_t(home_begin.size() - 1);
  topology_.nr_groups = 0;
  while (topology_.nr_groups * topology_.nr_groups < steal_rank.size()) ++topology_.nr_groups;
  topology_.group_of_worker = group_of_worker.data();
  topology_.steal_rank = steal_rank.data();
  topology_.home_begin = home_begin.data();
  topology_.home = home.data();
  topology_.width = width.empty() ? nullptr : width.data();
  return &topology_;
}

void TestPool::require(bool holds, const char* what) {
  if (!holds) die(what);
}

memmap_pool_config TestPool::configure(uint64_t start_pfn, uint64_t nr_pages, const Change& change) {
  memmap_pool_config config{};
  config.env = &env_.env;
  config.topology = topology_.view();
  config.start_pfn = start_pfn;
  config.nr_pages = nr_pages;
  config.wake_ns = 1;
  config.spin_ns = UINT32_MAX;
  if (change) change(config);
  return config;
}

template <Call::Hook hook>
int Span::note(void* span, uint64_t pfn, uint64_t nr_pages) {
  Span& own = *static_cast<Span*>(span);
  own.calls.push_back({hook, pfn, nr_pages});
  return own.on_call ? own.on_call({hook, pfn, nr_pages}) : 0;
}

Span::Span(memmap_kind kind, uint64_t start_pfn, uint64_t nr_pages, std::vector<memmap_piece> present)
    : pieces(std::move(present)) {
  request.start_pfn = start_pfn;
  request.nr_pages = nr_pages;
  request.kind = kind;
  request.zone = kind == MEMMAP_DEVICE ? 4 : 2;
  request.hooks = {note<Call::write>, note<Call::ready>, note<Call::undo>, this};
}

void Span::fill() {
  request.pieces = pieces.empty() ? nullptr : pieces.data();
  request.nr_pieces = pieces.size();
}

void Span::set_storage(size_t nr_bytes) {
  storage = Bytes(nr_bytes);
  request.storage = storage.at();
  request.storage_bytes = storage.size();
}

uint64_t Span::nr(Call::Hook hook) const {
  return uint64_t(std::count_if(calls.begin(), calls.end(), [hook](const Call& call) { return call.hook == hook; }));
}

uint64_t Span::pages(Call::Hook hook) const {
  uint64_t sum = 0;
  for (const Call& call : calls) sum += call.hook == hook ? call.nr_pages : 0;
  return sum;
}

bool Span::called(Call::Hook hook, uint64_t pfn) const {
  return std::any_of(calls.begin(), calls.end(),
                     [&](const Call& call) { return call.hook == hook && pfn - call.pfn < call.nr_pages; });
}

}  // namespace memmap::support
