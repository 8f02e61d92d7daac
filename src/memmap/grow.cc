// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Growth on demand: an allocation found its node's zone empty while most of the node waits to be initialised. As
// Linux's deferred_grow_zone(), but while workers run, and without a lock that they would wait for.
#include "memmap/call.h"
#include "memmap/family.h"
#include "memmap/pool.h"
#include "memmap/request.h"
#include "memmap/traced.h"

namespace memmap::pages {

namespace {

bool has_unclaimed(const Request& request) {
  for (uint32_t i = 0; i < request.nr_stripes; ++i)
    if (request.stripes[i].unclaimed_hint() != 0) return true;
  return false;
}

// The node's lowest boot request from `pfn` on that may have unclaimed units.
Request* lowest_request(sched::Domain& domain, uint32_t nid, uint64_t pfn) {
  Request* lowest = nullptr;
  for (sched::Job* job = domain.newest(); job; job = job->next) {
    Request* const request = as_request(job);
    if (!request || !request->at_boot() || request->nid != nid || request->span.begin < pfn) continue;
    if ((!lowest || request->span.begin < lowest->span.begin) && has_unclaimed(*request)) lowest = request;
  }
  return lowest;
}

// Behind the cursor all is unclaimed, below it what those who are at work were given: so that the zone's size does not
// count, all of it is looked through only where neither has a unit.
sched::Grain lowest_unit(Request& request, sched::Stripe& stripe) {
  const uint64_t full = stripe.full.load(relaxed) * kWordBits;
  const auto from = [&](uint64_t unit) {
    unit = larger(larger(unit, full), stripe.begin);
    return sweep(request, stripe, 1, unit, stripe.end);
  };
  const uint64_t cursor = smaller(stripe.cursor.load(relaxed), stripe.end);
  sched::Grain unit = from(cursor);
  if (unit.bits != 0) return unit;
  unit = from(cursor - smaller(cursor, kWordBits * uint64_t{request.pool->engine.topology->nr_workers}));
  return unit.bits != 0 ? unit : sweep(request, stripe, 1);
}

// Runs unclaimed units of the request, lowest first, until `wanted` pages were handed over on its node since `since`.
// True: they were.
bool grow_request(sched::Seat& seat, sched::Domain& domain, Request& request, uint64_t since, uint64_t wanted) {
  const Atomic<uint64_t>& ready = request.pool->nodes[request.nid].ready;
  for (uint32_t i = 0; i < request.nr_stripes; ++i) {
    while (!domain.stopped()) {
      if (ready.load(relaxed) - since >= wanted) return true;
      const sched::Grain unit = lowest_unit(request, request.stripes[i]);
      if (unit.bits == 0) break;
      work_on(seat, domain, unit);
    }
  }
  return false;
}

void grow_domain(sched::Seat& seat, sched::Domain& domain, uint32_t nid, uint64_t since, uint64_t wanted) {
  for (uint64_t pfn = 0; Request* const request = lowest_request(domain, nid, pfn); pfn = request->span.end)
    if (grow_request(seat, domain, *request, since, wanted)) return;
}

}  // namespace

}  // namespace memmap::pages

extern "C" uint64_t memmap_node_ready_pages(const memmap_pool* pool, uint32_t nid) {
  using namespace memmap;
  return pool && pool->knows(nid) ? pool->nodes[nid].ready.load(acquire) : 0;  // N2 with N1: what was handed over
}

extern "C" bool memmap_grow(memmap_pool* pool, uint32_t nid, uint64_t nr_pages, uint64_t* seen) {
  using namespace memmap;
  using namespace memmap::pages;
  if (!pool || !seen || !pool->knows(nid)) return false;
  sched::Pool& engine = pool->engine;
  memmap_self& self = *engine.env->self(engine.env->context);
  Held held(*pool, self);
  sched::Seat seat = {engine, self, held.holding(), true};
  memmap_trace event = begin_trace(*engine.env, MEMMAP_TRACE_GROW, nullptr);
  for_each_domain(engine, true, [&](sched::Domain& domain) { grow_domain(seat, domain, nid, *seen, nr_pages); });
  end_trace(*engine.env, event, {0, nr_pages}, MEMMAP_OK);
  const uint64_t now = memmap_node_ready_pages(pool, nid);
  const bool moved = now != *seen;
  *seen = now;
  return moved;
}
