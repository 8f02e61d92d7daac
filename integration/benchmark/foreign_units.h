// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What is no memory but a job of a known length: tasks, as oneTBB and OpenMP have them, and requests of such units.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_FOREIGN_UNITS_H
#define MEMMAP_INTEGRATION_BENCHMARK_FOREIGN_UNITS_H

#include <atomic>
#include <vector>

#include "memmap/range.h"
#include "simulator/events/requests.h"
#include "simulator/kernel/geometry.h"

namespace memmap::bench {

// A job that computes for a while, or not at all once its flag says that nobody needs it any more.
struct Spin {
  uint64_t ns;
  const std::atomic<bool>* given_up = nullptr;

  void operator()() const {
    const uint64_t end = simulator::now_ns() + ns;
    while (simulator::now_ns() < end && !(given_up != nullptr && given_up->load(std::memory_order_relaxed))) {
    }
  }
};

inline int spin_in_place_of_a_unit(void* spin, uint64_t, uint64_t) {
  (*static_cast<const Spin*>(spin))();
  return 0;
}

inline int write_nothing(void*, uint64_t, uint64_t) { return 0; }

// nr_units units from first_pfn on; only the hook is called for them. `spin` is lent; null: nothing is done.
inline simulator::DeviceRequest units(uint64_t first_pfn, uint64_t nr_units, uint32_t nid, Spin* spin) {
  simulator::DeviceSpan span{};
  span.device.start_pfn = first_pfn;
  span.device.nr_pages = nr_units * simulator::kSubsectionPages;
  span.device.nid = nid;
  return simulator::DeviceRequest(span, [spin](memmap_request& request) {
    request.hooks = {};
    request.hooks.write = spin != nullptr ? spin_in_place_of_a_unit : write_nothing;
    request.hooks.context = spin;
  });
}

// A number of tasks that all do the same, which is lent; null: nothing. The engine is not told what one takes, as
// oneTBB is not either.
class Tasks {
 public:
  Tasks(size_t nr_tasks, uint32_t nid, Spin* spin) : tasks_(nr_tasks), nid_(nid), spin_(spin) {}

  // One by one; the first status that is not 0. They must be over when it is called again.
  int submit(Domain& domain) {
    tasks_.assign(tasks_.size(), {});
    int status = domain.status();
    for (memmap_task& task : tasks_) {
      task.run = [](void* spin) { return spin != nullptr ? spin_in_place_of_a_unit(spin, 0, 1) : 0; };
      task.context = spin_;
      task.nid = nid_;
      if (status == MEMMAP_OK) status = memmap_task_async(&task, domain.get());
    }
    return status;
  }

 private:
  std::vector<memmap_task> tasks_;
  const uint32_t nid_;
  Spin* const spin_;
};

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_FOREIGN_UNITS_H
