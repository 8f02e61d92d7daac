// SPDX-License-Identifier: GPL-2.0-only OR MIT
// oneTBB: parallel_for in chunks of a grain of ours.
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/task_scheduler_observer.h>

#include <map>
#include <memory>

#include "host/record_cost.h"
#include "rivals.h"

namespace memmap::bench {
namespace {

namespace tbb = oneapi::tbb;
using Range = tbb::blocked_range<uint64_t>;

// A range is split in halves down to this; ours takes single units where a stripe ends, so half of our grain.
template <typename Partitioner>
void fill(const Target& target, const Partitioner& partitioner) {
  const auto nr_threads = uint32_t(tbb::this_task_arena::max_concurrency());
  const uint64_t grain_pages = host::grain_pages_of(target.memmap.nr_pages, nr_threads);
  tbb::parallel_for(
      Range(0, target.memmap.nr_pages, grain_pages / 2),
      [&target](const Range& part) { target.write(part.begin(), part.end()); }, partitioner);
}

void fill_tbb_auto(const Target& target) { fill(target, tbb::auto_partitioner()); }
void fill_tbb_static(const Target& target) { fill(target, tbb::static_partitioner()); }

void fill_tbb_isolated(const Target& target) {
  tbb::isolated_task_group group;
  group.run_and_wait([&target] { fill_tbb_auto(target); });
}

// An arena for each node, its threads bound to it by libtbbbind; a device is filled in its node's.
class ArenaPerNode {
 public:
  ArenaPerNode() {
    for (const tbb::numa_node_id node : tbb::info::numa_nodes()) {
      arenas_[node].initialize(tbb::task_arena::constraints(node));
    }
  }
  void fill(const Target& target) {
    const auto found = arenas_.find(tbb::numa_node_id(target.nid));
    (found != arenas_.end() ? found->second : arenas_.begin()->second).execute([&target] { fill_tbb_auto(target); });
  }

 private:
  std::map<tbb::numa_node_id, tbb::task_arena> arenas_;
};

// An arena each of whose threads is bound to a CPU while it is inside.
class PinnedArena : tbb::task_scheduler_observer {
 public:
  explicit PinnedArena(const std::vector<uint32_t>& cpus)
      : tbb::task_scheduler_observer(arena_), cpus_(cpus), arena_(int(cpus.size())) {
    observe(true);
  }
  ~PinnedArena() override { observe(false); }

  void fill(const Target& target) {
    arena_.execute([&target] { fill_tbb_auto(target); });
  }

 private:
  void on_scheduler_entry(bool) override {
    here() = std::make_unique<PinnedHere>(cpus_[size_t(tbb::this_task_arena::current_thread_index()) % cpus_.size()]);
  }
  void on_scheduler_exit(bool) override { here().reset(); }
  static std::unique_ptr<PinnedHere>& here() {
    thread_local std::unique_ptr<PinnedHere> pinned;
    return pinned;
  }

  const std::vector<uint32_t> cpus_;
  tbb::task_arena arena_;
};

}  // namespace

std::vector<Rival> tbb_rivals(const std::vector<uint32_t>& cpus) {
  const auto nodes = std::make_shared<ArenaPerNode>();
  const auto pinned = std::make_shared<PinnedArena>(cpus);
  return {{"tbb_auto", "oneTBB, auto_partitioner", fill_tbb_auto},
          {"tbb_static", "oneTBB, static_partitioner", fill_tbb_static},
          {"tbb_arenas", "oneTBB, an arena a node", [nodes](const Target& target) { nodes->fill(target); }},
          {"tbb_isolated", "oneTBB, isolated_task_group", fill_tbb_isolated},
          {"tbb_pinned", "oneTBB, auto, pinned", [pinned](const Target& target) { pinned->fill(target); }}};
}

}  // namespace memmap::bench
