// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Other ways to fill the same records. What each is and where it comes from: docs/rivals.md. All but the kernel-style
// loop use our writer, so that what differs is only who does which part when.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_RIVALS_H
#define MEMMAP_INTEGRATION_BENCHMARK_RIVALS_H

#include <sched.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "memmap/image.h"
#include "simulator/figures/figures.h"
#include "simulator/kernel/geometry.h"

namespace memmap::bench {

// Records of a device, and what they get.
struct Target {
  simulator::Memmap memmap;
  pages::Image image;
  uint32_t nid;
  uint64_t pgmap;

  // Records [first, end), counted from the first; ordered before anything that this thread stores later.
  void write(uint64_t first, uint64_t end) const;
  // Records that do not have the image.
  uint64_t nr_wrong() const;
};
Target target_of(const simulator::DeviceSpan& span);

struct Rival {
  std::string name;                         // in keys
  std::string who;                          // for people
  std::function<void(const Target&)> fill;  // returns when all of it is written
  std::function<void()> enter = [] {};      // before and after, not timed
  std::function<void()> leave = [] {};
};

// Each with as many threads as there are CPUs, or as its design says. What is given is lent.
std::vector<Rival> kernel_rivals(simulator::Padata& padata, uint32_t nr_threads);
std::vector<Rival> tbb_rivals(const std::vector<uint32_t>& cpus);
std::vector<Rival> openmp_rivals(const std::vector<uint32_t>& cpus);

std::vector<Rival> all_rivals(const simulator::Rig& rig);
// The one of that name, which must exist.
Rival rival_named(const char* name, const std::vector<Rival>& rivals);

void fill_by_padata(simulator::Padata& padata, uint32_t nr_threads, const Target& target);

// Equal parts on pinned threads that run already, which fence after so many pages: what a fill costs without anything
// to be woken or shared out.
double static_parts_ns(const Target& target, const std::vector<uint32_t>& cpus, uint64_t pages_a_fence = UINT64_MAX);

// While it exists the calling thread runs on this CPU only.
class PinnedHere {
 public:
  explicit PinnedHere(uint32_t cpu);
  ~PinnedHere();
  PinnedHere(const PinnedHere&) = delete;
  PinnedHere& operator=(const PinnedHere&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_RIVALS_H
