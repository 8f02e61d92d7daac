// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The single total order of seq_cst accesses (S), as far as it is forced. Executing one access after the other does not
// fix it: a load may return an older value than a seq_cst store left that was executed before, if S can have the load
// first. S must agree with happens-before, and for each object with what is stored and seen when.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/clock.h"

namespace memmap::explore {

class SeqCstOrder {
 public:
  void clear() { events_.clear(); }

  // May a fiber with this knowledge load store number `index` of the object?
  bool allows_load(const Clock& now, const void* object, uint32_t index) const;
  // It happens: a load of that store, or that store itself.
  void add(uint32_t fiber, const Clock& now, const void* object, uint32_t index, bool load);

 private:
  static constexpr size_t kEventsMax = 1024;  // further ones are taken in the order of execution
  using Set = std::array<uint64_t, kEventsMax / 64>;
  struct Event {
    const void* object;
    uint32_t fiber, time;
    uint32_t index;
    bool load;
    Set before;                                                    // events that S has earlier
    uint64_t place() const { return uint64_t{index} * 2 + load; }  // among the accesses to its object
  };

  size_t words() const { return (events_.size() + 63) / 64; }
  void join(Set& set, size_t event) const;
  Set before(const Clock& now, const void* object, uint64_t place) const;

  std::vector<Event> events_;  // in the order of execution
};

}  // namespace memmap::explore
