// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "rivals.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>

#include "memmap/writer.h"
#include "simulator/column.h"
#include "simulator/geometry.h"
#include "simulator/pinned.h"

// What g++ -fopenmp makes of `#pragma omp parallel`, called directly: so every compiler can build it, and it runs on
// GNU's OpenMP in any case.
extern "C" {
void GOMP_parallel(void (*function)(void*), void* argument, unsigned nr_threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
}

namespace memmap::bench {
namespace {

using oneapi::tbb::blocked_range;
using simulator::now_ns;

void write(const Target& target, uint64_t first, uint64_t end) {
  pages::write_records(target.memmap.first + first, end - first, target.image, true);
  pages::writer_fence();
}

template <typename Partitioner>
double tbb_ns(const Target& target, const Partitioner& partitioner) {
  const uint64_t began = now_ns();
  oneapi::tbb::parallel_for(
      blocked_range<uint64_t>(0, target.memmap.nr_pages, simulator::kGrainPages),
      [&](const blocked_range<uint64_t>& part) { write(target, part.begin(), part.end()); }, partitioner);
  return double(now_ns() - began);
}

void openmp_part(void* argument) {
  const Target& target = *static_cast<const Target*>(argument);
  const simulator::Part part = simulator::part_of(target.memmap.nr_pages, simulator::kSubsectionPages,
                                                  size_t(omp_get_thread_num()), size_t(omp_get_num_threads()));
  write(target, part.begin, part.end);
}

}  // namespace

Target target_of(const simulator::DeviceSpan& span) {
  return {span.memmap, pages::image_of(MEMMAP_DEVICE, span.device.nid, simulator::kZoneDevice, span.pgmap)};
}

double one_thread_ns(const Target& target) {
  const uint64_t began = now_ns();
  write(target, 0, target.memmap.nr_pages);
  return double(now_ns() - began);
}

double tbb_auto_ns(const Target& target) { return tbb_ns(target, oneapi::tbb::auto_partitioner()); }
double tbb_static_ns(const Target& target) { return tbb_ns(target, oneapi::tbb::static_partitioner()); }

double openmp_static_ns(const Target& target, uint32_t nr_threads) {
  Target argument = target;
  const uint64_t began = now_ns();
  GOMP_parallel(openmp_part, &argument, nr_threads, 0);
  return double(now_ns() - began);
}

double static_parts_ns(const Target& target, const std::vector<uint32_t>& cpus) {
  return double(simulator::run_pinned(cpus, [&](size_t n) {
    const simulator::Part part =
        simulator::part_of(target.memmap.nr_pages, simulator::kSubsectionPages, n, cpus.size());
    write(target, part.begin, part.end);
  }));
}

}  // namespace memmap::bench
