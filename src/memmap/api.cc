// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The calls of memmap.h that work on a domain.
#include "memmap/call.h"
#include "memmap/family.h"
#include "memmap/request.h"
#include "memmap/traced.h"

namespace memmap::pages {

namespace {

using sched::Domain;

template <typename Visit>
void for_each_request(Domain& domain, Visit visit) {
  for (sched::Job* job = domain.newest(); job; job = job->next)
    if (Request* const request = as_request(job)) visit(*request);
}

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
  uint64_t nr = 0;
};

void unmake(Chain chain) {
  for (sched::Job* job = chain.newest; job;) {
    sched::Job* const next = job == chain.oldest ? nullptr : job->next;
    unmake_range(static_cast<Request&>(*job));
    job = next;
  }
}

int make(memmap_pool& pool, const memmap_request* first, const Domain& domain, Chain* chain) {
  for (const memmap_request* request = first; request; request = request->next) {
    Request* made = nullptr;
    if (const int status = make_request(*request, pool, &made)) return status;
    made->domain = &domain;
    made->next = chain->newest;
    made->next_live.store(chain->newest, relaxed);
    chain->newest = made;
    if (!chain->oldest) chain->oldest = made;
    ++chain->nr;
  }
  return MEMMAP_OK;
}

// All of what is plugged. At boot its units only: what is between them others have written, before.
void clear_ready(Request& request) {
  if (request.kind == MEMMAP_DEVICE || request.kind == MEMMAP_ADDED)
    return request.pool->sections.clear_ready(request.span);
  request.for_each_present(request.span, [&](PageRange part) {
    const PageRange own = request.units_of(part);
    request.pool->sections.clear_ready(request.pages_of(own.begin, own.end));
    return 0;
  });
}

int submit(memmap_pool& pool, const memmap_request* first, sched::Seat& seat, Domain& domain) {
  if (const int status = take(pool, first)) return status;
  Chain chain;
  int status = make(pool, first, domain, &chain);
  if (status == MEMMAP_OK) status = sched::count_in(domain, chain.nr * Domain::kOneJob);
  if (status != MEMMAP_OK) {
    unmake(chain);
    give_back(pool, first, nullptr);
    return status;
  }
  for (sched::Job* job = chain.newest; job; job = job->next) clear_ready(static_cast<Request&>(*job));
  sched::publish(seat, domain, chain.newest, chain.oldest, chain.nr);
  return MEMMAP_OK;
}

int submit_traced(memmap_pool& pool, const memmap_request* first, sched::Seat& seat, Domain& domain) {
  const memmap_env& env = *pool.engine.env;
  memmap_trace event = begin_trace(env, MEMMAP_TRACE_SUBMIT, &domain);
  const int status = submit(pool, first, seat, domain);
  for (const memmap_request* request = first; env.trace && request; request = request->next)
    end_trace(env, event, span_of(*request), status);
  return status;
}

// Whether there is nothing to wait for, nor to do.
bool is_over(Domain& domain) {
  const sched::Job* job = domain.newest();
  while (job && job->over()) job = job->next;
  return !job && domain.childless();
}

// sched::flush raises a domain, and with it those below, while it is at its own jobs; it stays raised while we are at
// one of its children.
int flush_all(sched::Seat& seat, Domain& domain) {
  int status = sched::flush(seat, domain);
  if (domain.childless()) return status;
  domain.flushers.fetch_add(1, relaxed);
  for_each_child(domain, [&](Domain& child) {
    const int result = flush_all(seat, child);
    if (status == MEMMAP_OK) status = result;
  });
  domain.flushers.fetch_sub(1, relaxed);
  return status;
}

// The pages of the domain's own requests; *found: it has some of them. A hook's error may be any number, OUTSIDE too.
int flush_pages(sched::Seat& seat, Domain& domain, PageRange pages, bool* found) {
  int status = MEMMAP_OK;
  for_each_request(domain, [&](Request& request) {
    const PageRange part = intersect(pages, request.span);
    if (part.empty()) return;
    *found = true;
    const PageRange units = request.units_of(part);
    if (const int result = sched::flush_units(seat, domain, request, units.begin, units.end)) status = result;
  });
  return status;
}

int flush_family(sched::Seat& seat, Domain& domain, PageRange pages) {
  bool found = false;
  const int status = for_family(domain, [&](Domain& member) { return flush_pages(seat, member, pages, &found); });
  return found ? status : int{MEMMAP_OUTSIDE};
}

int undo(sched::Seat& seat, Domain& domain) {
  int error = 0;
  const uint32_t outside = seat.self.depth;
  seat.self.depth = domain.depth + 1;  // a hook like the others: its waiting for this domain would be for itself
  for (sched::Job* job = domain.newest(); job; job = job->next) {
    const int result = undo_range(static_cast<const RangeJob&>(*job));
    if (error == 0) error = result;
  }
  seat.self.depth = outside;
  return error;
}

// Undone is what a domain did when nobody writes any more, here or below: a child's work may stand on its parent's.
int cancel_family(sched::Seat& seat, Domain& domain) {
  const bool first = sched::cancel(seat, domain);
  // Also by one who comes second, for when it returns the first may not be so far.
  for_each_request(domain, clear_ready);
  int error = 0;
  for_each_child(domain, [&](Domain& child) {
    const int result = cancel_family(seat, child);
    if (error == 0) error = result;
  });
  const int own = first ? undo(seat, domain) : int{MEMMAP_OK};
  return error != 0 ? error : own;
}

// What the table knows of it; what is in its own memory may be anything.
bool is_open(const sched::Pool& engine, const memmap_domain& domain) {
  for (uint64_t used = engine.used.load(relaxed); used != 0; used &= used - 1)
    if (engine.slots[lowest_bit(used)].holds(domain.opaque)) return true;
  return false;
}

// Closes the slot: when it returns nobody is inside of a call for the domain. Who is there longer than stall_ns holds
// no units any more: an undo hook that hangs, or a caller that does not run.
void wait_until_left(Domain& domain) {
  const sched::Pool& engine = *domain.pool;
  const memmap_env& env = *engine.env;
  const uint64_t began_ns = env.clock_ns(env.context);
  uint64_t report_ns = engine.stall_ns;
  domain.slot->close(env, domain.pool->drained, engine.stall_ns, [&] {
    const uint64_t waited_ns = env.clock_ns(env.context) - began_ns;
    if (waited_ns < report_ns || !env.stalled) return;
    const memmap_stall stall = {domain.name, waited_ns, MEMMAP_NO_WORKER, 0, 0, "inside"};
    env.stalled(env.context, &stall);
    report_ns = waited_ns + engine.stall_ns;
  });
}

void set_options(Domain& domain, const memmap_domain_options& options) {
  domain.max_workers = options.max_workers;
  domain.background = options.background;
  for (uint32_t i = 0; options.name && options.name[i] && i + 1 < sizeof(domain.name); ++i)
    domain.name[i] = options.name[i];
}

}  // namespace

}  // namespace memmap::pages

