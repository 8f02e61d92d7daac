// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A Trace as JSON in Chrome's Trace Event Format (Google, "Trace Event Format", 2016), which Perfetto
// (ui.perfetto.dev) and chrome://tracing open. docs/observability.md says how to read it.
//
//   process  a node; "callers"; "domains"
//   thread   a worker, a caller; "stolen from group g": where the arrows of thefts begin
//   slice    a grain and in it its stages write and ready; a call; a park
//   flow     a theft: from the home group of a grain to the thief
//   async    a domain from open to close; its requests from submit to their last grain; its flushes
//   instant  an unpark
#ifndef MEMMAP_HOST_CHROME_TRACE_H
#define MEMMAP_HOST_CHROME_TRACE_H

#include <string>

#include "host/trace.h"

namespace memmap::host {

// When nobody records any more, or as a snapshot. Times count from the first event. Equal traces give equal bytes.
std::string chrome_trace(const Trace& trace);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_CHROME_TRACE_H
