// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/kernel/padata.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

#include "simulator/kernel/geometry.h"
#include "simulator/kernel/spin_lock.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kChunksPerThread = 4;  // Linux: load_balance_factor

void pin(std::thread& thread, int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(size_t(cpu), &cpus);
  pthread_setaffinity_np(thread.native_handle(), sizeof(cpus), &cpus);  // a CPU that is gone: stays unbound
}

}  // namespace

uint32_t padata_threads(const PadataJob& job) {
  const uint64_t parts = std::max<uint64_t>(job.size / std::max<uint64_t>(job.min_chunk, 1), 1);
  return uint32_t(std::min<uint64_t>(parts, std::max(job.max_threads, 1u)));
}

uint64_t padata_chunk(const PadataJob& job, uint32_t threads) {
  const uint64_t share = job.size / (threads * kChunksPerThread);
  return round_up(std::max<uint64_t>({share, job.min_chunk, 1}), std::max<uint64_t>(job.align, 1));
}

// A job while it runs.
struct Padata::Running {
  const PadataJob& job;
  uint64_t chunk;
  SpinLock lock{};  // of the next two
  uint64_t start;
  uint64_t size;
  uint32_t unfinished;  // threads that may still be at work; under Padata::mutex_
};

Padata::Padata(uint32_t nr_helpers, std::span<const int> cpus) : idle_helpers_(nr_helpers) {
  for (uint32_t n = 0; n < nr_helpers; ++n) {
    helpers_.emplace_back([this] { helper_loop(); });
    if (!cpus.empty()) pin(helpers_.back(), cpus[n % cpus.size()]);
  }
}

Padata::~Padata() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  queued_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

// Takes up to `wanted` helpers that no other job has; a job gets along with fewer.
uint32_t Padata::hire(uint32_t wanted) {
  const std::lock_guard hold(mutex_);
  const uint32_t hired = std::min(wanted, idle_helpers_);
  idle_helpers_ -= hired;
  return hired;
}

void Padata::enqueue(Running& running, uint32_t nr_helpers) {
  const std::lock_guard hold(mutex_);
  for (uint32_t n = 0; n < nr_helpers; ++n) {
    queue_.push_back(&running);
    queued_.notify_one();
  }
}

void Padata::run(const PadataJob& job) {
  if (job.size == 0) return;
  const uint32_t wanted = padata_threads(job);
  if (wanted == 1) return job.function(job.start, job.start + job.size);
  const uint32_t hired = hire(wanted - 1);
  Running running{
      .job = job, .chunk = padata_chunk(job, hired + 1), .start = job.start, .size = job.size, .unfinished = hired + 1};
  enqueue(running, hired);
  work(running);
  std::unique_lock hold(mutex_);
  finished_.wait(hold, [&running] { return running.unfinished == 0; });
  idle_helpers_ += hired;
}

// Takes chunks until none is left. Chunks end at multiples of the chunk's size, so the first may be short.
void Padata::work(Running& running) {
  std::unique_lock cursor(running.lock);
  while (running.size > 0) {
    const uint64_t start = running.start;
    const uint64_t size = std::min(round_up(start + 1, running.chunk) - start, running.size);
    running.start += size;
    running.size -= size;
    cursor.unlock();
    running.job.function(start, start + size);
    cursor.lock();
  }
  cursor.unlock();
  const std::lock_guard hold(mutex_);
  if (--running.unfinished == 0) finished_.notify_all();
}

void Padata::helper_loop() {
  std::unique_lock hold(mutex_);
  while (true) {
    queued_.wait(hold, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Running& running = *queue_.front();
    queue_.pop_front();
    hold.unlock();
    work(running);
    hold.lock();
  }
}

}  // namespace memmap::simulator
