// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The memory that explored fibers see: which values a load may return, and what happens before what.
//
// interleaved   every load returns the newest value: sequential consistency. Orders still matter for happens-before.
// store_buffer  x86 (TSO): a store that is not seq_cst waits in its fiber's own queue. Read-modify-writes, seq_cst
// stores,
//               park and unpark empty it. Whether others see a waiting store is decided when they look.
// weak          C++ without load speculation: a load may return any value that is not older than what happens before it
//               (vector clocks), than what its fiber saw before (coherence), or, if seq_cst, than their total order
//               (seq_cst_order.h) allows. Modification order is the order of execution; read-modify-writes take the
//               newest.
//
// In each of them plain data can be watched: two accesses of which one writes must be ordered by happens-before.
// Parking and unparking order nothing. The newest values are also in the real memory, so outside of fibers all looks as
// usual.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/atomic.h"
#include "support/clock.h"
#include "support/seq_cst_order.h"
#include "support/visited_states.h"

namespace memmap::explore {

enum class Memory { interleaved, store_buffer, weak };

// Whom the memory asks where more than one value is allowed: 0 is the newest, any other is a *delay*.
class Oracle {
 public:
  virtual ~Oracle() = default;
  virtual uint32_t choose_value(uint32_t options) = 0;
};

class ExploredMemory {
 public:
  explicit ExploredMemory(Oracle& oracle) : oracle_(oracle) {}

  // A new execution; only knowledge of contention stays. An enumeration, which begins again when there is news of that,
  // may ignore what is not contended, and returns no old values any more after such news.
  void begin(Memory model, bool enumerating);

  // Notes an access. True: some execution had this object accessed by two fibers, one of them writing, so the order is
  // worth exploring. `learnt` says whether this was news since the last call of learnt().
  bool contended(uint32_t fiber, const void* object, bool writes);
  bool learnt() { return std::exchange(learnt_, false); }
  uint32_t nr_contended() const { return nr_contended_; }

  uint64_t load(uint32_t fiber, const void* object, size_t size, Order order);
  void store(uint32_t fiber, void* object, size_t size, uint64_t value, Order order);
  // Returns the old value; `change` computes the new one, or refuses (a failed compare-exchange).
  template <typename Change>
  uint64_t modify(uint32_t fiber, void* object, size_t size, Order order, Change change) {
    const uint64_t old = newest(fiber, object, size);
    uint64_t value = old;
    if (!change(value)) return old;
    if (is_private(fiber, object))
      write(object, size, value);
    else
      after_modify(fiber, object, size, value, order);
    return old;
  }
  // The value that a read-modify-write, or park, finds.
  uint64_t newest(uint32_t fiber, const void* object, size_t size);
  void drain(uint32_t fiber);  // everything that fiber has stored is seen by all
  void drain_all();

  // Plain data: the fiber whose earlier access to it this one races with.
  static constexpr uint32_t kNobody = UINT32_MAX;
  uint32_t plain_access(uint32_t fiber, const void* object, bool writes);
  // Memory is given back: the fiber whose earlier access to something in it is not ordered before that. Relaxed or not,
  // it might be carried out when somebody else has the memory.
  uint32_t touched_before(uint32_t fiber, const void* memory, size_t bytes) const;

  // Two fibers met at a word, one to park, one to unpark: who was first matters.
  void meet(uint32_t fiber, const void* word);
  // A hash of all accesses to contended objects so far, of which store each load found, and of the order of stores:
  // executions that agree in that are in the same state.
  uint64_t state() const;

  // In order of first access within this execution: for reports.
  uint32_t number_of(const void* object) { return find(object).number; }

  static uint64_t read(const void* object, size_t size);
  static void write(void* object, size_t size, uint64_t value);

 private:
  struct Stored {
    uint64_t value;
    Clock released;  // what who acquires it learns
    uint64_t event;  // hash of the store, and by that of all that it depends on
  };
  struct Seen {  // from `time` on, `fiber` knows of stores[index]
    uint32_t fiber, time, index;
  };
  struct Location {
    const void* object = nullptr;
    bool contended = false;
    uint32_t execution = 0;  // the following belongs to
    uint32_t number = 0;
    uint32_t readers = 0, writers = 0;  // bit masks
    std::vector<Stored> stores;         // modification order; [0] was there before
    std::vector<Seen> seen;
    uint32_t plain_writer = kNobody, plain_write_time = 0;
    Clock plain_reads;
    Clock touched;       // last atomic access of each fiber
    uint64_t write = 0;  // hash of the last write, where it is not in `stores`
  };
  struct Waiting {  // in a store buffer
    void* object;
    size_t size;
    uint64_t value;
    Clock released;
    uint64_t event;
  };

  uint64_t happen(uint32_t fiber, const void* object, uint64_t after);
  Location& find(const void* object);
  Location& find_in_table(const void* object);
  // What no other fiber's access conflicts with needs no history: its one value, and what its fiber does with it,
  // follow from what that fiber has found elsewhere. Not so while stores wait: what empties a buffer concerns
  // everybody.
  bool is_private(uint32_t fiber, const void* object) {
    return enumerating_ && !find(object).contended && buffers_[fiber].empty();
  }
  Location& location(const void* object, size_t size);
  void grow_table();
  Clock& tick(uint32_t fiber);
  Clock& touch(uint32_t fiber, const void* object);
  void see(Location& location, uint32_t fiber, uint32_t index, bool load, Order order);
  uint32_t oldest_allowed(const Location& location, uint32_t fiber, Order order) const;
  void commit(uint32_t fiber, const Waiting& store, Order order);
  const Waiting* forwarded(uint32_t fiber, const void* object);
  void commit_first(uint32_t fiber);
  void settle(uint32_t fiber, const void* object);
  uint32_t nr_waiting(uint32_t fiber, const void* object) const;
  void after_modify(uint32_t fiber, void* object, size_t size, uint64_t value, Order order);

  Oracle& oracle_;
  Memory model_ = Memory::interleaved;
  bool enumerating_ = false;
  uint32_t execution_ = 0;
  uint32_t arriving_ = 0;      // bit mask of fibers whose first waiting store is about to leave its buffer
  uint32_t nr_locations_ = 0;  // of this execution
  uint32_t nr_contended_ = 0;  // of all executions
  bool learnt_ = false;
  std::array<Clock, kMaxFibers> clocks_;
  SeqCstOrder seq_cst_order_;
  std::array<uint64_t, kMaxFibers> events_{};  // hash of each fiber's last one, and by that of all before
  uint64_t arrived_ = 0;                       // of the stores that have left store buffers
  std::array<std::deque<Waiting>, kMaxFibers> buffers_;
  std::deque<Location> locations_;
  Location* last_found_ = nullptr;
  std::vector<Location*> table_ = std::vector<Location*>(1024);  // hash of address, linear probing
};

}  // namespace memmap::explore
