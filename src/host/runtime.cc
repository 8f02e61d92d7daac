// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap/runtime.h: topology, tables, environment, pool and threads put together, and found again by their pool.
//
// The calls come from C: every exception ends here.
#include "memmap/runtime.h"

#include <stdio.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "host/chrome_trace.h"
#include "host/engine_topology.h"
#include "host/limits.h"
#include "host/placement.h"
#include "host/threads.h"
#include "host/topology.h"
#include "host/trace.h"
#include "memmap/env.h"

namespace memmap::host {
namespace {

constexpr uint64_t kDefaultPages = uint64_t{1} << 34;

void say(const std::string& line) { fprintf(stderr, "memmap: %s\n", line.c_str()); }

struct Runtime {
  Topology topology;
  std::unique_ptr<EngineTopology> tables;
  std::unique_ptr<Trace> trace;  // null: none
  std::string trace_path;
  std::ofstream trace_file;
  std::unique_ptr<ThreadEnvironment> environment;
  PlacedMemory storage;
  memmap_pool* pool = nullptr;
  WorkerThreads threads;  // last: stopped before anything it uses goes
};

struct Registry {
  std::mutex mutex;
  std::map<const memmap_pool*, std::unique_ptr<Runtime>> runtimes;

  Runtime* find(const memmap_pool* pool) {
    const auto found = runtimes.find(pool);
    return found == runtimes.end() ? nullptr : found->second.get();
  }
};

Registry& registry() {
  static Registry& registry = *new Registry;  // never destroyed: workers may run until the process ends
  return registry;
}

uint32_t worker_count(const memmap_runtime_options& options, const Topology& topology) {
  if (options.no_workers) return 0;
  if (options.max_workers != 0) return options.max_workers;
  const auto nr_allowed =
      std::count_if(topology.cpus.begin(), topology.cpus.end(), [](const Cpu& c) { return c.allowed; });
  const auto quota = cpu_quota_milli();
  if (!quota.ok()) say(absl::StrCat("CPU quota ignored: ", std::string(quota.status().message())));
  return workers_under_quota(static_cast<uint32_t>(nr_allowed), quota.ok() ? *quota : std::nullopt);
}

absl::Status make_pool(Runtime& runtime, const memmap_runtime_options& options) {
  memmap_pool_config config{};
  config.env = runtime.environment->env();
  config.topology = runtime.tables->table();
  config.start_pfn = options.start_pfn;
  config.nr_pages = options.nr_pages != 0 ? options.nr_pages : kDefaultPages;
  config.stall_ms = options.stall_ms;
  const size_t nr_bytes = memmap_pool_bytes(&config);
  if (nr_bytes == 0) {
    return absl::InvalidArgumentError(absl::StrCat("pfns from ", config.start_pfn, " on, ", config.nr_pages,
                                                   " of them: expected multiples of 32768 within the address space"));
  }
  Placement reserved;
  reserved.no_reserve = true;
  auto storage = PlacedMemory::map(nr_bytes, reserved);
  if (!storage.ok()) return storage.status();
  runtime.storage = *std::move(storage);
  const int status = memmap_pool_init(&runtime.pool, &config, runtime.storage.address(), runtime.storage.nr_bytes());
  return status == MEMMAP_OK ? absl::OkStatus() : absl::InternalError(memmap_status_text(status));
}

absl::Status open_trace(Runtime& runtime, const char* path) {
  runtime.trace_path = path;
  runtime.trace_file.open(path);
  if (!runtime.trace_file) return absl::NotFoundError(absl::StrCat(path, ": cannot be written, expected a trace file"));
  auto trace = Trace::create(runtime.topology, *runtime.tables);
  if (!trace.ok()) return trace.status();
  runtime.trace = *std::move(trace);
  return absl::OkStatus();
}

void write_trace(Runtime& runtime) {
  if (runtime.trace == nullptr) return;
  if (!(runtime.trace_file << chrome_trace(*runtime.trace) << std::flush)) say(runtime.trace_path + ": not written");
  if (const uint64_t n = runtime.trace->nr_dropped(); n != 0)
    say(absl::StrCat(runtime.trace_path, ": ", n, " events did not fit and are missing"));
}

absl::StatusOr<std::unique_ptr<Runtime>> make_runtime(const memmap_runtime_options& options) {
  auto runtime = std::make_unique<Runtime>();
  auto topology = load_this_machine();
  if (!topology.ok()) return topology.status();
  runtime->topology = *std::move(topology);
  auto tables = EngineTopology::create(runtime->topology, worker_count(options, runtime->topology));
  if (!tables.ok()) return tables.status();
  runtime->tables = *std::move(tables);
  absl::Status status = options.trace_path != nullptr ? open_trace(*runtime, options.trace_path) : absl::OkStatus();
  if (!status.ok()) return status;
  runtime->environment =
      std::make_unique<ThreadEnvironment>(*runtime->tables, runtime->topology.this_machine, runtime->trace.get());
  status = make_pool(*runtime, options);
  if (status.ok()) status = runtime->threads.start(runtime->pool, *runtime->environment);
  if (!status.ok()) return status;
  return runtime;
}

memmap_pool* start(const memmap_runtime_options& options, std::string& error) {
  auto runtime = make_runtime(options);
  if (!runtime.ok()) {
    error = std::string(runtime.status().message());
    return nullptr;
  }
  memmap_pool* const pool = (*runtime)->pool;
  const std::lock_guard<std::mutex> lock(registry().mutex);
  registry().runtimes.emplace(pool, *std::move(runtime));
  return pool;
}

int stop(memmap_pool* pool) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  Runtime* const runtime = registry().find(pool);
  if (runtime == nullptr) return MEMMAP_INVALID;
  // Asked before, so that a busy pool keeps its workers; and after, for who opens a domain meanwhile against the rule.
  if (const int status = memmap_pool_fini(pool); status != MEMMAP_OK) return status;
  runtime->threads.stop();
  if (const int status = memmap_pool_fini(pool); status != MEMMAP_OK) return status;
  write_trace(*runtime);
  registry().runtimes.erase(pool);
  return MEMMAP_OK;
}

// Where memory for `nid` goes; false if the runtime has no such node.
bool placement_of(const memmap_pool* pool, uint32_t nid, Placement& placement) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  const Runtime* const runtime = registry().find(pool);
  if (runtime == nullptr || runtime->topology.find_node(nid) == nullptr) return false;
  placement.nid = runtime->topology.this_machine ? nid : kAnyNode;
  return true;
}

