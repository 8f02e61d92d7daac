// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Atomic<T> as base/atomic.h has it, with every access sent to the explorer (explored_atomics.cc). Included by
// base/atomic.h alone, in builds with MEMMAP_EXPLORE.
#pragma once

namespace memmap {

// The explorer's side of the facade. Values travel as 64 bits; `size` is that of the object. Each call is a point where
// another fiber may run first.
extern "C" {
uint64_t memmap_explore_load(const void* object, size_t size, Order order);
void memmap_explore_store(void* object, size_t size, uint64_t value, Order order);
enum class ExploreRmw { add, sub, bit_or, bit_and };
uint64_t memmap_explore_rmw(void* object, size_t size, ExploreRmw rmw, uint64_t operand, Order order);
// Returns the value found; the exchange took place if that equals `expected`.
uint64_t memmap_explore_compare_exchange(void* object, size_t size, uint64_t expected, uint64_t desired, Order order);
}

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

  T load(Order order) const { return from(memmap_explore_load(&value_, sizeof(T), order)); }
  void store(T value, Order order) { memmap_explore_store(&value_, sizeof(T), to(value), order); }
  T fetch_add(T value, Order order) { return rmw(ExploreRmw::add, value, order); }
  T fetch_sub(T value, Order order) { return rmw(ExploreRmw::sub, value, order); }
  T fetch_or(T value, Order order) { return rmw(ExploreRmw::bit_or, value, order); }
  T fetch_and(T value, Order order) { return rmw(ExploreRmw::bit_and, value, order); }
  // On failure `expected` holds what was found; a failed exchange is a relaxed load.
  bool compare_exchange(T& expected, T desired, Order order) {
    const T found = from(memmap_explore_compare_exchange(&value_, sizeof(T), to(expected), to(desired), order));
    const bool exchanged = found == expected;
    expected = found;
    return exchanged;
  }

  // The object itself, for park and unpark, which take the address of a futex word.
  T* address() { return &value_; }

 private:
  T rmw(ExploreRmw kind, T operand, Order order) {
    return from(memmap_explore_rmw(&value_, sizeof(T), kind, to(operand), order));
  }
  static uint64_t to(T value) {
    uint64_t bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    return bits;
  }
  static T from(uint64_t bits) {
    T value{};
    __builtin_memcpy(&value, &bits, sizeof(T));
    return value;
  }
  T value_{};
};

}  // namespace memmap
