// SPDX-License-Identifier: GPL-2.0-only OR MIT
// One fiber: a stack of its own and the place where it goes on. Knows nothing of scheduling (host/fibers.h).
//
// switch_to() is a dozen instructions, no system call (swapcontext makes two). It tells AddressSanitizer and
// ThreadSanitizer about the change of stacks, so that whole test programs run under both.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define MEMMAP_FIBER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define MEMMAP_FIBER_TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMMAP_FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define MEMMAP_FIBER_TSAN 1
#endif
#endif

namespace memmap::host {

#if defined(MEMMAP_FIBER_ASAN) || defined(MEMMAP_FIBER_TSAN)
constexpr size_t kFiberStackBytes = 256 * 1024;
#else
constexpr size_t kFiberStackBytes = 64 * 1024;
#endif

class Fiber {
 public:
  using Entry = void(void* argument);

  // The thread that runs already: a fiber to come back to.
  Fiber();
  // A stack, below it a page that faults. Aborts where the address space is exhausted.
  explicit Fiber(size_t stack_bytes);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // The next switch to this fiber calls entry(argument), which never returns. What the stack held is forgotten.
  void prepare(Entry* entry, void* argument);

  // Suspends this fiber, which runs now, and continues `to`. Returns when somebody switches back.
  void switch_to(Fiber& to);

 private:
  static void first_entry(Fiber* self);  // called by the assembly
  void entered();

  void* stack_pointer_ = nullptr;
  void* stack_ = nullptr;  // lowest usable byte; of an adopted thread: found out at its first switch
  size_t stack_bytes_ = 0;
  bool owns_stack_ = false;
  Entry* entry_ = nullptr;
  void* argument_ = nullptr;
  [[maybe_unused]] void* shadow_ = nullptr;  // the sanitizer's side of this fiber
#ifdef MEMMAP_FIBER_ASAN
  static thread_local Fiber* came_from_;
#endif
};

}  // namespace memmap::host
