// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "support/seq_cst_order.h"

namespace memmap::explore {

namespace {

bool has(const auto& set, size_t event) { return (set[event / 64] >> event % 64 & 1) != 0; }

}  // namespace

// The event and all before it.
void SeqCstOrder::join(Set& set, size_t event) const {
  for (size_t word = 0; word < words(); ++word) set[word] |= events_[event].before[word];
  set[event / 64] |= uint64_t{1} << event % 64;
}

// What must be before a new access with that place among those to the object: what happens before it, and earlier
// places.
SeqCstOrder::Set SeqCstOrder::before(const Clock& now, const void* object, uint64_t place) const {
  Set set{};
  for (size_t event = events_.size(); event-- > 0;) {
    const Event& its = events_[event];
    if (has(set, event)) continue;
    if (its.time <= now.at[its.fiber] || (its.object == object && its.place() < place)) join(set, event);
  }
  return set;
}

bool SeqCstOrder::allows_load(const Clock& now, const void* object, uint32_t index) const {
  if (events_.size() == kEventsMax) return false;
  const uint64_t place = uint64_t{index} * 2 + 1;
  const Set earlier = before(now, object, place);
  for (size_t event = 0; event < events_.size(); ++event)
    if (events_[event].object == object && events_[event].place() > place && has(earlier, event)) return false;
  return true;
}

void SeqCstOrder::add(uint32_t fiber, const Clock& now, const void* object, uint32_t index, bool load) {
  if (events_.size() == kEventsMax) return;
  Event added = {object, fiber, now.at[fiber], index, load, {}};
  added.before = before(now, object, added.place());
  const size_t number = events_.size();
  events_.push_back(added);
  for (size_t event = 0; event < number; ++event) {
    if (events_[event].object != object || events_[event].place() <= added.place()) continue;
    // A load of an older value: it, and all before it, come before that event and all after that.
    for (size_t later = 0; later < number; ++later)
      if (later == event || has(events_[later].before, event)) join(events_[later].before, number);
  }
}

}  // namespace memmap::explore
