// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The registry of started pools, and the calls of memmap/runtime.h that are the same for all of them.
//
// The calls come from C: every exception ends here.
#include "host/started.h"

#include <stdio.h>

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/chrome_trace.h"
#include "host/limits.h"
#include "host/record_cost.h"
#include "memmap/runtime.h"

namespace memmap::host {
namespace {

constexpr uint64_t kDefaultPages = uint64_t{1} << 34;

struct Registry {
  std::mutex mutex;
  std::map<const memmap_pool*, std::unique_ptr<Started>> started;

  Started* find(const memmap_pool* pool) {
    const auto found = started.find(pool);
    return found == started.end() ? nullptr : found->second.get();
  }
};

Registry& registry() {
  static Registry& registry = *new Registry;  // never destroyed: workers may run until the process ends
  return registry;
}

int stop(memmap_pool* pool) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  Started* const started = registry().find(pool);
  if (started == nullptr) return MEMMAP_INVALID;
  // Asked before, so that a busy pool keeps its workers; and after, for who opens a domain meanwhile against the rule.
  if (const int status = memmap_pool_fini(pool); status != MEMMAP_OK) return status;
  started->stop_workers();
  if (const int status = memmap_pool_fini(pool); status != MEMMAP_OK) return status;
  started->write_trace();
  registry().started.erase(pool);
  return MEMMAP_OK;
}

// Where memory for `nid` goes; false if the pool has no such node.
bool placement_of(const memmap_pool* pool, uint32_t nid, Placement& placement) {
  const std::lock_guard<std::mutex> lock(registry().mutex);
  const Started* const started = registry().find(pool);
  if (started == nullptr || started->topology.find_node(nid) == nullptr) return false;
  placement.nid = started->topology.this_machine ? nid : kAnyNode;
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

void say(const std::string& line) { fprintf(stderr, "memmap: %s\n", line.c_str()); }

absl::Status Started::open_trace(const char* path, const std::string& lender) {
  if (path == nullptr) return absl::OkStatus();
  trace_path = path;
  trace_file.open(path);
  if (!trace_file) return absl::NotFoundError(absl::StrCat(path, ": cannot be written, expected a trace file"));
  auto made = Trace::create(topology, *tables, lender);
  if (!made.ok()) return made.status();
  trace = *std::move(made);
  return absl::OkStatus();
}

void Started::write_trace() {
  if (trace == nullptr) return;
  if (!(trace_file << chrome_trace(*trace) << std::flush)) say(trace_path + ": not written");
  if (const uint64_t n = trace->nr_dropped(); n != 0)
    say(absl::StrCat(trace_path, ": ", n, " events did not fit and are missing"));
}

uint32_t workers_of_process(const Topology& topology) {
  const auto nr_allowed = static_cast<uint32_t>(
      std::count_if(topology.cpus.begin(), topology.cpus.end(), [](const Cpu& c) { return c.allowed; }));
  const auto quota = cpu_quota_milli();
  if (!quota.ok()) say(absl::StrCat("CPU quota ignored: ", std::string(quota.status().message())));
  if (topology.this_machine || !quota.ok()) return nr_allowed;
  return workers_under_quota(nr_allowed, *quota);
}

absl::Status make_pool(Started& started, const memmap_env* env, const memmap_topology* table, uint64_t start_pfn,
                       uint64_t nr_pages, uint32_t stall_ms) {
  memmap_pool_config config{};
  config.env = env;
  config.topology = table;
  config.start_pfn = start_pfn;
  config.nr_pages = nr_pages != 0 ? nr_pages : kDefaultPages;
  config.stall_ms = stall_ms;
  config.grain_pages = kGrainPages;
  config.large_grain_pages = kLargeGrainPages;
  config.record_ps = record_cost_ps();
  const size_t nr_bytes = memmap_pool_bytes(&config);
  if (nr_bytes == 0) {
    return absl::InvalidArgumentError(absl::StrCat("pfns from ", config.start_pfn, " on, ", config.nr_pages,
                                                   " of them: expected multiples of 32768 within the address space"));
  }
  Placement reserved;
  reserved.no_reserve = true;
  auto storage = PlacedMemory::map(nr_bytes, reserved);
  if (!storage.ok()) return storage.status();
  started.storage = *std::move(storage);
  const int status = memmap_pool_init(&started.pool, &config, started.storage.address(), started.storage.nr_bytes());
  return status == MEMMAP_OK ? absl::OkStatus() : absl::InternalError(memmap_status_text(status));
}

memmap_pool* start_and_keep(const std::function<absl::StatusOr<std::unique_ptr<Started>>()>& make, const char** error) {
  thread_local std::string sentence;
  const char* why = nullptr;
  try {
    auto made = make();
    if (made.ok()) {
      memmap_pool* const pool = (*made)->pool;
      const std::lock_guard<std::mutex> lock(registry().mutex);
      registry().started.emplace(pool, *std::move(made));
      if (error != nullptr) *error = nullptr;
      return pool;
    }
    sentence = std::string(made.status().message());
    why = sentence.c_str();
  } catch (const std::exception&) {
    why = "out of memory";
  }
  if (error != nullptr) *error = why;
  return nullptr;
}

}  // namespace memmap::host

using namespace memmap::host;

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
