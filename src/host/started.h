// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What every kind of hosted start-up has: topology, tables, storage and pool, found again by the pool. Where threads
// come from is for those who derive from Started.
#ifndef MEMMAP_HOST_STARTED_H
#define MEMMAP_HOST_STARTED_H

#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/engine_topology.h"
#include "host/placement.h"
#include "host/topology.h"
#include "host/trace.h"
#include "memmap/env.h"

namespace memmap::host {

// Derived members go first, so that workers end before what they use.
struct Started {
  virtual ~Started() = default;
  // All domains are closed.
  virtual void stop_workers() = 0;

  // What `path` says, or nothing where it is null; `lender` as in Trace::create(). Needs the topology and the tables.
  absl::Status open_trace(const char* path, const std::string& lender = "");
  // Nobody is inside any more.
  void write_trace();

  Topology topology;
  std::unique_ptr<EngineTopology> tables;
  std::unique_ptr<Trace> trace;  // null: none
  std::string trace_path;
  std::ofstream trace_file;
  PlacedMemory storage;
  memmap_pool* pool = nullptr;
};

// A line on stderr.
void say(const std::string& line);

// One for each CPU of this process's affinity mask. As many of them work as the cgroup's CPU quota has room for, while
// it is as it is (worker_watch.h); where nobody watches, as the machine is not this one, there are no more than that.
uint32_t workers_of_process(const Topology& topology);

// Zeroes mean the defaults of memmap/runtime.h.
absl::Status make_pool(Started& started, const memmap_env* env, const memmap_topology* table, uint64_t start_pfn,
                       uint64_t nr_pages, uint32_t stall_ms);

// Makes, and keeps until memmap_runtime_stop(). The calls come from C: no exception leaves. Null: *error (may be null)
// says why, until this thread's next start.
memmap_pool* start_and_keep(const std::function<absl::StatusOr<std::unique_ptr<Started>>()>& make, const char** error);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_STARTED_H
