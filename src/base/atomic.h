// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Atomic<T>: the one file that knows real atomics.
//
// Every access names its order. Ordered ones (not relaxed) carry a label and their partner where they stand:
//     parked_.fetch_or(bit, seq_cst);  // P1 with B1: announced before the last look for work
// A build with MEMMAP_EXPLORE sends each access to the interleaving explorer (unittest/support/explorer.h) instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace memmap {

enum class Order : int {
  relaxed = __ATOMIC_RELAXED,
  acquire = __ATOMIC_ACQUIRE,
  release = __ATOMIC_RELEASE,
  acq_rel = __ATOMIC_ACQ_REL,
  seq_cst = __ATOMIC_SEQ_CST,
};
using enum Order;

}  // namespace memmap

#ifdef MEMMAP_EXPLORE
#include "support/explored_atomic.h"
#else

namespace memmap {

// One word of at most 8 bytes: an integer or a pointer. Lock-free on every target we build for.
template <typename T>
class Atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8, "one machine word");
  static_assert(__atomic_always_lock_free(sizeof(T), nullptr));

 public:
  constexpr Atomic() = default;
  constexpr explicit Atomic(T value) : value_(value) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(Order order) const { return __atomic_load_n(&value_, int(order)); }
  void store(T value, Order order) { __atomic_store_n(&value_, value, int(order)); }
  T fetch_add(T value, Order order) { return __atomic_fetch_add(&value_, value, int(order)); }
  T fetch_sub(T value, Order order) { return __atomic_fetch_sub(&value_, value, int(order)); }
  T fetch_or(T value, Order order) { return __atomic_fetch_or(&value_, value, int(order)); }
  T fetch_and(T value, Order order) { return __atomic_fetch_and(&value_, value, int(order)); }
  // On failure `expected` holds what was found; a failed exchange is a relaxed load.
  bool compare_exchange(T& expected, T desired, Order order) {
    return __atomic_compare_exchange_n(&value_, &expected, desired, false, int(order), __ATOMIC_RELAXED);
  }

  // The object itself, for park and unpark, which take the address of a futex word.
  T* address() { return &value_; }

 private:
  T value_{};
};

}  // namespace memmap

#endif

namespace memmap {

// Adds to a counter that only one thread writes and any may read: no locked instruction.
inline void add_own(Atomic<uint64_t>& counter, uint64_t n) { counter.store(counter.load(relaxed) + n, relaxed); }

}  // namespace memmap
