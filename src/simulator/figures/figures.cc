// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/figures/figures.h"

namespace memmap::simulator {

std::vector<Figure> measure_figures(const Rig& rig) {
  std::vector<Figure> figures;
  for (const auto measure :
       {fill_vs_limit, device_vs_kernel_loop_1t, device_vs_kernel_loop_all, boot_with_handover_vs_kernel}) {
    figures.push_back(measure(rig));
  }
  for (const auto measure : {submit_figures, small_beside_big_figures, first_fault_figures}) {
    for (Figure& figure : measure(rig)) figures.push_back(figure);
  }
  return figures;
}

}  // namespace memmap::simulator
