// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "woken_threads.h"

#include <algorithm>

#include "host/process_env.h"

namespace memmap::bench {

WokenThreads::WokenThreads(const std::vector<uint32_t>& cpus) : cpu_(cpus[0]) {
  for (size_t n = 1; n < cpus.size(); ++n) threads_.emplace_back([this, cpu = cpus[n]] { sleep_and_share(cpu); });
}

WokenThreads::~WokenThreads() {
  stopping_ = true;
  wake();
  for (std::thread& thread : threads_) thread.join();
}

double WokenThreads::fill_ns(const Target& target) {
  const PinnedHere pinned(cpu_);
  target_ = &target;
  next_ = 0;
  const uint64_t began = simulator::now_ns();
  open_ = true;
  wake();
  share();
  open_ = false;
  while (inside_ != 0) {  // they finish the parts that they have
  }
  return double(simulator::now_ns() - began);
}

void WokenThreads::sleep_and_share(uint32_t cpu) {
  const PinnedHere pinned(cpu);
  while (!stopping_) {
    const uint32_t seen = __atomic_load_n(&event_, __ATOMIC_ACQUIRE);
    ++inside_;
    if (open_) share();
    --inside_;
    if (!stopping_) host::park_thread(&event_, seen, 0);
  }
}

// Half of what would be an equal share of the rest, so that all end at the same time, with few fences.
void WokenThreads::share() {
  const uint64_t end = target_->memmap.nr_pages, shares = 2 * (threads_.size() + 1);
  for (uint64_t first = next_; first < end;) {
    const uint64_t behind = std::min(end, first + std::max((end - first) / shares, simulator::kSubsectionPages));
    if (!next_.compare_exchange_weak(first, behind)) continue;
    target_->write(first, behind);
    first = next_;
  }
}

void WokenThreads::wake() {
  __atomic_fetch_add(&event_, 1, __ATOMIC_RELEASE);
  host::unpark_threads(&event_);
}

}  // namespace memmap::bench
