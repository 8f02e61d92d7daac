// SPDX-License-Identifier: GPL-2.0-only OR MIT
// This engine in virtual time: its real code, one worker a CPU, and the calls that a kernel would make.
//
// A bind takes the hotplug lock for what is fixed there, opens a domain, submits a range job that populates (its units:
// sections' records) and goes on; the last unit's hook submits the request that writes. A first fault populates its
// section, then flushes its own unit. Nothing but the writer is replaced: it counts pages, and spend() takes the time.
#ifndef MEMMAP_SIMULATOR_POLICY_ENGINE_RUN_H
#define MEMMAP_SIMULATOR_POLICY_ENGINE_RUN_H

#include <cstdlib>
#include <memory>
#include <vector>

#include "host/engine_topology.h"
#include "host/trace.h"
#include "memmap/env.h"
#include "memmap/range.h"
#include "simulator/policy/scenario_run.h"

namespace memmap::virtual_time {

class EngineRun : public ScenarioRun {
 public:
  EngineRun(const Scenario& scenario, Policy policy, std::string* trace);

 protected:
  void begin() override;
  void end() override;
  void boot(const Event& event) override;
  void add(size_t add) override;
  bool fault_in(const Extent& extent, uint64_t pfn) override;
  void allocate(uint32_t node, uint64_t nr_pages) override;
  void remove(size_t add) override;

 private:
  struct Freed {
    void operator()(void* memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<char, Freed>;
  // Zeroed, 128-byte aligned.
  static Memory allocate_zeroed(size_t nr_bytes);

  // An extent while it is initialised. Its address is the hooks' context.
  struct Job {
    EngineRun* run = nullptr;
    const Extent* extent = nullptr;
    memmap_domain* domain = nullptr;
    memmap_domain own_domain{};
    memmap_range populate{};
    memmap_request request{};
    std::vector<memmap_piece> pieces;
    Memory populate_storage, storage;
    uint64_t units_left = 0;  // to populate
    uint64_t written = 0;     // pages, counted by the writer
    bool submitted = false, removed = false, closed = false;
  };

  void start_pool();
  void start_trace();
  void make_job(Job& job, const Extent& extent, memmap_kind kind);
  void expect(int status, const char* call);
  void sit_down();
  void submit(Job& job);
  void close(Job& job);
  void wait_first(const Event& event);
  static int populate_hook(void* job, uint64_t first, uint64_t count);
  static int write_hook(void* job, uint64_t pfn, uint64_t nr_pages);
  static int ready_hook(void* job, uint64_t pfn, uint64_t nr_pages);

  host::Topology topology_;
  std::unique_ptr<host::EngineTopology> tables_;
  std::unique_ptr<host::Trace> trace_;
  std::string* const trace_text_;
  std::vector<uint32_t> tracks_;  // by fiber; 0: none yet, else the track + 1
  memmap_pool_config config_{};
  Memory pool_storage_;
  memmap_pool* pool_ = nullptr;
  memmap_domain shared_{};
  Gate boot_submitted_;
  std::vector<std::unique_ptr<Job>> boot_jobs_, jobs_;
  std::vector<uint64_t> wanted_pages_;  // by allocations so far, by node
  bool skips_page_;                     // the next one
  std::vector<double> hand_over_ns_;    // owed by fibers, paid at their next write
};

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_POLICY_ENGINE_RUN_H
