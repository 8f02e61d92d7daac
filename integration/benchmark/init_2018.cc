// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "init_2018.h"

#include <algorithm>

#include "simulator/kernel/geometry.h"

namespace memmap::bench {

AsyncDomain::AsyncDomain(uint32_t nr_threads) {
  for (uint32_t n = 0; n < nr_threads; ++n) threads_.emplace_back([this] { run(); });
}

AsyncDomain::~AsyncDomain() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  queued_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

uint64_t AsyncDomain::schedule(std::function<void()> work) {
  const std::lock_guard hold(mutex_);
  const uint64_t cookie = next_cookie_++;
  queue_.emplace_back(cookie, std::move(work));
  unfinished_.insert(cookie);
  queued_.notify_one();
  return cookie;
}

void AsyncDomain::synchronize_cookie(uint64_t cookie) {
  std::unique_lock hold(mutex_);
  done_.wait(hold, [&] { return unfinished_.empty() || *unfinished_.begin() >= cookie; });
}

void AsyncDomain::run() {
  std::unique_lock hold(mutex_);
  while (true) {
    queued_.wait(hold, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const auto [cookie, work] = std::move(queue_.front());
    queue_.pop_front();
    hold.unlock();
    work();
    hold.lock();
    unfinished_.erase(cookie);
    done_.notify_all();
  }
}

void TurnMutex::lock() {
  std::unique_lock hold(mutex_);
  const uint64_t mine = next_++;
  turns_.wait(hold, [&] { return serving_ == mine; });
}

void TurnMutex::unlock() {
  const std::lock_guard hold(mutex_);
  ++serving_;
  if (serving_ != next_) turns_.notify_all();
}

Init2018::Init2018(AsyncDomain& domain, const Target& target)
    : target_(target),
      step_(simulator::round_up(simulator::divide_up(target.memmap.nr_pages, kParts2018 * kSubRanges2018),
                                simulator::kSubsectionPages)),
      domain_(domain) {
  for (uint32_t part = 0; part < kParts2018; ++part) {
    parts_[part].cookie = domain.schedule([this, part] { run(part); });
  }
}

void Init2018::run(uint32_t part) {
  for (uint32_t n = 0; n < kSubRanges2018 && !abandoned_.load(std::memory_order_relaxed); ++n) {
    write_sub_range(part * kSubRanges2018 + n);
  }
  nr_running_.fetch_sub(1);  // the last access
}

// Both who works through a part and who needs it now come here.
void Init2018::write_sub_range(uint32_t sub_range) {
  Part& part = parts_[sub_range / kSubRanges2018];
  std::atomic<bool>& written = part.written[sub_range % kSubRanges2018];
  const std::lock_guard hold(part.mutex);
  if (written.load()) return;
  const uint64_t first = std::min(sub_range * step_, target_.memmap.nr_pages);
  target_.write(first, std::min(first + step_, target_.memmap.nr_pages));
  written.store(true);
  left_.fetch_sub(1);
}

void Init2018::sync(uint64_t first, uint64_t nr) {
  if (left_.load() == 0) return;
  for (uint64_t n = first / step_; n * step_ < first + nr; ++n) write_sub_range(uint32_t(n));
}

void Init2018::wait_for_part(uint64_t record) {
  domain_.synchronize_cookie(parts_[record / step_ / kSubRanges2018].cookie + 1);
}

bool Init2018::is_written(uint64_t record) const {
  const uint64_t sub_range = record / step_;
  return parts_[sub_range / kSubRanges2018].written[sub_range % kSubRanges2018].load();
}

void Init2018::abandon() {
  abandoned_.store(true);
  while (nr_running_.load() != 0) std::this_thread::yield();
}

}  // namespace memmap::bench
