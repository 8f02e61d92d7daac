// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The figures beyond those of `memmap-sim run`: against other schedulers with the same writer, cold starts, what the
// engine itself costs. Each function measures on the rig and returns figures with their targets.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_BENCH_H
#define MEMMAP_INTEGRATION_BENCHMARK_BENCH_H

#include <string>
#include <vector>

#include "simulator/figures.h"

namespace memmap::bench {

using simulator::Figure;
using simulator::Rig;

std::vector<Figure> peer_figures(const Rig& rig);       // warm, against oneTBB and OpenMP
std::vector<Figure> cold_figures(const Rig& rig);       // after 3 ms of idleness, against one thread and oneTBB
std::vector<Figure> cost_figures(const Rig& rig);       // engine cost, claim, empty flush
std::vector<Figure> backlog_figures(const Rig& rig);    // flush with 100,000 foreign units, against none
std::vector<Figure> neighbour_figures(const Rig& rig);  // somebody else computes on one CPU, against static parts
std::vector<Figure> idle_figures(const Rig& rig);       // CPU time while nothing happens

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_BENCH_H
