// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// tbb.hpp - hosted start-up for applications with oneTBB: the engine makes no thread, oneTBB lends it some. Link the
// library `memmap_async_tbb`.
//
//     memmap::TbbRuntime runtime;
//     if (!runtime) return complain(runtime.error());
//     memmap::Domain domain(runtime.pool());          // from here on as with memmap/runtime.hpp
//
// A submit enqueues a task in the arena of the NUMA node that holds the records, and each task one or two more while
// that is worth it. A task works on what the pool has, gives its thread back after about a millisecond and is enqueued
// again; where nothing is left, it ends. So domains and the application's own algorithms share oneTBB's threads, and
// never run more of them than it allows.
//
// *Waiting.* memmap_flush(), memmap_flush_range(), memmap_cancel() and memmap_domain_close() help first. What others
// hold, they wait for: called in a oneTBB task they suspend the task (tbb::task::suspend), and its thread works on
// something else; called elsewhere, also directly inside of tbb::task_arena::execute(), they block the thread. So in a
// task, as with every tbb::task::suspend:
//   - the caller may go on in another thread: keep no address or value of a thread-local over the call;
//   - hold no lock over the call that another task may want: it might run in the same thread.
//
// *Hooks* run in tasks, and in callers. A hook that waits by means of oneTBB (a parallel_for of its own) may be given
// other tasks to run meanwhile, on its own stack. If these wait for a domain with no more parents than the hook's, they
// are refused with MEMMAP_WOULD_DEADLOCK, as that wait could be for the hook itself: tbb::this_task_arena::isolate()
// keeps them away. What a hook hands to other threads, or to an arena by execute(), is not known to be inside of it.
//
// *Stall reports* (stall_ms) of a wait in a task come when somebody comes by after that time: a lent task, or a thread
// that waits or wakes. There is no thread that would wait for the time.
//
// *Allocation.* A stack's first call, and a wait that suspends, allocate some bytes: no call is for signal handlers but
// memmap_ready() and memmap_node_ready_pages().
//
// oneTBB allows tbb::global_control::max_allowed_parallelism threads, one of which is the application's own; the others
// may be lent, each for a CPU of the affinity mask at the start. As many as the cgroup's CPU quota has room for work,
// which is looked at once a second while there is some. A mask or cpuset that is widened later lends no more: start
// another runtime then. Where there is no other thread, because the application allows one or the machine has one CPU,
// every submit does its work before it returns. A limit of oneTBB's that is set after the start takes effect on the
// threads, not on the number of tasks.
#ifndef MEMMAP_TBB_HPP
#define MEMMAP_TBB_HPP

#include <cstdint>

#include "memmap/runtime.hpp"

extern "C" {

// All zero means defaults.
struct memmap_tbb_options {
  uint64_t start_pfn, nr_pages;  // as in memmap_runtime_options
  uint32_t width;     // tasks at once in one arena, that of a NUMA node, or of an L3 cache where a node has several;
                      // default: a quarter of its CPUs, at least 2; then more, or fewer, as more gets done by it
  uint32_t stall_ms;  // default 100: a flush that waits longer says on stderr for whom
  const char* trace_path;  // as in memmap_runtime_options
};

// tbb_start: null on failure, *error (may be null) then says why, until this thread's next start. Fails where the
// machine has several NUMA nodes and oneTBB does not know them (it needs its libtbbbind). options may be null. What a
// record takes is measured, as by memmap_runtime_start().
// memmap_runtime_stop(), _alloc() and _free() are for its pools too; a stop waits until no task works for the pool, so
// not from a task of the pool, a hook. The calling thread may run such tasks meanwhile.
memmap_pool* memmap_tbb_start(const memmap_tbb_options* options, const char** error);
}

namespace memmap {

// A pool whose workers are tasks of oneTBB.
class TbbRuntime : public Runtime {
 public:
  TbbRuntime() : TbbRuntime(memmap_tbb_options{}) {}
  // memmap_tbb_start(); where it fails, error() says why.
  explicit TbbRuntime(const memmap_tbb_options& options) : Runtime(memmap_tbb_start, &options) {}
};

}  // namespace memmap
#endif  // MEMMAP_TBB_HPP
