// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/engine.h"

#include <algorithm>
#include <optional>

#include "host/limits.h"
#include "host/record_cost.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {

absl::StatusOr<std::unique_ptr<Engine>> Engine::make(const Machine& machine, uint32_t nr_workers, uint64_t nr_pages,
                                                     const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine);
  auto tables = host::EngineTopology::create(machine.topology, nr_workers);
  if (!tables.ok()) return tables.status();
  engine->tables_ = *std::move(tables);
  if (options.traced) {
    auto trace = host::Trace::create(machine.topology, *engine->tables_);
    if (!trace.ok()) return trace.status();
    engine->trace_ = *std::move(trace);
  }
  engine->environment_ =
      std::make_unique<host::ThreadEnvironment>(*engine->tables_, options.pinned, engine->trace_.get());

  memmap_pool_config config{};
  config.env = engine->environment_->env();
  config.topology = engine->tables_->table();
  config.nr_pages = round_up(std::max<uint64_t>(nr_pages, 1), kSectionPages);
  config.grain_pages = options.grain_pages != 0 ? options.grain_pages : host::kGrainPages;
  config.large_grain_pages = options.grain_pages != 0 ? options.grain_pages : host::kLargeGrainPages;
  config.record_ps = options.record_ps != 0 ? options.record_ps : host::record_cost_ps();
  auto storage = host::PlacedMemory::map(std::max<size_t>(memmap_pool_bytes(&config), 1), host::Placement{});
  if (!storage.ok()) return storage.status();
  engine->storage_ = *std::move(storage);
  const int status = memmap_pool_init(&engine->pool_, &config, engine->storage_.address(), engine->storage_.nr_bytes());
  if (status != MEMMAP_OK) return absl::InternalError(memmap_status_text(status));
  return engine;
}

memmap_worker_counts Engine::counts() const {
  memmap_worker_counts sum{};
  for (uint32_t worker = 0; worker < nr_workers(); ++worker) {
    memmap_worker_counts own{};
    if (memmap_worker_counters(pool_, worker, &own) != MEMMAP_OK) continue;
    sum.grains += own.grains;
    sum.stolen_grains += own.stolen_grains;
    sum.parks += own.parks;
    sum.wakes_sent += own.wakes_sent;
    sum.yields += own.yields;
    for (int n = 0; n < MEMMAP_STEAL_DISTANCES; ++n) sum.stolen_at[n] += own.stolen_at[n];
  }
  return sum;
}

uint32_t default_workers(const Machine& machine) {
  const auto quota = host::cpu_quota_milli();
  return host::workers_under_quota(uint32_t(machine.cpus.size()), quota.ok() ? *quota : std::nullopt);
}

}  // namespace memmap::simulator
