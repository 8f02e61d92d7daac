// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The calls of memmap.h that work on a domain.
#include <new>

#include "memmap/pool.h"
#include "memmap/request.h"
#include "sched/domain.h"

namespace memmap::pages {

namespace {

using sched::Domain;

static_assert(sizeof(Domain) <= sizeof(memmap_domain) && alignof(Domain) <= alignof(memmap_domain));

Domain& inside(memmap_domain& domain) { return *std::launder(reinterpret_cast<Domain*>(domain.opaque)); }

memmap_pool& pool_of(Domain& domain) { return *reinterpret_cast<memmap_pool*>(domain.pool); }

// Calls body(domain, seat) with the domain pinned; `blocking` calls are refused inside a hook.
template <typename Body>
int with(memmap_domain* domain, bool blocking, Body body) {
  if (!domain) return MEMMAP_INVALID;
  Domain& own = inside(*domain);
  if (!own.slot || !own.slot->pin(own.generation)) return MEMMAP_CLOSED;
  sched::Pool& engine = *own.pool;
  memmap_self& self = *engine.env->self(engine.env->context);
  sched::Holding holding;
  // Also for a worker's hook: what the worker itself holds goes on being what its stall report says.
  sched::Seat seat = {engine, self, holding, self.group, false};
  // Who waits works here meanwhile: the worker on the same CPU lets it.
  sched::Worker* const host = blocking && self.beside < engine.topology->nr_workers && self.beside != self.worker
                                  ? &engine.workers[self.beside]
                                  : nullptr;
  if (host) host->guests.fetch_add(1, relaxed);
  const int status = blocking && self.depth != 0 ? int{MEMMAP_WOULD_DEADLOCK} : body(own, seat);
  if (host) host->guests.fetch_sub(1, relaxed);
  own.slot->unpin(*engine.env, engine.drained, false);
  return status;
}

template <typename Visit>
void for_each_request(Domain& domain, Visit visit) {
  for (sched::Job* job = domain.newest(); job; job = job->next) visit(static_cast<Request&>(*job));
}

PageRange span_of(const memmap_request& request) { return {request.start_pfn, request.start_pfn + request.nr_pages}; }

int check_chain(const memmap_request* first) {
  uint64_t at = 0;
  for (const memmap_request* request = first; request; request = request->next) {
    if (const int status = check_request(*request)) return status;
    if (request->start_pfn < at) return MEMMAP_INVALID;
    at = request->start_pfn + request->nr_pages;
  }
  return MEMMAP_OK;
}

void give_back(memmap_pool& pool, const memmap_request* from, const memmap_request* to) {
  for (; from != to; from = from->next) pool.sections.give_back(span_of(*from));
}

int take(memmap_pool& pool, const memmap_request* first) {
  for (const memmap_request* request = first; request; request = request->next) {
    const PageRange span = span_of(*request);
    const int status = !pool.sections.holds(span) ? MEMMAP_OUTSIDE
                       : pool.sections.take(span) ? MEMMAP_OK
                                                  : MEMMAP_OVERLAP;
    if (status == MEMMAP_OK) continue;
    give_back(pool, first, request);
    return status;
  }
  return MEMMAP_OK;
}

// A chain of jobs, newest first; empty while none was made.
struct Chain {
  sched::Job* newest = nullptr;
  sched::Job* oldest = nullptr;
};

void unmake(Chain chain) {
  for (sched::Job* job = chain.newest; job;) {
    sched::Job* const next = job == chain.oldest ? nullptr : job->next;
    unmake_request(static_cast<Request&>(*job));
    job = next;
  }
}

int make(memmap_pool& pool, const memmap_request* first, Chain* chain) {
  for (const memmap_request* request = first; request; request = request->next) {
    Request* made = nullptr;
    if (const int status = make_request(*request, pool, &made)) return status;
    made->next = chain->newest;
    made->next_live.store(chain->newest, relaxed);
    chain->newest = made;
    if (!chain->oldest) chain->oldest = made;
  }
  return MEMMAP_OK;
}

int submit(memmap_pool& pool, const memmap_request* first, sched::Seat& seat, Domain& domain) {
  if (const int status = take(pool, first)) return status;
  Chain chain;
  int status = make(pool, first, &chain);
  if (status == MEMMAP_OK) status = sched::count_in(domain);
  if (status != MEMMAP_OK) {
    unmake(chain);
    give_back(pool, first, nullptr);
    return status;
  }
  for (const memmap_request* request = first; request; request = request->next)
    pool.sections.clear_ready(span_of(*request));
  sched::publish(seat, domain, chain.newest, chain.oldest);
  return MEMMAP_OK;
}

int flush_pages(sched::Seat& seat, Domain& domain, PageRange pages) {
  bool found = false;
  int status = MEMMAP_OK;
  for_each_request(domain, [&](Request& request) {
    const PageRange part = intersect(pages, request.span);
    if (part.empty()) return;
    found = true;
    const uint64_t first = (part.begin >> request.unit_shift) - request.first_unit;
    const uint64_t last = ((part.end - 1) >> request.unit_shift) - request.first_unit + 1;
    if (const int result = sched::flush_units(seat, domain, request, first, last)) status = result;
  });
  return found ? status : int{MEMMAP_OUTSIDE};
}

// Calls undo for what was done. The first error; the others are called all the same.
int undo(const Request& request) {
  int error = 0;
  for (uint64_t unit = 0; request.hooks.undo && unit < request.nr_units; ++unit) {
    if (!(request.done_bits(unit / kWordBits) >> unit % kWordBits & 1)) continue;
    request.for_each_present(request.pages_of(unit, unit + 1), [&](PageRange part) {
      const int result = request.hooks.undo(request.hooks.context, part.begin, part.size());
      if (error == 0) error = result;
      return 0;
    });
  }
  return error;
}

int cancel_and_undo(sched::Seat& seat, Domain& domain) {
  const bool first = sched::cancel(seat, domain);
  // Also by one who comes second, for when it returns the first may not be so far.
  for_each_request(domain, [&](Request& request) { request.pool->sections.clear_ready(request.span); });
  if (!first) return MEMMAP_OK;
  int error = 0;
  ++seat.self.depth;  // undo is a hook like the others: its waiting for this domain would be for itself
  for_each_request(domain, [&](Request& request) {
    const int result = undo(request);
    if (error == 0) error = result;
  });
  --seat.self.depth;
  return error;
}

}  // namespace

}  // namespace memmap::pages

