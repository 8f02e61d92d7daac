// SPDX-License-Identifier: GPL-2.0-only OR MIT
// SuspendedTasks: futex(2) for oneTBB tasks: who waits gives its thread back to oneTBB (tbb::task::suspend), and may go
// on in another one.
//
// A table of lists by address, each with a lock, which makes "look at the word, and sleep" one step against a wake. The
// lock is held for a walk over those who wait in the same list; nobody waits for anything else under it.
#ifndef MEMMAP_HOST_SUSPENDED_TASKS_H
#define MEMMAP_HOST_SUSPENDED_TASKS_H

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/atomic.h"

namespace memmap::host {

inline constexpr uint64_t kNoDeadline = UINT64_MAX;

class SuspendedTasks {
 public:
  SuspendedTasks() = default;
  SuspendedTasks(const SuspendedTasks&) = delete;
  SuspendedTasks& operator=(const SuspendedTasks&) = delete;

  // In a task only. Returns when woken, where *word != value, or when somebody calls expire() after the deadline.
  void suspend(uint32_t* word, uint32_t value, uint64_t deadline_ns);
  // All who are suspended on `word` go on. From any thread; *word was changed before.
  void wake(const uint32_t* word);
  // Those go on whose deadline has passed. Costs one load where none has. There is no thread that would wait for
  // deadlines, so whoever comes by calls it.
  void expire(uint64_t now_ns);

 private:
  struct Task;
  struct alignas(64) List {
    std::mutex mutex;
    Task* first = nullptr;
  };
  static constexpr size_t kLists = 64;  // a power of two: list_of()

  List& list_of(const uint32_t* word);
  bool enter(Task& task);
  void lower_deadline(uint64_t deadline_ns);
  template <typename Condition>
  static Task* take_out(List& list, Condition condition);
  static void resume_all(Task* first);

  Atomic<uint64_t> deadline_ns_{kNoDeadline};  // none is earlier
  List lists_[kLists];
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_SUSPENDED_TASKS_H
