// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The trace of calls (memmap_trace): begun, ended, handed to the environment. Of grains: grain.h.
#pragma once

#include "memmap/geometry.h"
#include "sched/domain.h"

namespace memmap::pages {

// domain: null for none. The clock is only read where there is a trace.
memmap_trace begin_trace(const memmap_env& env, memmap_trace_kind kind, const sched::Domain* domain);
// May be said several times of one call, for several ranges: it ends with the first.
void end_trace(const memmap_env& env, memmap_trace& event, PageRange pages, int status);

// Calls body().
template <typename Body>
int traced(const sched::Domain& domain, memmap_trace_kind kind, PageRange pages, Body body) {
  const memmap_env& env = *domain.pool->env;
  memmap_trace event = begin_trace(env, kind, &domain);
  const int status = body();
  end_trace(env, event, pages, status);
  return status;
}

}  // namespace memmap::pages
