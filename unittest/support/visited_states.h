// SPDX-License-Identifier: GPL-2.0-only OR MIT
// States that an enumeration has been in, and how much of its bounds was spent there: a set of 64-bit hashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace memmap::explore {

inline uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t x = (a ^ (b + 0x9E3779B97F4A7C15 + (a << 6) + (a >> 2))) * 0xBF58476D1CE4E5B9;
  return x ^ (x >> 31);
}

struct Spent {
  uint32_t preemptions = 0, delays = 0;
};

class VisitedStates {
 public:
  // True if the state was visited before with no more spent; else it is now.
  bool visit(uint64_t state, Spent spent) {
    if (entries_.size() < 2 * (used_ + 1)) grow();
    Entry& entry = find(state);
    if (entry.state == state && entry.spent.preemptions <= spent.preemptions && entry.spent.delays <= spent.delays)
      return true;
    // Of two visits of which neither covers the other, the later is remembered: at worst something is run twice.
    used_ += entry.state == 0;
    entry = {state, spent};
    return false;
  }

  void clear() {
    entries_.assign(entries_.size(), {});
    used_ = 0;
  }

 private:
  struct Entry {
    uint64_t state = 0;  // 0: free
    Spent spent;
  };

  Entry& find(uint64_t state) {
    size_t at = size_t(state) & (entries_.size() - 1);
    while (entries_[at].state != 0 && entries_[at].state != state) at = (at + 1) & (entries_.size() - 1);
    return entries_[at];
  }

  void grow() {
    std::vector<Entry> old(entries_.size() * 2 + !entries_.size() * 1024);
    old.swap(entries_);
    for (const Entry& entry : old)
      if (entry.state != 0) find(entry.state) = entry;
  }

  std::vector<Entry> entries_;
  size_t used_ = 0;
};

}  // namespace memmap::explore
