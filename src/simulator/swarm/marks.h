// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Marks: what a run came past, counted, so that a swarm can say what it never tried.
#ifndef MEMMAP_SIMULATOR_SWARM_MARKS_H
#define MEMMAP_SIMULATOR_SWARM_MARKS_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace memmap::swarm {

// clang-format off
#define MEMMAP_SWARM_MARKS(X) \
  /* the machine */ \
  X(no_workers) X(one_worker) X(node_without_cpus) X(id_without_node) X(one_domain_slot) X(narrow_width) \
  X(without_widths) X(bare_environment) \
  /* faults */ \
  X(preempted) X(spurious_wake) X(late_wake) X(postponed_wake) X(clock_jumped) X(single_unit) X(left_early) \
  X(stalled) X(stall_reported) X(worker_gone) X(worker_came_back) X(lent_rest) X(slow_worker) X(timeouts) \
  X(write_failed) X(ready_failed) X(undo_failed) \
  /* what calls answered */ \
  X(open_ok) X(open_refused) X(table_full) X(child_opened) \
  X(submit_ok) X(submit_chain) X(submit_overlap) X(submit_outside) X(submit_no_node) X(submit_invalid) \
  X(submit_failed) X(submit_cancelled) X(submit_closed) X(submit_again) \
  X(flush_ok) X(flush_error) X(flush_cancelled) X(flush_closed) \
  X(range_ok) X(range_outside) X(range_error) X(range_cancelled) X(range_closed) \
  X(cancel_first) X(cancel_again) X(cancel_closed) X(cancel_of_children) \
  X(close_ok) X(close_error) X(close_cancelled) X(close_closed) X(close_busy) \
  X(would_deadlock) X(grow_moved) X(grow_nothing) X(progress_busy) X(misused) X(misnamed) X(awaited) \
  X(refused_storage) X(without_options) X(too_deep) \
  /* what was seen */ \
  X(done_by_caller) X(done_by_worker) X(stolen) X(dropped) X(undone) X(parked_waiter) X(parked_worker) \
  X(hook_submitted) X(hook_opened_child) X(removed_while_initialised) X(ready_seen) X(unready_seen) X(hole) \
  X(altmap) X(compound) X(image_boot) X(image_freed) X(image_device) X(image_added) X(image_reserved) \
  X(image_compound) X(shared_records) X(other_layout) X(other_version) X(other_device) X(range_job) X(task) \
  X(background) X(crew_full) X(aged) X(repeated)
// clang-format on

enum class Mark : uint8_t {
#define X(name) name,
  MEMMAP_SWARM_MARKS(X)
#undef X
};

constexpr const char* kMarkNames[] = {
#define X(name) #name,
    MEMMAP_SWARM_MARKS(X)
#undef X
};

constexpr size_t kMarks = sizeof(kMarkNames) / sizeof(kMarkNames[0]);

struct Marks {
  std::array<uint64_t, kMarks> counts{};
  void operator()(Mark mark) { ++counts[size_t(mark)]; }
  uint64_t of(Mark mark) const { return counts[size_t(mark)]; }
  void add(const Marks& other) {
    for (size_t i = 0; i < kMarks; ++i) counts[i] += other.counts[i];
  }
};

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_MARKS_H