using namespace memmap;
using namespace memmap::pages;

extern "C" int memmap_domain_open(memmap_domain* domain, memmap_pool* pool, const memmap_domain_options* options) {
  if (!domain || !pool || reinterpret_cast<uintptr_t>(domain) % alignof(memmap_domain) != 0) return MEMMAP_INVALID;
  if (is_open(pool->engine, *domain)) return MEMMAP_BUSY;
  memmap_domain* const parent = options ? options->parent : nullptr;
  const auto open = [&](Domain* above) {
    Domain& own = *new (domain->opaque) Domain;
    set_options(own, options ? *options : memmap_domain_options{});
    const int status = sched::open(own, pool->engine, above);
    if (status != MEMMAP_OK) return new (domain->opaque) Domain, status;
    memmap_trace event = begin_trace(*pool->engine.env, MEMMAP_TRACE_OPEN, &own);
    end_trace(*pool->engine.env, event, {0, 0}, status);
    return status;
  };
  if (!parent) return open(nullptr);
  if (parent == domain) return MEMMAP_INVALID;
  return with(parent, [&](Domain& above, sched::Seat&) {
    return above.pool == &pool->engine && above.depth < kDepthMax ? open(&above) : int{MEMMAP_INVALID};
  });
}

extern "C" int memmap_init_async(const memmap_request* request, memmap_domain* domain) {
  if (!request) return MEMMAP_INVALID;
  if (const int status = check_chain(request)) return status;
  return with(domain, [&](Domain& own, sched::Seat& seat) { return submit_traced(pool_of(own), request, seat, own); });
}

