// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/process_env.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace memmap::host {
namespace {

void park(void*, uint32_t* word, uint32_t value, uint64_t timeout_ns) { park_thread(word, value, timeout_ns); }
void unpark(void*, uint32_t* word) { unpark_threads(word); }

void relax(void*) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void yield(void*) { sched_yield(); }
uint64_t clock_ns(void*) { return monotonic_ns(); }

void fatal(void*, const char* what) {
  fprintf(stderr, "memmap: broken invariant: %s\n", what);
  abort();
}

}  // namespace

void park_thread(uint32_t* word, uint32_t value, uint64_t timeout_ns) {
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(timeout_ns / 1'000'000'000);
  timeout.tv_nsec = static_cast<long>(timeout_ns % 1'000'000'000);
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, timeout_ns == 0 ? nullptr : &timeout, nullptr, 0);
}

void unpark_threads(uint32_t* word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0); }

uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

memmap_env process_env(void* context) {
  memmap_env env{};
  env.context = context;
  env.park = park;
  env.unpark = unpark;
  env.wake_later = unpark;  // a wake is one system call, allowed wherever a thread can be
  env.relax = relax;
  env.yield = yield;
  env.clock_ns = clock_ns;
  env.fatal = fatal;
  return env;
}

}  // namespace memmap::host
