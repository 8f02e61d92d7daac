// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How kernel code touches the fields of a record, where it differs from plain C++: WRITE_ONCE() and atomic_set() are
// stores that the compiler may neither merge nor drop; __set_bit() and __clear_bit() are one instruction on memory.
#pragma once

#include <cstdint>
#include <type_traits>

namespace memmap::simulator {

template <typename T>
void write_once(T& field, std::type_identity_t<T> value) {
  *const_cast<volatile T*>(&field) = value;
}

#if defined(__x86_64__)
template <uint64_t kBit>
void set_bit(uint64_t& word) {
  asm volatile("btsq %1, %0" : "+m"(word) : "I"(kBit) : "cc", "memory");
}

template <uint64_t kBit>
void clear_bit(uint64_t& word) {
  asm volatile("btrq %1, %0" : "+m"(word) : "I"(kBit) : "cc", "memory");
}
#else
template <uint64_t kBit>
void set_bit(uint64_t& word) {
  write_once(word, *const_cast<volatile uint64_t*>(&word) | uint64_t{1} << kBit);
}

template <uint64_t kBit>
void clear_bit(uint64_t& word) {
  write_once(word, *const_cast<volatile uint64_t*>(&word) & ~(uint64_t{1} << kBit));
}
#endif

}  // namespace memmap::simulator