extern "C" int memmap_flush(memmap_domain* domain) {
  return with(domain, [](Domain& own, sched::Seat& seat) {
    if (would_deadlock(own, seat)) return int{MEMMAP_WOULD_DEADLOCK};
    return traced(own, MEMMAP_TRACE_FLUSH, {0, 0}, [&] {
      if (is_over(own)) return sched::outcome(own);
      const Guest guest(seat.pool, seat.self);
      return flush_all(seat, own);
    });
  });
}

extern "C" int memmap_flush_range(memmap_domain* domain, uint64_t pfn, uint64_t nr_pages) {
  if (nr_pages == 0 || pfn >= kPfnLimit || nr_pages > kPfnLimit - pfn) return MEMMAP_INVALID;
  return with_blocking(domain, [&](Domain& own, sched::Seat& seat) {
    const PageRange pages = {pfn, pfn + nr_pages};
    return traced(own, MEMMAP_TRACE_FLUSH_RANGE, pages, [&] { return flush_family(seat, own, pages); });
  });
}

extern "C" int memmap_cancel(memmap_domain* domain) {
  return with_blocking(domain, [](Domain& own, sched::Seat& seat) {
    return traced(own, MEMMAP_TRACE_CANCEL, {0, 0}, [&] { return cancel_family(seat, own); });
  });
}

extern "C" int memmap_domain_close(memmap_domain* domain) {
  bool ours = false;
  memmap_trace event{};
  int status = with_blocking(domain, [&](Domain& own, sched::Seat& seat) {
    event = begin_trace(*own.pool->env, MEMMAP_TRACE_CLOSE, &own);
    sched::flush(seat, own);  // while it is open: hooks may still submit, and have children
    const int began = sched::begin_close(own);
    ours = began == MEMMAP_OK;
    return ours ? sched::flush(seat, own) : began;
  });
  if (!ours) return status;
  Domain& own = inside(*domain);
  wait_until_left(own);
  if (status == MEMMAP_OK) status = sched::outcome(own);  // who was inside may have cancelled it since
  for_each_request(own, [](Request& request) { request.pool->sections.give_back(request.span); });
  end_trace(*own.pool->env, event, {0, 0}, status);
  sched::end_close(own);
  return status;
}

extern "C" int memmap_progress(memmap_domain* domain, memmap_progress_counts* counts) {
  if (!counts) return MEMMAP_INVALID;
  return with(domain, [&](Domain& own, sched::Seat&) {
    *counts = {};
    for (const sched::Job* job = own.newest(); job; job = job->next) {
      const RangeJob& range = static_cast<const RangeJob&>(*job);
      const bool over = range.over();  // before the look at what is done, or a late unit counts as dropped
      const uint64_t done = range.done_pages();
      ++counts->requests;
      counts->total_pages += range.total_pages;
      counts->done_pages += done;
      counts->caller_pages += smaller(done, range.caller_pages.load(relaxed));
      if (over) counts->dropped_pages += range.total_pages - done;
    }
    return int{MEMMAP_OK};
  });
}

extern "C" bool memmap_ready(const memmap_pool* pool, uint64_t pfn) { return pool && pool->sections.ready(pfn); }
