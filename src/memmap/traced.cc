// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/traced.h"

namespace memmap::pages {

memmap_trace begin_trace(const memmap_env& env, memmap_trace_kind kind, const sched::Domain* domain) {
  memmap_trace event{};
  if (!env.trace) return event;
  event.kind = kind;
  if (domain) {
    event.domain = domain->name;
    event.domain_id = domain->birth;
  }
  event.begin_ns = env.clock_ns(env.context);
  return event;
}

void end_trace(const memmap_env& env, memmap_trace& event, PageRange pages, int status) {
  if (!env.trace) return;
  event.pfn = pages.begin;
  event.nr_pages = pages.size();
  event.status = status;
  if (event.end_ns == 0) event.end_ns = env.clock_ns(env.context);
  env.trace(env.context, &event);
}

}  // namespace memmap::pages
