// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The engine for a run: a pool over a machine's topology, whose workers may start later than the first request, as at
// boot.
#ifndef MEMMAP_SIMULATOR_STAGE_ENGINE_H
#define MEMMAP_SIMULATOR_STAGE_ENGINE_H

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/engine_topology.h"
#include "host/placement.h"
#include "host/threads.h"
#include "memmap/env.h"
#include "simulator/stage/machine.h"

namespace memmap::simulator {

// 0: as in every hosted pool; of record_ps what the machine takes.
struct EngineOptions {
  uint32_t grain_pages = 0;  // of all requests
  uint32_t record_ps = 0;    // what a record costs, for those whose hooks do something else
  bool pinned = true;        // each worker to its CPU; otherwise they run where the system likes
  bool traced = false;       // all that it does is recorded
};

class Engine {
 public:
  // A pool for pfns [0, nr_pages), rounded up to sections, and no worker yet. `machine` is lent.
  static absl::StatusOr<std::unique_ptr<Engine>> make(const Machine& machine, uint32_t nr_workers, uint64_t nr_pages,
                                                      const EngineOptions& options = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Returns when all workers run. Once.
  absl::Status start_workers() { return threads_.start(pool_, *environment_); }

  // Stops the workers, for good. Null where it is not traced.
  const host::Trace* end_trace() {
    threads_.stop();
    return trace_.get();
  }

  memmap_pool* pool() const { return pool_; }
  uint32_t nr_workers() const { return tables_->nr_workers(); }
  // Of all workers together.
  memmap_worker_counts counts() const;

 private:
  Engine() = default;

  std::unique_ptr<host::EngineTopology> tables_;
  std::unique_ptr<host::Trace> trace_;
  std::unique_ptr<host::ThreadEnvironment> environment_;
  host::PlacedMemory storage_;
  memmap_pool* pool_ = nullptr;
  host::WorkerThreads threads_;  // last: stopped before anything it uses goes
};

// One for each CPU that we may use, at most the CPU quota, rounded up.
uint32_t default_workers(const Machine& machine);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_STAGE_ENGINE_H
