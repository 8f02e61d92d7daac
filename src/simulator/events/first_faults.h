// SPDX-License-Identifier: GPL-2.0-only OR MIT
// First faults: a thread that needs pages of a device, here and there, before all of the device is initialised.
#ifndef MEMMAP_SIMULATOR_EVENTS_FIRST_FAULTS_H
#define MEMMAP_SIMULATOR_EVENTS_FIRST_FAULTS_H

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>

#include "absl/status/statusor.h"
#include "host/splitmix.h"
#include "memmap/memmap.hpp"
#include "simulator/report/column.h"
#include "simulator/report/statistics.h"
#include "simulator/stage/machine.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

// A page of [piece] that is ready, or that is not, drawn from `random`; nothing where some tries found none.
std::optional<uint64_t> find_page(const memmap_pool* pool, const memmap_piece& piece, bool ready,
                                  host::Splitmix& random);

// One fault on such a page: nanoseconds until it may be used. Violations: the call fails, or the page is not ready
// after it.
double fault(const memmap_pool* pool, Domain& domain, uint64_t pfn, Violations& violations);

// Some on a device that nobody else works on, after pauses as above: what the call takes, with all that it looks at in
// nobody's cache.
absl::StatusOr<Samples> lone_faults(const Machine& machine, const DeviceSpan& span, uint64_t end_pfn, uint64_t seed,
                                    Violations& violations);

// From construction until stop(): fault, pause, fault ...
class FirstFaults {
 public:
  FirstFaults(const memmap_pool* pool, Domain& domain, const memmap_piece& piece, uint64_t seed);
  ~FirstFaults() { stop(); }

  void stop();
  // After stop().
  const Samples& samples_ns() const { return samples_ns_; }
  const Violations& violations() const { return violations_; }

 private:
  void run();

  const memmap_pool* const pool_;
  Domain& domain_;
  const memmap_piece piece_;
  host::Splitmix random_;
  std::atomic<bool> stopping_{false};
  Samples samples_ns_;
  Violations violations_;
  std::thread thread_;
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_FIRST_FAULTS_H
