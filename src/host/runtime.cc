// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap_runtime_start(): own threads, one pinned to each CPU, and what they do in a trace where it is asked for.
#include "memmap/runtime.h"

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/chrome_trace.h"
#include "host/started.h"
#include "host/threads.h"
#include "host/trace.h"

namespace memmap::host {
namespace {

struct OwnThreads : Started {
  void stop_workers() override { threads.stop(); }
  void write_trace() override;

  std::unique_ptr<Trace> trace;  // null: none
  std::string trace_path;
  std::ofstream trace_file;
  std::unique_ptr<ThreadEnvironment> environment;
  WorkerThreads threads;  // last: stopped before anything it uses goes
};

uint32_t worker_count(const memmap_runtime_options& options, const Topology& topology) {
  if (options.no_workers) return 0;
  return options.max_workers != 0 ? options.max_workers : usable_cpus(topology);
}

absl::Status open_trace(OwnThreads& runtime, const char* path) {
  runtime.trace_path = path;
  runtime.trace_file.open(path);
  if (!runtime.trace_file) return absl::NotFoundError(absl::StrCat(path, ": cannot be written, expected a trace file"));
  auto trace = Trace::create(runtime.topology, *runtime.tables);
  if (!trace.ok()) return trace.status();
  runtime.trace = *std::move(trace);
  return absl::OkStatus();
}

void OwnThreads::write_trace() {
  if (trace == nullptr) return;
  if (!(trace_file << chrome_trace(*trace) << std::flush)) say(trace_path + ": not written");
  if (const uint64_t n = trace->nr_dropped(); n != 0)
    say(absl::StrCat(trace_path, ": ", n, " events did not fit and are missing"));
}

absl::StatusOr<std::unique_ptr<Started>> make_runtime(const memmap_runtime_options& options) {
  auto runtime = std::make_unique<OwnThreads>();
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
  status = make_pool(*runtime, runtime->environment->env(), runtime->tables->table(), options.start_pfn,
                     options.nr_pages, options.stall_ms);
  if (status.ok()) status = runtime->threads.start(runtime->pool, *runtime->environment);
  if (!status.ok()) return status;
  return runtime;
}

}  // namespace
}  // namespace memmap::host

extern "C" memmap_pool* memmap_runtime_start(const memmap_runtime_options* options, const char** error) {
  using namespace memmap::host;
  return start_and_keep([&] { return make_runtime(options != nullptr ? *options : memmap_runtime_options{}); }, error);
}
