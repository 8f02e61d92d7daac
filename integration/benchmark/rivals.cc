// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "rivals.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "memmap/writer.h"
#include "simulator/figures/pinned.h"

namespace memmap::bench {
namespace {

using simulator::kSubsectionPages;

uint64_t count_wrong(const Target& target, uint64_t first, uint64_t end) {
  uint64_t wrong = 0;
  for (uint64_t n = first; n < end; ++n) {
    wrong += std::memcmp(target.memmap.first + n, target.image.words, sizeof(simulator::Record)) != 0;
  }
  return wrong;
}

}  // namespace

void Target::write(uint64_t first, uint64_t end) const {
  pages::write_records(memmap.first + first, end - first, image, pages::Stores::kStreaming);
  pages::writer_fence();
}

uint64_t Target::nr_wrong() const { return count_wrong(*this, 0, memmap.nr_pages); }

Target target_of(const simulator::DeviceSpan& span) {
  const uint32_t nid = span.device.nid;
  return {span.memmap, pages::image_of(MEMMAP_DEVICE, nid, simulator::kZoneDevice, span.pgmap), nid, span.pgmap};
}

std::vector<Rival> all_rivals(const simulator::Rig& rig) {
  std::vector<Rival> all = kernel_rivals(rig.padata, uint32_t(rig.machine.cpus.size()));
  for (Rival& rival : tbb_rivals(rig.machine.cpus)) all.push_back(std::move(rival));
  for (Rival& rival : openmp_rivals(rig.machine.cpus)) all.push_back(std::move(rival));
  return all;
}

Rival rival_named(const char* name, const std::vector<Rival>& rivals) {
  return *std::find_if(rivals.begin(), rivals.end(), [name](const Rival& rival) { return rival.name == name; });
}

double static_parts_ns(const Target& target, const std::vector<uint32_t>& cpus, uint64_t pages_a_fence) {
  return double(simulator::run_pinned(cpus, [&](size_t n) {
    const simulator::Part part = simulator::part_of(target.memmap.nr_pages, kSubsectionPages, n, cpus.size());
    for (uint64_t first = part.begin; first < part.end;) {
      const uint64_t end = first + std::min(part.end - first, pages_a_fence);
      target.write(first, end);
      first = end;
    }
  }));
}

PinnedHere::PinnedHere(uint32_t cpu) {
  pthread_getaffinity_np(pthread_self(), sizeof(before_), &before_);
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(cpu, &mask);
  pthread_setaffinity_np(pthread_self(), sizeof(mask), &mask);  // refused: it runs where it may
}

PinnedHere::~PinnedHere() { pthread_setaffinity_np(pthread_self(), sizeof(before_), &before_); }

}  // namespace memmap::bench
