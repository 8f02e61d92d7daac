// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "support/explored_memory.h"

#include <cstring>

namespace memmap::explore {
namespace {

bool acquires(Order order) { return order == acquire || order == acq_rel || order == seq_cst; }
bool releases(Order order) { return order == release || order == acq_rel || order == seq_cst; }

size_t hash(const void* object) {
  return size_t((reinterpret_cast<uintptr_t>(object) >> 2) * 0x9E3779B97F4A7C15 >> 32);
}

}  // namespace

uint64_t ExploredMemory::read(const void* object, size_t size) {
  uint64_t value = 0;
  std::memcpy(&value, object, size);
  return value;
}

void ExploredMemory::write(void* object, size_t size, uint64_t value) { std::memcpy(object, &value, size); }

void ExploredMemory::begin(Memory model, bool enumerating) {
  model_ = model;
  enumerating_ = enumerating;
  ++execution_;
  nr_locations_ = 0;
  clocks_.fill({});
  seq_cst_order_.clear();
  for (uint32_t fiber = 0; fiber < kMaxFibers; ++fiber) events_[fiber] = fiber;
  arrived_ = 0;
  arriving_ = 0;
  for (auto& buffer : buffers_) buffer.clear();
}

// An access asks for its object several times.
ExploredMemory::Location& ExploredMemory::find(const void* object) {
  if (last_found_ == nullptr || last_found_->object != object || last_found_->execution != execution_)
    last_found_ = &find_in_table(object);
  return *last_found_;
}

ExploredMemory::Location& ExploredMemory::find_in_table(const void* object) {
  size_t slot = hash(object) & (table_.size() - 1);
  while (table_[slot] != nullptr && table_[slot]->object != object) slot = (slot + 1) & (table_.size() - 1);
  if (table_[slot] == nullptr) {
    locations_.emplace_back().object = object;
    table_[slot] = &locations_.back();
    if (locations_.size() * 2 > table_.size()) {
      grow_table();
      return find_in_table(object);
    }
  }
  Location& found = *table_[slot];
  if (found.execution != execution_) {
    found.execution = execution_;
    found.number = nr_locations_++;
    found.readers = found.writers = 0;
    found.stores.clear();
    found.seen.clear();
    found.plain_writer = kNobody;
    found.plain_reads = found.touched = {};
    found.write = 0;
  }
  return found;
}

uint32_t ExploredMemory::touched_before(uint32_t fiber, const void* memory, size_t bytes) const {
  const char* const begin = static_cast<const char*>(memory);
  for (const Location& location : locations_) {
    const char* const at = static_cast<const char*>(location.object);
    if (location.execution != execution_ || at < begin || at >= begin + bytes) continue;
    for (uint32_t other = 0; other < kMaxFibers; ++other)
      if (other != fiber && location.touched.at[other] > clocks_[fiber].at[other]) return other;
  }
  return kNobody;
}

void ExploredMemory::grow_table() {
  table_.assign(table_.size() * 2, nullptr);
  for (Location& location : locations_) {
    size_t slot = hash(location.object) & (table_.size() - 1);
    while (table_[slot] != nullptr) slot = (slot + 1) & (table_.size() - 1);
    table_[slot] = &location;
  }
}

bool ExploredMemory::contended(uint32_t fiber, const void* object, bool writes) {
  Location& location = find(object);
  (writes ? location.writers : location.readers) |= 1u << fiber;
  const uint32_t users = location.readers | location.writers;
  const bool conflict = location.writers != 0 && (users & (users - 1)) != 0;
  if (conflict && !location.contended) {
    location.contended = learnt_ = true;
    ++nr_contended_;
  }
  // What empties a store buffer concerns everybody, whatever object it is done to.
  return location.contended || (writes && !buffers_[fiber].empty());
}

// The location with its history. A value that no explored store left there is one of a new object: history starts anew.
ExploredMemory::Location& ExploredMemory::location(const void* object, size_t size) {
  Location& location = find(object);
  const uint64_t now = read(object, size);
  if (location.stores.empty() || location.stores.back().value != now) {
    location.stores.assign(1, {now, {}, now});
    location.seen.clear();
  }
  return location;
}

// Something happens in a fiber, after `after`.
uint64_t ExploredMemory::happen(uint32_t fiber, const void* object, uint64_t after) {
  return events_[fiber] = mix(mix(events_[fiber], reinterpret_cast<uintptr_t>(object)), after);
}

uint64_t ExploredMemory::state() const {
  uint64_t hash = arrived_;
  for (const uint64_t event : events_) hash = mix(hash, event);
  return hash;
}

void ExploredMemory::meet(uint32_t fiber, const void* word) {
  Location& place = find(static_cast<const char*>(word) + 1);  // beside its value, which is another matter
  place.write = happen(fiber, word, place.write);
}

Clock& ExploredMemory::tick(uint32_t fiber) {
  ++clocks_[fiber].at[fiber];
  return clocks_[fiber];
}

Clock& ExploredMemory::touch(uint32_t fiber, const void* object) {
  Clock& now = tick(fiber);
  find(object).touched.at[fiber] = now.at[fiber];
  return now;
}

void ExploredMemory::see(Location& location, uint32_t fiber, uint32_t index, bool load, Order order) {
  if (model_ != Memory::weak || (enumerating_ && !location.contended)) return;
  location.seen.push_back({fiber, clocks_[fiber].at[fiber], index});
  if (order == seq_cst) seq_cst_order_.add(fiber, clocks_[fiber], location.object, index, load);
}

// The oldest store that a load may return.
uint32_t ExploredMemory::oldest_allowed(const Location& location, uint32_t fiber, Order order) const {
  uint32_t newest = uint32_t(location.stores.size()) - 1;
  if (model_ != Memory::weak || newest == 0) return newest;
  if (enumerating_ && (learnt_ || !location.contended)) return newest;
  uint32_t oldest = 0;
  for (const Seen& seen : location.seen)
    if (seen.index > oldest && seen.time <= clocks_[fiber].at[seen.fiber]) oldest = seen.index;
  if (order != seq_cst) return oldest;
  while (newest > oldest && seq_cst_order_.allows_load(clocks_[fiber], location.object, newest - 1)) --newest;
  return newest;
}

// The fiber's own last store to the object, if that waits in its buffer. Where others' stores wait too, ours may have
// arrived, and theirs after it, before we look: then they are what we see.
const ExploredMemory::Waiting* ExploredMemory::forwarded(uint32_t fiber, const void* object) {
  if (nr_waiting(fiber, object) == 0) return nullptr;
  bool others = false;
  for (uint32_t other = 0; other < kMaxFibers; ++other) others |= other != fiber && nr_waiting(other, object) != 0;
  if (others && oracle_.choose_value(2) != 0)
    while (nr_waiting(fiber, object) != 0) commit_first(fiber);
  for (auto own = buffers_[fiber].rbegin(); own != buffers_[fiber].rend(); ++own)
    if (own->object == object) return &*own;
  return nullptr;
}

uint64_t ExploredMemory::load(uint32_t fiber, const void* object, size_t size, Order order) {
  touch(fiber, object);
  if (is_private(fiber, object)) return read(object, size);
  if (const Waiting* own = forwarded(fiber, object)) {
    happen(fiber, object, own->event);
    return own->value;
  }
  settle(fiber, object);
  Location& place = location(object, size);
  const uint32_t newest = uint32_t(place.stores.size()) - 1;
  const uint32_t options = newest - oldest_allowed(place, fiber, order) + 1;
  const uint32_t index = newest - (options > 1 ? oracle_.choose_value(options) : 0);
  see(place, fiber, index, true, order);
  happen(fiber, object, place.stores[index].event);
  if (acquires(order)) clocks_[fiber].join(place.stores[index].released);
  return place.stores[index].value;
}

void ExploredMemory::store(uint32_t fiber, void* object, size_t size, uint64_t value, Order order) {
  const Clock& now = touch(fiber, object);
  if (is_private(fiber, object)) return write(object, size, value);
  const Waiting store = {object, size, value, releases(order) ? now : Clock{}, happen(fiber, object, 0)};
  if (model_ == Memory::store_buffer && order != seq_cst) {
    buffers_[fiber].push_back(store);
    return;
  }
  drain(fiber);
  settle(fiber, object);
  commit(fiber, store, order);
  happen(fiber, object, find(object).stores.back().event);
}

// A store comes after the one before it. Not after the loads of that one: what these found is in their fibers' hashes,
// and with a weak memory they might as well come later, and load an old value.
void ExploredMemory::commit(uint32_t fiber, const Waiting& store, Order order) {
  Location& place = location(store.object, store.size);
  const uint64_t event = mix(store.event, place.stores.back().event);
  place.stores.push_back({store.value, store.released, event});
  see(place, fiber, uint32_t(place.stores.size()) - 1, false, order);
  write(store.object, store.size, store.value);
}

uint64_t ExploredMemory::newest(uint32_t fiber, const void* object, size_t size) {
  touch(fiber, object);
  drain(fiber);
  if (is_private(fiber, object)) return read(object, size);
  settle(fiber, object);
  Location& place = location(object, size);
  see(place, fiber, uint32_t(place.stores.size()) - 1, true, relaxed);
  happen(fiber, object, place.stores.back().event);
  return place.stores.back().value;
}

// A read-modify-write goes on with the release sequence of the store that it read.
void ExploredMemory::after_modify(uint32_t fiber, void* object, size_t size, uint64_t value, Order order) {
  Clock released = location(object, size).stores.back().released;
  if (acquires(order)) clocks_[fiber].join(released);
  if (releases(order)) released.join(clocks_[fiber]);
  commit(fiber, {object, size, value, released, events_[fiber]}, order);
  happen(fiber, object, find(object).stores.back().event);
}

void ExploredMemory::commit_first(uint32_t fiber) {
  const Waiting first = buffers_[fiber].front();
  buffers_[fiber].pop_front();
  arriving_ |= 1u << fiber;  // what waits behind it comes after it
  settle(fiber, first.object);
  arriving_ &= ~(1u << fiber);
  commit(fiber, first, release);
  arrived_ += find(first.object).stores.back().event;
}

void ExploredMemory::drain(uint32_t fiber) {
  while (!buffers_[fiber].empty()) commit_first(fiber);
}

void ExploredMemory::drain_all() {
  for (uint32_t fiber = 0; fiber < kMaxFibers; ++fiber) drain(fiber);
}

// Somebody is about to look at `object` in memory: for each other fiber that has stores to it waiting, choose how many
// arrive first. The default is all. Those to other objects arrive with them, in their order; nobody looks at these now.
void ExploredMemory::settle(uint32_t fiber, const void* object) {
  if (model_ != Memory::store_buffer) return;
  for (uint32_t other = 0; other < kMaxFibers; ++other) {
    if (other == fiber || (arriving_ >> other & 1) != 0) continue;
    const uint32_t waiting = nr_waiting(other, object);
    if (waiting == 0) continue;
    const uint32_t late = oracle_.choose_value(waiting + 1);
    while (nr_waiting(other, object) > late) commit_first(other);
  }
}

uint32_t ExploredMemory::nr_waiting(uint32_t fiber, const void* object) const {
  uint32_t n = 0;
  for (const Waiting& store : buffers_[fiber]) n += store.object == object;
  return n;
}

uint32_t ExploredMemory::plain_access(uint32_t fiber, const void* object, bool writes) {
  Location& place = find(object);
  const Clock& now = tick(fiber);
  if (place.plain_writer != kNobody && place.plain_write_time > now.at[place.plain_writer]) return place.plain_writer;
  if (!writes) {
    place.plain_reads.at[fiber] = now.at[fiber];
    happen(fiber, object, place.write);
    return kNobody;
  }
  place.write = happen(fiber, object, place.write);
  for (uint32_t other = 0; other < kMaxFibers; ++other)
    if (place.plain_reads.at[other] > now.at[other]) return other;
  place.plain_writer = fiber;
  place.plain_write_time = now.at[fiber];
  return kNobody;
}

}  // namespace memmap::explore
