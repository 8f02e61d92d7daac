// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Where the atomic accesses of code built with MEMMAP_EXPLORE arrive (base/atomic.h). Outside of explored fibers they
// are plain accesses, as only one thread is about.
#include "base/atomic.h"
#include "support/exploration.h"

namespace memmap {

using explore::Exploration;
using explore::ExploredMemory;
using explore::exploring;

uint64_t memmap_explore_load(const void* object, size_t size, Order order) {
  Exploration* exploration = exploring();
  if (exploration == nullptr) return ExploredMemory::read(object, size);
  exploration->point(object, false);
  const uint64_t value = exploration->memory().load(exploration->fiber(), object, size, order);
  exploration->note("load", object, value, value, order);
  return value;
}

void memmap_explore_store(void* object, size_t size, uint64_t value, Order order) {
  Exploration* exploration = exploring();
  if (exploration == nullptr) return ExploredMemory::write(object, size, value);
  exploration->point(object, true);
  exploration->note("store", object, ExploredMemory::read(object, size), value, order);
  exploration->memory().store(exploration->fiber(), object, size, value, order);
}

static uint64_t combine(ExploreRmw rmw, uint64_t old, uint64_t operand) {
  switch (rmw) {
    case ExploreRmw::add:
      return old + operand;
    case ExploreRmw::sub:
      return old - operand;
    case ExploreRmw::bit_or:
      return old | operand;
    case ExploreRmw::bit_and:
      return old & operand;
  }
  return old;
}

template <typename Change>
static uint64_t explored_modify(const char* what, void* object, size_t size, Order order, Change change) {
  Exploration* exploration = exploring();
  const uint64_t mask = size == 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1;
  const auto masked = [&](uint64_t& value) {
    const bool changed = change(value);
    value &= mask;
    return changed;
  };
  if (exploration == nullptr) {
    const uint64_t old = ExploredMemory::read(object, size);
    uint64_t value = old;
    if (masked(value)) ExploredMemory::write(object, size, value);
    return old;
  }
  exploration->point(object, true);
  const uint64_t old = exploration->memory().modify(exploration->fiber(), object, size, order, masked);
  exploration->note(what, object, old, ExploredMemory::read(object, size), order);
  return old;
}

uint64_t memmap_explore_rmw(void* object, size_t size, ExploreRmw rmw, uint64_t operand, Order order) {
  constexpr const char* kNames[] = {"exchange", "fetch_add", "fetch_sub", "fetch_or", "fetch_and"};
  return explored_modify(kNames[int(rmw)], object, size, order, [&](uint64_t& value) {
    value = combine(rmw, value, operand);
    return true;
  });
}

uint64_t memmap_explore_compare_exchange(void* object, size_t size, uint64_t expected, uint64_t desired, Order order) {
  return explored_modify("compare_exchange", object, size, order, [&](uint64_t& value) {
    const bool equal = value == expected;
    if (equal) value = desired;
    return equal;
  });
}

}  // namespace memmap
