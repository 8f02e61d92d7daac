// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What every call of the public API does around the engine's: find the domain, pin it, take a seat.
#pragma once

#include <new>

#include "memmap/pool.h"
#include "sched/domain.h"

namespace memmap::pages {

static_assert(sizeof(sched::Domain) <= sizeof(memmap_domain) && alignof(sched::Domain) <= alignof(memmap_domain));

inline sched::Domain& inside(memmap_domain& domain) {
  return *std::launder(reinterpret_cast<sched::Domain*>(domain.opaque));
}

inline memmap_pool& pool_of(sched::Domain& domain) { return *reinterpret_cast<memmap_pool*>(domain.pool); }

// The worker on the caller's CPU lets it work there while it waits.
class Guest {
 public:
  Guest(sched::Pool& engine, const memmap_self& self)
      : host_(self.beside < engine.topology->nr_workers && self.beside != self.worker ? &engine.workers[self.beside]
                                                                                      : nullptr) {
    if (host_) host_->guests.fetch_add(1, relaxed);
  }
  ~Guest() {
    if (host_) host_->guests.fetch_sub(1, relaxed);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

 private:
  sched::Worker* const host_;
};

// Where a call says what it holds: a caller on its stack; a worker, which is inside a hook, where a report finds it.
class Held {
 public:
  Held(memmap_pool& pool, const memmap_self& self)
      : nested_(self.worker < pool.engine.topology->nr_workers ? &pool.nested[self.worker] : nullptr),
        depth_(nested_ ? nested_->depth.load(relaxed) : Nested::kMax) {
    if (nested_) nested_->depth.store(depth_ + 1, relaxed);
  }
  ~Held() {
    if (nested_) nested_->depth.store(depth_, relaxed);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  sched::Holding& holding() { return depth_ < Nested::kMax ? nested_->holdings[depth_] : own_; }

 private:
  Nested* const nested_;
  const uint32_t depth_;
  sched::Holding own_;
};

// Calls body(domain, seat) with the domain pinned.
template <typename Body>
int with(memmap_domain* domain, Body body) {
  if (!domain) return MEMMAP_INVALID;
  sched::Domain& own = inside(*domain);
  // Once, so that who breaks the rule and opens it meanwhile unpins what was pinned.
  sched::Slot* const slot = own.slot;
  const uint32_t generation = own.generation;
  if (!slot || generation == sched::Slot::kAny || !slot->pin(generation)) return MEMMAP_CLOSED;
  sched::Pool& engine = *own.pool;
  memmap_self& self = *engine.env->self(engine.env->context);
  Held held(pool_of(own), self);
  sched::Seat seat = {engine, self, held.holding(), false};
  const int status = body(own, seat);
  slot->unpin(*engine.env, engine.drained, false);
  return status;
}

// From inside a hook of the domain's own, or of one below it.
inline bool would_deadlock(const sched::Domain& own, const sched::Seat& seat) { return own.depth < seat.self.depth; }

// The same for calls that may block.
template <typename Body>
int with_blocking(memmap_domain* domain, Body body) {
  return with(domain, [&](sched::Domain& own, sched::Seat& seat) {
    if (would_deadlock(own, seat)) return int{MEMMAP_WOULD_DEADLOCK};
    const Guest guest(seat.pool, seat.self);
    return body(own, seat);
  });
}

}  // namespace memmap::pages
