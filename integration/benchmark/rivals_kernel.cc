// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What Linux did, does, or was offered.
#include <algorithm>
#include <memory>
#include <thread>

#include "init_2018.h"
#include "rivals.h"
#include "simulator/kernel/kernel_page.h"

namespace memmap::bench {
namespace {

void kernel_loop(const Target& target) {
  simulator::init_zone_device_pages(target.memmap.first, target.memmap.nr_pages, target.nid, target.pgmap);
}

void template_loop(const Target& target) { target.write(0, target.memmap.nr_pages); }

// A device is on one node, so it gets one thread, which is created for it.
void thread_per_node(const Target& target) {
  std::thread thread([&target] { target.write(0, target.memmap.nr_pages); });
  thread.join();
}

std::function<void(const Target&)> design_2018(uint32_t nr_threads) {
  const auto domain = std::make_shared<AsyncDomain>(nr_threads);
  return [domain](const Target& target) { Init2018(*domain, target).wait(); };
}

}  // namespace

void fill_by_padata(simulator::Padata& padata, uint32_t nr_threads, const Target& target) {
  padata.run({.function = [&target](uint64_t first, uint64_t end) { target.write(first, end); },
              .start = 0,
              .size = target.memmap.nr_pages,
              .align = simulator::kSectionPages,
              .min_chunk = simulator::kSectionPages,
              .max_threads = nr_threads});
}

std::vector<Rival> kernel_rivals(simulator::Padata& padata, uint32_t nr_threads) {
  return {{"kernel_loop", "kernel-style loop, one thread (today)", kernel_loop},
          {"template_nt", "template, non-temporal, one thread (2026)", template_loop},
          {"thread_per_node", "thread per node, barrier (2015)", thread_per_node},
          {"padata", "padata (2020)",
           [&padata, nr_threads](const Target& target) { fill_by_padata(padata, nr_threads, target); }},
          {"2018", "8 threads x 128 sub-ranges (2018)", design_2018(kParts2018)},
          {"2018_equal_threads", "the same, a thread a CPU (2018)", design_2018(nr_threads)}};
}

}  // namespace memmap::bench
