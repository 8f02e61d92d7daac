// SPDX-License-Identifier: GPL-2.0-only OR MIT
// padata as it is in Linux 6.1 (padata_do_multithreaded()): the rival's way to use many CPUs. A job is cut into chunks;
// the caller and its helpers take them in turn from a cursor under a spin lock; the caller waits for all of them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace memmap::simulator {

// Units are the caller's (pages).
struct PadataJob {
  std::function<void(uint64_t start, uint64_t end)> function;
  uint64_t start;
  uint64_t size;
  uint64_t align;
  uint64_t min_chunk;
  uint32_t max_threads;
};

// How many threads a job wants, the caller among them; and what each takes at a time if `threads` work on it.
uint32_t padata_threads(const PadataJob& job);
uint64_t padata_chunk(const PadataJob& job, uint32_t threads);

// The helpers: threads that exist and wait, as a workqueue's do. Jobs that run at the same time share them.
class Padata {
 public:
  // nr_helpers: one for each possible CPU but the caller's own. Where `cpus` is given, helper n is pinned to
  // cpus[n % size]; by default they run where they like, as Linux's unbound workers do within a node.
  explicit Padata(uint32_t nr_helpers, std::span<const int> cpus = {});
  ~Padata();
  Padata(const Padata&) = delete;
  Padata& operator=(const Padata&) = delete;

  // Returns when the whole job is done. Thread-safe; not from inside a job.
  void run(const PadataJob& job);

 private:
  struct Running;

  uint32_t hire(uint32_t wanted);
  void enqueue(Running& running, uint32_t nr_helpers);
  void work(Running& running);
  void helper_loop();

  std::mutex mutex_;  // of all below but the threads
  std::condition_variable queued_;
  std::condition_variable finished_;
  std::deque<Running*> queue_;  // a job stands in it once for each helper it has got
  uint32_t idle_helpers_;
  bool stopping_ = false;
  std::vector<std::thread> helpers_;
};

}  // namespace memmap::simulator
