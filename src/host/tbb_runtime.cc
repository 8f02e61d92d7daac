// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap_tbb_start(): threads that oneTBB lends.
#include <algorithm>
#include <memory>
#include <utility>

#include "host/started.h"
#include "host/tbb_lender.h"
#include "host/tbb_nodes.h"
#include "memmap/tbb.hpp"

namespace memmap::host {
namespace {

struct LentThreads : Started {
  void stop_workers() override { lender->stop(); }

  std::unique_ptr<TbbLender> lender;
};

absl::StatusOr<std::unique_ptr<Started>> make_runtime(const memmap_tbb_options& options) {
  auto runtime = std::make_unique<LentThreads>();
  auto topology = load_this_machine();
  if (!topology.ok()) return topology.status();
  runtime->topology = *std::move(topology);
  const uint32_t nr_workers = std::min(lendable_threads(), workers_of_process(runtime->topology));
  auto tables = EngineTopology::create(runtime->topology, nr_workers);
  if (!tables.ok()) return tables.status();
  runtime->tables = *std::move(tables);
  const auto nodes = tbb_node_of_groups(runtime->topology);
  if (!nodes.ok()) return nodes.status();
  absl::Status status = runtime->open_trace(options.trace_path, "a task of oneTBB");
  if (!status.ok()) return status;
  TbbLenderOptions lending;
  lending.located = runtime->topology.this_machine;
  lending.width = options.width;
  lending.trace = runtime->trace.get();
  runtime->lender = std::make_unique<TbbLender>(*runtime->tables, *nodes, lending);
  status = make_pool(*runtime, runtime->lender->env(), runtime->lender->table(), options.start_pfn, options.nr_pages,
                     options.stall_ms);
  if (!status.ok()) return status;
  runtime->lender->start(runtime->pool);
  return runtime;
}

}  // namespace
}  // namespace memmap::host

extern "C" memmap_pool* memmap_tbb_start(const memmap_tbb_options* options, const char** error) {
  using namespace memmap::host;
  return start_and_keep([&] { return make_runtime(options != nullptr ? *options : memmap_tbb_options{}); }, error);
}
