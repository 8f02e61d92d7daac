// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The figures beyond those of `memmap-sim run`: against other schedulers and earlier designs, what the engine itself
// costs, what happens beside others. Each function below measures on the rig and adds figures and charts.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_BENCH_H
#define MEMMAP_INTEGRATION_BENCHMARK_BENCH_H

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "simulator/chart/bar_chart.h"
#include "simulator/figures/figures.h"

namespace memmap::bench {

using chart::Bar;
using chart::Chart;
using simulator::Figure;
using simulator::Rig;
using simulator::Samples;

struct Bench {
  const Rig& rig;
  std::function<bool(const std::string& key)> wants;  // is this figure asked for?
  std::vector<Figure> figures;
  std::vector<Chart> charts;

  void add(Figure figure) {
    if (wants(figure.key)) figures.push_back(std::move(figure));
  }
};

// One file each. Nothing is measured that no wanted figure needs.
void idle_figures(Bench& bench);        // CPU time while nothing happens
void memory_figures(Bench& bench);      // bytes of pool, domain, request
void shared_figures(Bench& bench);      // those of `memmap-sim run`
void warm_figures(Bench& bench);        // fills, all CPUs, against all rivals
void boot_figures(Bench& bench);        // boot with hand-over
void cold_figures(Bench& bench);        // after 3 ms of idleness: time and CPU time
void layout_figures(Bench& bench);      // every layout against a template; growth beside workers
void claim_figures(Bench& bench);       // claim, grain
void cost_figures(Bench& bench);        // engine cost, empty flush, submit
void beside_figures(Bench& bench);      // a small device beside a big one
void backlog_figures(Bench& bench);     // flush with foreign units queued
void group_figures(Bench& bench);       // the flush test: two groups, wait for one
void fault_figures(Bench& bench);       // first faults against the design of 2018
void neighbour_figures(Bench& bench);   // somebody else computes on one CPU
void concurrent_figures(Bench& bench);  // 64 events at once
void crowded_figures(Bench& bench);     // four threads a CPU
void virtual_figures(Bench& bench);     // what virtual time says of all this

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_BENCH_H