void* allocate(const memmap_pool* pool, size_t nr_bytes, uint32_t nid) {
  Placement placement;
  placement.huge_pages = placement.populate = true;
  if (!placement_of(pool, nid, placement)) return nullptr;
  auto memory = PlacedMemory::map(nr_bytes, placement);
  if (!memory.ok()) return nullptr;
  if (!memory->shortfall().empty()) say(absl::StrCat(nr_bytes, " bytes for node ", nid, ": ", memory->shortfall()));
  return memory->release();
}

}  // namespace
}  // namespace memmap::host

using namespace memmap::host;

extern "C" memmap_pool* memmap_runtime_start(const memmap_runtime_options* options, const char** error) {
  thread_local std::string sentence;
  try {
    memmap_pool* const pool = start(options != nullptr ? *options : memmap_runtime_options{}, sentence);
    if (error != nullptr) *error = pool != nullptr ? nullptr : sentence.c_str();
    return pool;
  } catch (const std::exception&) {
    if (error != nullptr) *error = "out of memory";
    return nullptr;
  }
}

extern "C" int memmap_runtime_stop(memmap_pool* pool) {
  try {
    return stop(pool);
  } catch (const std::exception&) {
    return MEMMAP_INVALID;
  }
}

extern "C" void* memmap_runtime_alloc(memmap_pool* pool, size_t nr_bytes, uint32_t nid) {
  try {
    return allocate(pool, nr_bytes, nid);
  } catch (const std::exception&) {
    return nullptr;
  }
}

extern "C" void memmap_runtime_free(void* memory, size_t nr_bytes) { PlacedMemory::unmap(memory, nr_bytes); }
