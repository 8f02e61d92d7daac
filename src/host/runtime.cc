// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap_runtime_start(): own threads, one pinned to each CPU.
#include "memmap/runtime.h"

#include <memory>
#include <utility>

#include "host/started.h"
#include "host/threads.h"

namespace memmap::host {
namespace {

struct OwnThreads : Started {
  void stop_workers() override { threads.stop(); }

  std::unique_ptr<ThreadEnvironment> environment;
  WorkerThreads threads;  // last: stopped before anything it uses goes
};

uint32_t worker_count(const memmap_runtime_options& options, const Topology& topology) {
  if (options.no_workers) return 0;
  return options.max_workers != 0 ? options.max_workers : workers_of_process(topology);
}

absl::StatusOr<std::unique_ptr<Started>> make_runtime(const memmap_runtime_options& options) {
  auto runtime = std::make_unique<OwnThreads>();
  auto topology = load_this_machine();
  if (!topology.ok()) return topology.status();
  runtime->topology = *std::move(topology);
  auto tables = EngineTopology::create(runtime->topology, worker_count(options, runtime->topology));
  if (!tables.ok()) return tables.status();
  runtime->tables = *std::move(tables);
  absl::Status status = runtime->open_trace(options.trace_path);
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