using namespace memmap;
using namespace memmap::pages;

extern "C" int memmap_domain_open(memmap_domain* domain, memmap_pool* pool, const memmap_domain_options* options) {
  if (!domain || !pool || reinterpret_cast<uintptr_t>(domain) % alignof(memmap_domain) != 0) return MEMMAP_INVALID;
  Domain& own = *new (domain->opaque) Domain;
  sched::open(own, pool->engine, options ? *options : memmap_domain_options{});
  return MEMMAP_OK;
}

extern "C" int memmap_init_async(const memmap_request* request, memmap_domain* domain) {
  if (!request) return MEMMAP_INVALID;
  if (const int status = check_chain(request)) return status;
  return with(domain, false, [&](Domain& own, sched::Seat& seat) { return submit(pool_of(own), request, seat, own); });
}

extern "C" int memmap_flush(memmap_domain* domain) {
  return with(domain, true, [](Domain& own, sched::Seat& seat) { return sched::flush(seat, own); });
}

extern "C" int memmap_flush_range(memmap_domain* domain, uint64_t pfn, uint64_t nr_pages) {
  if (nr_pages == 0 || pfn >= kPfnLimit || nr_pages > kPfnLimit - pfn) return MEMMAP_INVALID;
  return with(domain, true, [&](Domain& own, sched::Seat& seat) {
    return flush_pages(seat, own, {pfn, pfn + nr_pages});
  });
}

extern "C" int memmap_cancel(memmap_domain* domain) {
  return with(domain, true, [](Domain& own, sched::Seat& seat) { return cancel_and_undo(seat, own); });
}

extern "C" int memmap_domain_close(memmap_domain* domain) {
  bool ours = false;
  const int status = with(domain, true, [&ours](Domain& own, sched::Seat& seat) {
    ours = sched::begin_close(own);
    return ours ? sched::flush(seat, own) : int{MEMMAP_CLOSED};
  });
  if (!ours) return status;
  Domain& own = inside(*domain);
  own.slot->close(*own.pool->env, own.pool->drained);
  for_each_request(own, [](Request& request) { request.pool->sections.give_back(request.span); });
  sched::end_close(own);
  return status;
}

extern "C" int memmap_progress(memmap_domain* domain, memmap_progress_counts* counts) {
  if (!counts) return MEMMAP_INVALID;
  return with(domain, false, [&](Domain& own, sched::Seat&) {
    *counts = {};
    for_each_request(own, [&](const Request& request) {
      const bool over = request.over();  // before the look at what is done, or a late unit counts as dropped
      const uint64_t done = request.done_pages();
      ++counts->requests;
      counts->total_pages += request.total_pages;
      counts->done_pages += done;
      if (over) counts->dropped_pages += request.total_pages - done;
    });
    return int{MEMMAP_OK};
  });
}

extern "C" bool memmap_ready(const memmap_pool* pool, uint64_t pfn) { return pool->sections.ready(pfn); }
