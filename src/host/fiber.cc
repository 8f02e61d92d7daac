// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The switch itself, for the two processors we build for, and the sanitizers' bookkeeping around it.
#include "host/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#ifdef MEMMAP_FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef MEMMAP_FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

// memmap_fiber_switch(save, load): push what a called function must preserve, leave the stack pointer in *save, take
// that of another fiber and pop the same. memmap_fiber_start: where a prepared stack "returns" to; calls its second
// preserved register with the first. Control words of the floating point units are not switched: nobody changes them.
extern "C" void memmap_fiber_switch(void** save, void* load);
extern "C" void memmap_fiber_start();

#if defined(__x86_64__)
constexpr size_t kSavedWords = 9;  // r15 r14 r13 r12 rbx rbp, return address, two to align
constexpr size_t kSavedArgument = 3, kSavedFunction = 2, kSavedReturn = 6;
asm(R"(
  .text
  .globl memmap_fiber_switch
  .hidden memmap_fiber_switch
  .type memmap_fiber_switch, @function
memmap_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size memmap_fiber_switch, . - memmap_fiber_switch
  .globl memmap_fiber_start
  .hidden memmap_fiber_start
  .type memmap_fiber_start, @function
memmap_fiber_start:
  .cfi_startproc
  .cfi_undefined rip
  movq %r12, %rdi
  callq *%r13
  ud2
  .cfi_endproc
  .size memmap_fiber_start, . - memmap_fiber_start
)");
#elif defined(__aarch64__)
constexpr size_t kSavedWords = 20;  // x19 .. x28, x29, x30, d8 .. d15
constexpr size_t kSavedArgument = 0, kSavedFunction = 1, kSavedReturn = 11;
asm(R"(
  .text
  .globl memmap_fiber_switch
  .hidden memmap_fiber_switch
  .type memmap_fiber_switch, %function
memmap_fiber_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
  .size memmap_fiber_switch, . - memmap_fiber_switch
  .globl memmap_fiber_start
  .hidden memmap_fiber_start
  .type memmap_fiber_start, %function
memmap_fiber_start:
  .cfi_startproc
  .cfi_undefined x30
  mov x0, x19
  blr x20
  brk #1
  .cfi_endproc
  .size memmap_fiber_start, . - memmap_fiber_start
)");
#else
#error "fibers need a context switch for this processor: add one here (x86-64 and aarch64 exist)"
#endif

namespace memmap::host {

#ifdef MEMMAP_FIBER_ASAN
thread_local Fiber* Fiber::came_from_ = nullptr;
#endif

Fiber::Fiber() {
#ifdef MEMMAP_FIBER_TSAN
  shadow_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(size_t stack_bytes) : owns_stack_(true) {
  const size_t page = size_t(sysconf(_SC_PAGESIZE));
  stack_bytes_ = (stack_bytes + page - 1) / page * page;
  void* memory = mmap(nullptr, stack_bytes_ + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  stack_ = memory == MAP_FAILED ? nullptr : static_cast<char*>(memory) + page;
  if (stack_ == nullptr || mprotect(stack_, stack_bytes_, PROT_READ | PROT_WRITE) != 0) {
    std::fprintf(stderr, "fiber: no memory for a stack of %zu bytes\n", stack_bytes_);
    std::abort();
  }
#ifdef MEMMAP_FIBER_TSAN
  shadow_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  if (!owns_stack_) return;
#ifdef MEMMAP_FIBER_TSAN
  __tsan_destroy_fiber(shadow_);
#endif
  const size_t page = size_t(sysconf(_SC_PAGESIZE));
  munmap(static_cast<char*>(stack_) - page, stack_bytes_ + page);
}

void Fiber::prepare(Entry* entry, void* argument) {
  entry_ = entry;
  argument_ = argument;
#ifdef MEMMAP_FIBER_ASAN
  __asan_unpoison_memory_region(stack_, stack_bytes_);  // frames that were abandoned
  shadow_ = nullptr;
#endif
#ifdef MEMMAP_FIBER_TSAN
  __tsan_destroy_fiber(shadow_);
  shadow_ = __tsan_create_fiber(0);
#endif
  uint64_t* top = reinterpret_cast<uint64_t*>(static_cast<char*>(stack_) + stack_bytes_) - kSavedWords;
  for (size_t i = 0; i < kSavedWords; ++i) top[i] = 0;
  top[kSavedArgument] = reinterpret_cast<uint64_t>(this);
  top[kSavedFunction] = reinterpret_cast<uint64_t>(&Fiber::first_entry);
  top[kSavedReturn] = reinterpret_cast<uint64_t>(&memmap_fiber_start);
  stack_pointer_ = top;
}

void Fiber::switch_to(Fiber& to) {
#ifdef MEMMAP_FIBER_ASAN
  came_from_ = this;
  __sanitizer_start_switch_fiber(&shadow_, to.stack_, to.stack_bytes_);
#endif
#ifdef MEMMAP_FIBER_TSAN
  __tsan_switch_to_fiber(to.shadow_, 0);
#endif
  memmap_fiber_switch(&stack_pointer_, to.stack_pointer_);
  entered();
}

// What must be done on the new stack. The first who is left is the adopted thread: its stack is learnt here.
void Fiber::entered() {
#ifdef MEMMAP_FIBER_ASAN
  const void* old_stack;
  size_t old_bytes;
  __sanitizer_finish_switch_fiber(shadow_, &old_stack, &old_bytes);
  if (!came_from_->owns_stack_) {
    came_from_->stack_ = const_cast<void*>(old_stack);
    came_from_->stack_bytes_ = old_bytes;
  }
#endif
}

void Fiber::first_entry(Fiber* self) {
  self->entered();
  self->entry_(self->argument_);
  std::abort();  // an entry does not return
}

}  // namespace memmap::host
