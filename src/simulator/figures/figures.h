// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The figures that the system is judged by, each measured in pairs, ours and theirs in turn, so that a disturbance of
// the machine meets both. `memmap-sim run` and the benchmark share this code; the benchmark takes more samples.
#ifndef MEMMAP_SIMULATOR_FIGURES_FIGURES_H
#define MEMMAP_SIMULATOR_FIGURES_FIGURES_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "simulator/figures/stores.h"
#include "simulator/kernel/padata.h"
#include "simulator/report/column.h"
#include "simulator/report/figure.h"
#include "simulator/report/statistics.h"
#include "simulator/stage/engine.h"
#include "simulator/stage/machine.h"
#include "simulator/stage/stage.h"

namespace memmap::simulator {

// What figures are measured with. All of it is lent.
struct Rig {
  const Stage& stage;
  const Machine& machine;
  Engine& engine;         // its workers run
  Engine& inline_engine;  // no workers: all is done by who calls
  Padata& padata;         // as many threads as the engine has workers, the caller among them
  uint32_t nr_pairs;
  uint32_t nr_small;  // binds of a small device, each beside a big one and alone
  uint32_t nr_faults;
  uint32_t nr_submits;
  uint64_t seed;
  std::function<void(const char*)> progress;
  Violations& violations;  // calls that fail
};

// One file each.
Figure fill_vs_limit(const Rig& rig);
Figure device_vs_kernel_loop_1t(const Rig& rig);
Figure device_vs_kernel_loop_all(const Rig& rig);
Figure boot_with_handover_vs_kernel(const Rig& rig);
std::vector<Figure> submit_figures(const Rig& rig);            // submit_us_p50, storage_setup_us_p50
std::vector<Figure> small_beside_big_figures(const Rig& rig);  // *_p99_vs_alone, *_p99_vs_global_sync
std::vector<Figure> first_fault_figures(const Rig& rig);       // first_fault_us_p50, first_fault_us_p99

// All of the above, in the order of the JSON object.
std::vector<Figure> measure_figures(const Rig& rig);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_FIGURES_FIGURES_H
