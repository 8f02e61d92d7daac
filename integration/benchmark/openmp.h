// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What g++ -fopenmp makes of OpenMP's pragmas, called directly: so every compiler can build it, and it runs on GNU's
// OpenMP (libgomp) in any case.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_OPENMP_H
#define MEMMAP_INTEGRATION_BENCHMARK_OPENMP_H

extern "C" {
// #pragma omp parallel; the same with `for schedule(dynamic)`
void GOMP_parallel(void (*function)(void*), void* argument, unsigned nr_threads, unsigned flags);
void GOMP_parallel_loop_nonmonotonic_dynamic(void (*function)(void*), void* argument, unsigned nr_threads, long start,
                                             long end, long step, long chunk, unsigned flags);
bool GOMP_loop_nonmonotonic_dynamic_next(long* begin, long* end);
void GOMP_loop_end_nowait(void);
// #pragma omp taskgroup, task
void GOMP_taskgroup_start(void);
void GOMP_taskgroup_end(void);
void GOMP_task(void (*function)(void*), void* argument, void (*copy)(void*, void*), long size, long alignment,
               bool is_deferred, unsigned flags, void** depend, int priority, void* detach);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
}

namespace memmap::bench {

// function(thread, nr_threads) on each thread of a team.
template <typename Function>
void on_team(unsigned nr_threads, Function& function) {
  GOMP_parallel(
      [](void* argument) { (*static_cast<Function*>(argument))(omp_get_thread_num(), omp_get_num_threads()); },
      &function, nr_threads, 0);
}

// function(begin, end) for chunks of [0, end), handed out one by one.
template <typename Function>
void on_team_dynamically(unsigned nr_threads, long end, long chunk, Function& function) {
  GOMP_parallel_loop_nonmonotonic_dynamic(
      [](void* argument) {
        long first = 0;
        long behind = 0;
        while (GOMP_loop_nonmonotonic_dynamic_next(&first, &behind)) (*static_cast<Function*>(argument))(first, behind);
        GOMP_loop_end_nowait();
      },
      &function, nr_threads, 0, end, 1, chunk, 0);
}

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_OPENMP_H
