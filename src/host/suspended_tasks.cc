// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/suspended_tasks.h"

#include <oneapi/tbb/task.h>

namespace memmap::host {

// On the stack of who is suspended, until somebody takes it out of its list and resumes that stack.
struct SuspendedTasks::Task {
  uint32_t* word;
  uint32_t value;
  uint64_t deadline_ns;
  tbb::task::suspend_point point;
  Task* next;
};

void SuspendedTasks::suspend(uint32_t* word, uint32_t value, uint64_t deadline_ns) {
  Task own = {word, value, deadline_ns, nullptr, nullptr};
  // oneTBB calls this on the stack that the thread goes on with. `own` may be gone as soon as it is in a list.
  tbb::task::suspend([this, &own](tbb::task::suspend_point point) {
    own.point = point;
    if (!enter(own)) tbb::task::resume(point);
  });
}

bool SuspendedTasks::enter(Task& task) {
  List& list = list_of(task.word);
  const std::lock_guard<std::mutex> lock(list.mutex);
  // A wake that changed the word after this load gets the lock after us and finds the task.
  if (__atomic_load_n(task.word, __ATOMIC_RELAXED) != task.value) return false;
  task.next = list.first;
  list.first = &task;
  lower_deadline(task.deadline_ns);
  return true;
}

void SuspendedTasks::wake(const uint32_t* word) {
  resume_all(take_out(list_of(word), [word](const Task& task) { return task.word == word; }));
}

void SuspendedTasks::expire(uint64_t now_ns) {
  if (deadline_ns_.load(relaxed) > now_ns) return;
  // Whoever enters a list after we have looked at it lowers the deadline after this.
  deadline_ns_.store(kNoDeadline, relaxed);
  for (List& list : lists_) {
    resume_all(take_out(list, [this, now_ns](const Task& task) {
      if (task.deadline_ns <= now_ns) return true;
      lower_deadline(task.deadline_ns);
      return false;
    }));
  }
}

void SuspendedTasks::lower_deadline(uint64_t deadline_ns) {
  uint64_t before = deadline_ns_.load(relaxed);
  while (deadline_ns < before && !deadline_ns_.compare_exchange(before, deadline_ns, relaxed)) {
  }
}

SuspendedTasks::List& SuspendedTasks::list_of(const uint32_t* word) {
  // Multiplied by 2^64 over the golden ratio, the high bits depend on all of the address.
  return lists_[reinterpret_cast<uintptr_t>(word) * 0x9e3779b97f4a7c15 >> 58];
}

template <typename Condition>
SuspendedTasks::Task* SuspendedTasks::take_out(List& list, Condition condition) {
  const std::lock_guard<std::mutex> lock(list.mutex);
  Task* taken = nullptr;
  for (Task** at = &list.first; *at != nullptr;) {
    Task* const task = *at;
    if (!condition(*task)) {
      at = &task->next;
      continue;
    }
    *at = task->next;
    task->next = taken;
    taken = task;
  }
  return taken;
}

void SuspendedTasks::resume_all(Task* first) {
  for (Task* task = first; task != nullptr;) {
    Task* const next = task->next;
    tbb::task::resume(task->point);  // now it may be gone
    task = next;
  }
}

}  // namespace memmap::host
